"""How each way out stands, known to all processes: who is in trouble rests, and comes back one connection at a time.

Gmail asks for exactly this after a 4.7.28: silence, one connection, then one more at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from subscriptions.mailing.mail import MailRoute
from subscriptions.models import TransportState

FIRST_REST = timedelta(seconds=10)
LONGEST_REST = timedelta(minutes=5)
MOST_FAILURES = 3  # in a row: the way is down
GROW_EVERY = timedelta(seconds=10)
# After so long without a new trouble nobody has to be careful any more; only what is down stays so.
FORGIVEN_AFTER = timedelta(minutes=15)
TEXT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Standing:
    rests: bool = False
    is_down: bool = False
    connections: int | None = None  # None: as many as its URL says
    has_failed: bool = False  # and nothing was taken since
    may_grow: bool = False


WELL = Standing()


def standing_of(name: str, *, now: datetime) -> Standing:
    state = TransportState.objects.filter(pk=name).first()
    if state is None or (state.down_since is None and state.rests_until <= now - FORGIVEN_AFTER):
        return WELL
    return Standing(
        rests=state.rests_until > now,
        is_down=state.down_since is not None,
        connections=state.connections,
        has_failed=state.failures > 0,
        may_grow=state.connections is not None and state.grows_at <= now,
    )


def note_trouble(
    name: str, why: str, *, rest_seconds: float, now: datetime, is_down: bool = False
) -> bool:
    """Let it rest, at least for so long, and longer each time. True: with this it is down.

    `is_down`: there is no sense in waiting for a third failure.
    """
    with transaction.atomic():
        TransportState.objects.get_or_create(
            pk=name, defaults={"rests_until": now, "grows_at": now}
        )
        state = TransportState.objects.select_for_update().get(pk=name)
        if state.down_since is None and state.rests_until <= now - FORGIVEN_AFTER:
            state.failures = 0
        if state.rests_until <= now:
            state.failures += 1
        longer = min(FIRST_REST * 2 ** (min(state.failures, 10) - 1), LONGEST_REST)
        rest = max(timedelta(seconds=rest_seconds), longer)
        state.rests_until = max(state.rests_until, now + rest)
        state.why = why[:TEXT_LENGTH]
        state.connections = 1
        state.grows_at = state.rests_until + GROW_EVERY
        is_down = is_down or state.failures >= MOST_FAILURES
        goes_down = is_down and state.down_since is None
        if goes_down:
            state.down_since = now
        state.save()
    return goes_down


def note_success(name: str, *, now: datetime) -> None:
    """Note that a sending route took an email after its rest: it is up."""
    TransportState.objects.filter(pk=name, rests_until__lte=now).update(failures=0, down_since=None)


def end_rest(name: str, *, now: datetime) -> bool:
    """Staff want it tried again now. False: it does not rest."""
    resting = TransportState.objects.filter(pk=name, rests_until__gt=now)
    return bool(resting.update(rests_until=now, grows_at=now + GROW_EVERY))


def grow(name: str, *, most: int, now: datetime) -> None:
    """Allow one connection more, once in a while; from `most` on the sending route is well again."""
    grown = TransportState.objects.filter(
        pk=name, grows_at__lte=now, rests_until__lte=now, failures=0, connections__isnull=False
    )
    if not grown.filter(connections__lt=most - 1).update(
        connections=F("connections") + 1, grows_at=now + GROW_EVERY
    ):
        grown.filter(connections__gte=most - 1).delete()


def usable(routes: Sequence[MailRoute], *, now: datetime) -> MailRoute:
    """Return the sending route for a single email: the first that is not down; if all are, the first."""
    for route in routes:
        if not standing_of(route.name, now=now).is_down:
            return route
    return routes[0]
