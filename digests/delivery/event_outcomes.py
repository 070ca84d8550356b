"""What an event may make of a reader's outcome: one table, in which outcomes only ever rise.

The outcome after some events is the highest that any of them asks for, so that order and repetition change nothing:
a late “delivered” never undoes a bounce.
"""

from collections.abc import Mapping
from typing import Final

from digests.choices import EventKind, Outcome

# Only these are touched by events; what staff, a departure or a retry has made of a reader stays.
RANK: Final[Mapping[Outcome, int]] = {
    Outcome.PENDING: 0,  # in an open slice, whose answers are not noted yet
    Outcome.UNCERTAIN: 1,
    Outcome.ACCEPTED: 2,
    Outcome.FAILED: 3,
}

# A mail that was delivered, opened or complained about had been accepted: that settles a slice in doubt.
ASKS_FOR: Final[Mapping[EventKind, Outcome]] = {
    EventKind.QUEUED: Outcome.ACCEPTED,
    EventKind.SENT: Outcome.ACCEPTED,
    EventKind.DEFERRED: Outcome.ACCEPTED,
    EventKind.DELIVERED: Outcome.ACCEPTED,
    EventKind.AUTORESPONDED: Outcome.ACCEPTED,
    EventKind.OPENED: Outcome.ACCEPTED,
    EventKind.CLICKED: Outcome.ACCEPTED,
    EventKind.COMPLAINED: Outcome.ACCEPTED,
    EventKind.FAILED: Outcome.FAILED,
    EventKind.REJECTED: Outcome.FAILED,
    EventKind.BOUNCED: Outcome.FAILED,
}
FAILING: Final = frozenset(kind for kind, asked in ASKS_FOR.items() if asked is Outcome.FAILED)
# These may change a reader or an outcome; all others only once a reader's delivery was in doubt.
ACTING: Final = frozenset({*FAILING, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED})
# The reader has it: soft bounces before that are forgotten.
ARRIVED: Final = frozenset({EventKind.DELIVERED, EventKind.OPENED, EventKind.CLICKED})


def raised(outcome: Outcome, kind: EventKind) -> Outcome:
    """The outcome after the event; the same one where the event has nothing to add."""
    asked = ASKS_FOR.get(kind)
    if asked is None or outcome not in RANK:
        return outcome
    return max(outcome, asked, key=lambda it: RANK[it])
