"""When an address is given up: hard bounce 1, complaint 1, soft bounces on 5 distinct days over 14 days.

A refusal of policy (x.7.x) says something of us and never counts against a reader. A delivery that worked wipes out
the soft bounces before it. Every report is kept as a row, and a suppression names the one that decided.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from subscriptions import leaving
from subscriptions.choices import BounceKind, SuppressionReason
from subscriptions.evidence import Evidence
from subscriptions.mailing.suppression import address_hash, suppress_readers
from subscriptions.models import BounceReport, Subscriber, Suppression
from subscriptions.models.subscriber import SubscriberQuerySet

SOFT_DAYS = 5
# A mailbox that is full for one holiday must not cost a daily reader the newsletter.
SOFT_SPAN = timedelta(days=14)
# Where no delivery is ever confirmed, rare troubles of different seasons must not add up.
SOFT_MEMORY = timedelta(days=90)
# When the latest mail that is known to have arrived left for a reader, by id; None: none is known.
LastDelivery = Callable[[int], datetime | None]
SOURCE_LENGTH, CODE_LENGTH, TEXT_LENGTH, NOTE_LENGTH = 80, 12, 300, 200
FORM_LENGTH = 60  # of a consent


@dataclass(frozen=True, slots=True)
class Report:
    """What was said of a reader, by whom, about which moment."""

    kind: BounceKind
    occurred_at: datetime
    source: str  # unique for each event: "mailgun event 41", "digest 7, smtp"
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


def never(_subscriber_id: int) -> None:
    """Return None, for callers who know of no delivery that worked."""


def take(
    subscriber: Subscriber,
    report: Report,
    *,
    now: datetime,
    delivered_at: LastDelivery = never,
) -> SuppressionReason | None:
    """Keep the report and act on it; idempotent by its source. None: the address stays in use."""
    readers = Subscriber.objects.filter(pk=subscriber.pk)
    given_up = _take(readers, lambda _reader: report, now, delivered_at)
    return given_up.get(subscriber.pk)


def take_refusals(
    reports: Mapping[str, Report], *, now: datetime, delivered_at: LastDelivery = never
) -> dict[int, SuppressionReason]:
    """What servers said of these addresses; who of their readers was given up, by id.

    By address, not by reader: whoever has another address by now is not meant, and whoever has taken this one over is.
    """
    if not reports:
        return {}
    by_address = {address.lower(): report for address, report in reports.items()}
    readers = Subscriber.objects.with_addresses(by_address)
    return _take(readers, lambda reader: by_address[reader.address.lower()], now, delivered_at)


def _take(
    readers: SubscriberQuerySet,
    report_of: Callable[[Subscriber], Report],
    now: datetime,
    delivered_at: LastDelivery,
) -> dict[int, SuppressionReason]:
    with transaction.atomic():
        # Two reports at once must not each see four days.
        rows = list(readers.order_by("pk").select_for_update(no_key=True))
        reports = {reader: report_of(reader) for reader in rows}
        _keep(reports, now)
        reasons = _verdicts(reports, delivered_at)
        for reason in set(reasons.values()):
            notes = {it: _note(reports[it]) for it, decided in reasons.items() if decided == reason}
            _suppress(notes, reason, now)
            if reason == SuppressionReason.COMPLAINT:
                _leave(notes, reports, now)
    return {reader.pk: reason for reader, reason in reasons.items()}


def _verdicts(
    reports: Mapping[Subscriber, Report], delivered_at: LastDelivery
) -> dict[Subscriber, SuppressionReason]:
    """Return the readers to suppress, each with the reason.

    The latest delivery is asked for only where it can save somebody: that query is costly.
    """
    soft = _soft_bounces(
        [it.pk for it, report in reports.items() if report.kind == BounceKind.SOFT]
    )
    found = {}
    for reader, report in reports.items():
        times = soft[reader.pk]
        reason = verdict(report.kind, times, delivered_at=None)
        if reason is not None and report.kind == BounceKind.SOFT:
            reason = verdict(report.kind, times, delivered_at=delivered_at(reader.pk))
        if reason is not None:
            found[reader] = reason
    return found


def _soft_bounces(reader_ids: Collection[int]) -> dict[int, list[datetime]]:
    times = defaultdict[int, list[datetime]](list)
    if reader_ids:
        rows = BounceReport.objects.filter(subscriber__in=reader_ids, kind=BounceKind.SOFT)
        for reader_id, at in rows.values_list("subscriber_id", "occurred_at"):
            times[reader_id].append(at)
    return times


def _keep(reports: Mapping[Subscriber, Report], now: datetime) -> None:
    rows = [
        BounceReport(
            subscriber=reader,
            source=report.source[:SOURCE_LENGTH],
            kind=report.kind,
            occurred_at=report.occurred_at,
            recorded_at=now,
            code=report.code[:CODE_LENGTH],
            text=report.text[:TEXT_LENGTH],
        )
        for reader, report in reports.items()
    ]
    BounceReport.objects.bulk_create(rows, ignore_conflicts=True)


def _suppress(notes: Mapping[Subscriber, str], reason: SuppressionReason, now: datetime) -> None:
    suppress_readers(notes, reason, now=now)
    if reason == SuppressionReason.COMPLAINT:
        # The reader's own word weighs more than a server's, whichever came first.
        for reader, note in notes.items():
            Suppression.objects.filter(
                address_hash=address_hash(reader.address), reason=SuppressionReason.BOUNCE
            ).update(reason=reason, note=note)


def _leave(
    readers: Iterable[Subscriber], reports: Mapping[Subscriber, Report], now: datetime
) -> None:
    """Unsubscribe readers who call our email spam from everything.

    Lifting the suppression must not bring our email back to them.
    """
    for reader in readers:
        source = f"complaint: {reports[reader].source}"[:FORM_LENGTH]
        leaving.leave_all(reader, Evidence(source), now=now)


def _note(report: Report) -> str:
    at = report.occurred_at.astimezone(UTC)
    words = f"{report.source}, {at:%Y-%m-%d %H:%M} UTC: {report.kind} {report.code} {report.text}"
    return " ".join(words.split())[:NOTE_LENGTH]
