"""One event taken into account: the reader's byte in the ledger, the reason, and what it means for the address."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from anymail.signals import RejectReason
from django.db import connection
from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import EventKind, Outcome
from digests.delivery import event_outcomes, reasons
from digests.delivery.arrivals import last_delivery
from digests.models import Event
from digests.tracking import departing
from digests.tracking.correlating import Match
from subscriptions.choices import BounceKind, LetterState
from subscriptions.evidence import Evidence
from subscriptions.mailing import bouncing
from subscriptions.mailing.reply_codes import classify, enhanced_code
from subscriptions.models import Letter

# The caller's lock keeps the outcomes still. A second look is needed when the reader moved to another batch while we
# waited for the first one's lock.
POSITIONS = """
SELECT b.id, p.position - 1, get_byte(b.outcomes, p.position - 1), p.position - 1 < b.next
  FROM digests_batch b
 CROSS JOIN LATERAL (SELECT array_position(b.recipient_ids, %(subscriber)s::bigint) AS position) p
 WHERE b.digest_id = %(digest)s AND b.first_id <= %(subscriber)s AND b.last_id >= %(subscriber)s
   AND p.position IS NOT NULL
 ORDER BY b.id
   FOR UPDATE OF b
"""
LOOKS = 2


@dataclass(frozen=True, slots=True)
class _Position:
    batch_id: int
    position: int
    outcome: Outcome
    was_sent: bool


def apply(event: Event, match: Match, *, now: datetime) -> bool:
    """Apply an event inside the caller's transaction; idempotent.

    Return True if the address is given up because of it, and was not before.
    """
    kind = EventKind(event.kind)
    if match.digest is not None and match.subscriber is not None and not match.is_former:
        _note_outcome(match.digest.pk, match.subscriber.pk, event)
    if match.letter is not None and kind in event_outcomes.FAILING:
        _fail_letter(match.letter, event, now)
    if match.subscriber is None:
        return False
    if departing.says_so(event):
        departing.depart(match.subscriber, match, Evidence(source_of(event)), now=now)
    blame = blame_of(event)
    if blame is None:
        return False
    report = bouncing.Report(blame, event.occurred_at, source_of(event), _code(event), _text(event))
    given_up = bouncing.take(
        match.subscriber, report, now=now, delivered_at=partial(last_delivery, now=now)
    )
    return given_up is not None and match.subscriber.suppressed_at is None


def blame_of(event: Event) -> BounceKind | None:
    """What the event says of the reader; None: nothing."""
    if event.kind == EventKind.COMPLAINED:
        return BounceKind.COMPLAINT
    said = BounceKind(event.said) if event.said else None
    if event.kind == EventKind.BOUNCED:
        return classify(f"{event.reply} {event.description}", said=said, address=event.recipient)
    if event.kind == EventKind.REJECTED:
        return said or _OF_REJECTIONS.get(event.reject_reason, BounceKind.POLICY)
    return None


# The service did not even try: because of what it knows of the address, or because of us.
_OF_REJECTIONS = {
    RejectReason.INVALID: BounceKind.HARD,
    RejectReason.BOUNCED: BounceKind.HARD,
    RejectReason.SPAM: BounceKind.COMPLAINT,
}


def source_of(event: Event) -> str:
    return f"{event.esp} event {event.pk}"


def _note_outcome(digest_id: int, subscriber_id: int, event: Event) -> None:
    kind = EventKind(event.kind)
    with connection.cursor() as cursor:
        place = _locked_position(cursor, digest_id, subscriber_id)
        if place is None or (place.outcome is Outcome.PENDING and not place.was_sent):
            return
        outcome = event_outcomes.raised(place.outcome, kind)
        if outcome is not place.outcome:
            ledger.write(cursor, place.batch_id, {place.position: outcome})
        if kind in event_outcomes.FAILING and outcome is Outcome.FAILED:
            finding = reasons.Finding(subscriber_id, outcome, _code(event), _text(event))
            reasons.record(cursor, digest_id, [finding])
        elif place.outcome is Outcome.UNCERTAIN and outcome is Outcome.ACCEPTED:
            said = f"An event of {event.esp} tells that it was taken: {event.get_kind_display()}."
            reasons.record(cursor, digest_id, [reasons.Finding(subscriber_id, outcome, text=said)])


def _locked_position(cursor: CursorWrapper, digest_id: int, subscriber_id: int) -> _Position | None:
    """Where the reader's state stands now, its batch locked; None: not in the audience."""
    for _look in range(LOOKS):
        cursor.execute(POSITIONS, {"digest": digest_id, "subscriber": subscriber_id})
        places = [
            _Position(batch, position, Outcome(code), was_sent)
            for batch, position, code, was_sent in cursor.fetchall()
        ]
        current = [place for place in places if place.outcome is not Outcome.MOVED]
        if current or not places:
            return current[0] if current else None
    return None


def _fail_letter(letter: Letter, event: Event, now: datetime) -> None:
    Letter.objects.filter(pk=letter.pk, state=LetterState.ACCEPTED).update(
        state=LetterState.FAILED, settled_at=now, last_error=_text(event)[:300]
    )


def _code(event: Event) -> str:
    return enhanced_code(f"{event.reply} {event.description}")


def _text(event: Event) -> str:
    return event.reply or event.description or f"{event.esp}: {event.kind} {event.reject_reason}"
