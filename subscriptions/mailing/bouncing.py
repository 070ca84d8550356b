"""When an address is given up: hard bounce 1, complaint 1, soft bounces on 5 distinct days over 14 days.

A refusal of policy (x.7.x) says something of us and never counts against a reader. A delivery that worked wipes out
the soft bounces before it. Every report is kept as a row, and a suppression names the one that decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from subscriptions.choices import BounceKind, SuppressionReason
from subscriptions.mailing.suppression import address_hash, suppress
from subscriptions.models import BounceReport, Subscriber, Suppression

SOFT_DAYS = 5
# A mailbox that is full for one holiday must not cost a daily reader the newsletter.
SOFT_SPAN = timedelta(days=14)
# Where no delivery is ever confirmed, rare troubles of different seasons must not add up.
SOFT_MEMORY = timedelta(days=90)
SOURCE_LENGTH, CODE_LENGTH, TEXT_LENGTH, NOTE_LENGTH = 80, 12, 300, 200


@dataclass(frozen=True, slots=True)
class Report:
    """What was said of a reader, by whom, about which moment."""

    kind: BounceKind
    occurred_at: datetime
    source: str  # unique for each event: "mailgun event 41"
    code: str = ""
    text: str = ""


def verdict(
    kind: BounceKind, soft: Iterable[datetime], *, delivered_at: datetime | None
) -> SuppressionReason | None:
    """Pure. `soft`: the times of all soft bounces known, this one among them."""
    if kind == BounceKind.COMPLAINT:
        return SuppressionReason.COMPLAINT
    if kind == BounceKind.HARD:
        return SuppressionReason.BOUNCE
    if kind == BounceKind.POLICY:
        return None
    counted = sorted(at for at in soft if delivered_at is None or at > delivered_at)
    if not counted:
        return None
    recent = [at for at in counted if at > counted[-1] - SOFT_MEMORY]
    days = {at.astimezone(UTC).date() for at in recent}
    has_lasted = recent[-1] - recent[0] >= SOFT_SPAN
    return SuppressionReason.BOUNCE if len(days) >= SOFT_DAYS and has_lasted else None


def take(
    subscriber: Subscriber,
    report: Report,
    *,
    now: datetime,
    delivered_at: datetime | None = None,
) -> SuppressionReason | None:
    """Keep the report and act on it; idempotent by its source. None: the address stays in use.

    `delivered_at`: the latest delivery that is known to have worked.
    """
    with transaction.atomic():
        # Two reports at once must not each see four days.
        Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        _keep(subscriber, report, now)
        soft = BounceReport.objects.filter(subscriber=subscriber, kind=BounceKind.SOFT)
        reason = verdict(
            report.kind, soft.values_list("occurred_at", flat=True), delivered_at=delivered_at
        )
        if reason is not None:
            _suppress(subscriber, reason, report, now)
    return reason


def _keep(subscriber: Subscriber, report: Report, now: datetime) -> None:
    BounceReport.objects.get_or_create(
        subscriber=subscriber,
        source=report.source[:SOURCE_LENGTH],
        defaults={
            "kind": report.kind,
            "occurred_at": report.occurred_at,
            "recorded_at": now,
            "code": report.code[:CODE_LENGTH],
            "text": report.text[:TEXT_LENGTH],
        },
    )


def _suppress(
    subscriber: Subscriber, reason: SuppressionReason, report: Report, now: datetime
) -> None:
    note = _note(report)
    suppress(subscriber.address, reason, now=now, note=note)
    if reason == SuppressionReason.COMPLAINT:
        # The reader's own word weighs more than a server's, whichever came first.
        Suppression.objects.filter(
            address_hash=address_hash(subscriber.address), reason=SuppressionReason.BOUNCE
        ).update(reason=reason, note=note)


def _note(report: Report) -> str:
    at = report.occurred_at.astimezone(UTC)
    words = f"{report.source}, {at:%Y-%m-%d %H:%M} UTC: {report.kind} {report.code} {report.text}"
    return " ".join(words.split())[:NOTE_LENGTH]
