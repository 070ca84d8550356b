"""Events that wait, acted on. PostgreSQL is the queue: rows are claimed by their locks, for one short transaction.

Most events (delivered, opened) only have to be told whose they are: many at a time. The few that change something go
one by one, so that one that cannot be taken into account holds nobody up.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from digests.choices import EventKind, EventState, Outcome
from digests.models import Event, Reason
from digests.tracking import alarms
from digests.tracking.applying import apply
from digests.tracking.correlating import Match, correlate
from digests.tracking.esps import ESPS, STALE_AFTER
from digests.tracking.standing import ASKS_FOR, FAILING

logger = logging.getLogger(__name__)

SECONDS = 20
AT_ONCE = 500
MOST_ATTEMPTS = 3
# Longer than STALE_AFTER, so that what is forgotten is too old to act on when it comes again.
KEEP_FOR = timedelta(days=90)
FORGET_AT_ONCE = 10_000

UPDATED = [
    "state",
    "attempts",
    "digest",
    "letter",
    "subscriber_id",
    "processed_at",
    "has_suppressed",
]
ACTING = frozenset({*FAILING, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED})


@dataclass(slots=True)
class Processed:
    """What one call did: how many events ended in each state."""

    states: Counter[EventState] = field(default_factory=Counter)
    suppressed: int = 0
    digests: set[int] = field(default_factory=set)  # with readers given up


def process(*, now: datetime, seconds: float = SECONDS) -> Processed:
    """Work for about so long, or until nothing waits."""
    end = time.monotonic() + seconds
    done = Processed()
    while time.monotonic() < end and _label_many(done, now):
        pass
    while time.monotonic() < end and _act_on_next(done, now):
        pass
    for digest_id in done.digests:
        alarms.look_at_digest(digest_id, now=now)
    if done.suppressed:
        alarms.look_at_all(now=now)
    return done


def forget(*, now: datetime) -> int:
    """Delete what nobody needs any more; the evidence of a suppression is kept beside it (BounceReport)."""
    old = Event.objects.filter(received_at__lt=now - KEEP_FOR).exclude(state=EventState.NEW)
    deleted, _by_model = Event.objects.filter(
        pk__in=list(old.order_by("pk").values_list("pk", flat=True)[:FORGET_AT_ONCE])
    ).delete()
    return deleted


def _label_many(done: Processed, now: datetime) -> bool:
    """Events that change nothing: note whose they are. False: none waits."""
    with transaction.atomic():
        events = list(
            Event.objects.select_for_update(skip_locked=True)
            .filter(state=EventState.NEW, attempts=0)
            .exclude(kind__in=ACTING)
            .order_by("pk")[:AT_ONCE]
        )
        in_doubt = _label(events, correlate(events), now)
        Event.objects.bulk_update(events, UPDATED)
        done.states.update(EventState(e.state) for e in events if e.pk not in in_doubt)
    return bool(events)


def _label(events: list[Event], matches: list[Match], now: datetime) -> set[int]:
    """Returns the events that may settle a reader in doubt: those are left for the second round."""
    doubtful = _readers_in_doubt(matches)
    in_doubt = set()
    for event, match in zip(events, matches, strict=True):
        pair = (match.digest.pk, match.subscriber.pk) if match.digest and match.subscriber else None
        if pair in doubtful and event.kind in ASKS_FOR:
            in_doubt.add(event.pk)
            event.attempts = 1
        else:
            _settle(event, match, now)
    return in_doubt


def _readers_in_doubt(matches: list[Match]) -> set[tuple[int, int] | None]:
    """Whose delivery was once uncertain: each of them has a reason, and reasons are few."""
    digests = {match.digest.pk for match in matches if match.digest}
    readers = {match.subscriber.pk for match in matches if match.subscriber}
    rows = Reason.objects.filter(
        digest__in=digests, subscriber_id__in=readers, outcome=Outcome.UNCERTAIN
    )
    return set(rows.values_list("digest_id", "subscriber_id"))


def _act_on_next(done: Processed, now: datetime) -> bool:
    """False: none waits, or the rest is in other hands."""
    with transaction.atomic():
        event = (
            Event.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=EventState.NEW)
            .exclude(Q(attempts=0) & ~Q(kind__in=ACTING))
            .order_by("attempts", "pk")
            .first()
        )
        if event is None:
            return False
        try:
            with transaction.atomic():
                _act_on(event, done, now)
        except Exception:  # whatever it is, the other events are not to wait for it
            logger.exception("The event %s could not be taken into account.", event.pk)
            event.refresh_from_db(fields=UPDATED)
            event.attempts += 1
            if event.attempts > MOST_ATTEMPTS:
                event.state, event.processed_at = EventState.BROKEN, now
                done.states[EventState.BROKEN] += 1
        event.save(update_fields=UPDATED)
    return True


def _act_on(event: Event, done: Processed, now: datetime) -> None:
    [match] = correlate([event])
    _settle(event, match, now)
    if event.state == EventState.APPLIED:
        event.has_suppressed = apply(event, match, now=now)
    if event.has_suppressed:
        done.suppressed += 1
        if match.digest is not None:
            done.digests.add(match.digest.pk)
    done.states[EventState(event.state)] += 1


def _settle(event: Event, match: Match, now: datetime) -> None:
    event.processed_at = now
    event.digest, event.letter = match.digest, match.letter
    event.subscriber_id = match.subscriber.pk if match.subscriber else None
    if match.is_foreign:
        event.state = EventState.FOREIGN
    elif event.esp in ESPS and event.occurred_at < event.received_at - STALE_AFTER:
        event.state = EventState.STALE
    else:
        event.state = EventState.APPLIED
