"""Append-only proof: one row for each step of a reader with a newsletter, or with all of them."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.conf import settings

from subscriptions.choices import ConsentAction, IpRule
from subscriptions.evidence import Evidence
from subscriptions.models import Consent, Newsletter, Subscriber

SOURCE_URL_LENGTH = 500
IP_HASH_PREFIX = b"newsroom consent ip"


def record(
    subscriber: Subscriber,
    newsletters: Iterable[Newsletter | None],
    action: ConsentAction,
    evidence: Evidence,
    *,
    now: datetime,
) -> None:
    """`newsletters` holds None for a step that is about all of them alike."""
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
        **_kept_of(evidence.ip),
    )


def _kept_of(ip: str | None) -> dict[str, Any]:
    """As CONSENT_IP says; a keyed hash can prove a known address, but not be turned back into one."""
    if ip is None or settings.CONSENT_IP == IpRule.NONE:
        return {}
    if settings.CONSENT_IP == IpRule.HASH:
        return {"ip_hash": ip_hash(ip)}
    return {"ip": ip}


def ip_hash(ip: str) -> str:
    packed = ip_address(ip).packed
    return hmac.new(
        settings.SUPPRESSION_KEY.encode(), IP_HASH_PREFIX + packed, "sha256"
    ).hexdigest()[:32]
