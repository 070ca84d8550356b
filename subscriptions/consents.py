"""Append-only proof: one row for each step of a reader with a newsletter."""

from collections.abc import Iterable
from datetime import datetime

from subscriptions.choices import ConsentAction
from subscriptions.evidence import Evidence
from subscriptions.models import Consent, Newsletter, Subscriber

SOURCE_URL_LENGTH = 500


def record(
    subscriber: Subscriber,
    newsletters: Iterable[Newsletter],
    action: ConsentAction,
    evidence: Evidence,
    *,
    now: datetime,
) -> None:
    steps = []
    for newsletter in newsletters:
        step = consent(action, evidence, now=now)
        step.subscriber, step.newsletter = subscriber, newsletter
        steps.append(step)
    Consent.objects.bulk_create(steps)


def consent(action: ConsentAction, evidence: Evidence, *, now: datetime) -> Consent:
    """Not saved, and nobody's yet: what the proof keeps of where and how it was said."""
    return Consent(
        action=action,
        at=now,
        wording=evidence.wording,
        form=evidence.form,
        embedded_form_id=evidence.embedded_form_id,
        source_url=evidence.source_url[:SOURCE_URL_LENGTH],
        ip=evidence.ip,
    )
