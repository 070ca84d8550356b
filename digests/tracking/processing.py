"""Events that wait, acted on. PostgreSQL is the queue: rows are claimed by their locks, for one short transaction.

Most events (delivered, opened) only have to be told whose they are: many at a time. The few that change something go
one by one, so that one that cannot be taken into account holds nobody up.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from django.db import connection, transaction

from digests.choices import EventKind, EventState, Outcome
from digests.delivery.event_outcomes import ASKS_FOR
from digests.delivery.pace import breaker
from digests.models import Event, Reason
from digests.tracking import alarms, measured
from digests.tracking.applying import apply
from digests.tracking.correlating import Match, correlate
from digests.tracking.esps import ESPS, STALE_AFTER

logger = logging.getLogger(__name__)

SECONDS = 8  # less than from sweep to sweep, and letters share the worker
AT_ONCE = 500
TURNS = 50
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
]  # What a service says of nearly every mail is no evidence of anything: only the row is kept, not the payload.
USUAL = frozenset({EventKind.QUEUED, EventKind.SENT, EventKind.DEFERRED, EventKind.DELIVERED})

LABEL = """
UPDATE digests_event e
   SET state = t.state, digest_id = t.digest, letter_id = t.letter, subscriber_id = t.reader, acts = t.acts,
       processed_at = CASE WHEN t.state = 'new' THEN NULL ELSE %s::timestamptz END,
       payload = CASE WHEN t.is_usual OR t.is_bare THEN '' ELSE payload END,
       recipient = CASE WHEN t.is_bare THEN '' ELSE recipient END,
       delivery = CASE WHEN t.is_bare THEN '' ELSE delivery END,
       message_id = CASE WHEN t.is_bare THEN '' ELSE message_id END,
       description = CASE WHEN t.is_bare THEN '' ELSE description END,
       reply = CASE WHEN t.is_bare THEN '' ELSE reply END
  FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[], %s::boolean[],
              %s::boolean[])
       AS t(id, state, digest, letter, reader, acts, is_usual, is_bare)
 WHERE e.id = t.id
"""


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
    while time.monotonic() < end:
        # By turns, so that neither a flood of deliveries nor one of bounces makes the others wait.
        has_labelled = _label_many(done, now)
        has_acted = _act_on_some(done, now)
        if not has_labelled and not has_acted:
            break
    for digest_id in done.digests:
        breaker.look(digest_id, now=now)
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
            Event.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=EventState.NEW, acts=False)
            .order_by("pk")[:AT_ONCE]
        )
        matches = correlate(events)
        _label(events, matches, _readers_in_doubt(matches), now)
        _save_labels(events, now)
    done.states.update(EventState(event.state) for event in events if not event.acts)
    return bool(events)


def _label(
    events: list[Event], matches: list[Match], doubtful: set[tuple[int, int]], now: datetime
) -> None:
    """What may settle a reader in doubt is left to be acted on."""
    for event, match in zip(events, matches, strict=True):
        digest, reader = match.digest, match.subscriber
        is_doubtful = bool(digest and reader and (digest.pk, reader.pk) in doubtful)
        if is_doubtful and event.kind in ASKS_FOR:
            event.acts = True
        else:
            _settle(event, match, now)


def _save_labels(events: list[Event], now: datetime) -> None:
    rows = [
        (
            e.pk,
            str(e.state),
            e.digest_id,
            e.letter_id,
            e.subscriber_id,
            e.acts,
            _is_usual(e),
            not e.acts and measured.is_bare(e),
        )
        for e in events
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(LABEL, [now, *(list(column) for column in zip(*rows, strict=True))])


def _is_usual(event: Event) -> bool:
    return event.state == EventState.APPLIED and event.kind in USUAL


def _readers_in_doubt(matches: list[Match]) -> set[tuple[int, int]]:
    """Whose delivery was once uncertain: each of them has a reason, and reasons are few."""
    digests = {match.digest.pk for match in matches if match.digest}
    readers = {match.subscriber.pk for match in matches if match.subscriber}
    rows = Reason.objects.filter(
        digest__in=digests, subscriber_id__in=readers, outcome=Outcome.UNCERTAIN
    )
    return set(rows.values_list("digest_id", "subscriber_id"))


def _act_on_some(done: Processed, now: datetime) -> bool:
    """False: none waits."""
    return any([*takewhile(bool, (_act_on_next(done, now) for _turn in range(TURNS)))])


def _act_on_next(done: Processed, now: datetime) -> bool:
    """False: none waits, or the rest is in other hands."""
    with transaction.atomic():
        event = (
            Event.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=EventState.NEW, acts=True)
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
        if measured.is_bare(event):
            Event.objects.filter(pk=event.pk).update(**measured.BLANK)
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
    measured.reduce(event, match)
