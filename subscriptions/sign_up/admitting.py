"""Counting sign-ups and keeping them: those of the same moment share a question to Redis and a call of the database."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from django.db import Error, connection

from subscriptions.endings import at_end
from subscriptions.sign_up import opt_in
from subscriptions.sign_up.rate_limits import Hits, Pressure, press
from subscriptions.sign_up.together import Together

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 25
# A call that has to wait longer for one of its readers is given up, and each is kept by itself.
PATIENCE = "100ms"


@dataclass(frozen=True, slots=True)
class Candidate:
    hits: Hits
    row: opt_in.Row
    owes_proof: bool  # whatever the limits say


@dataclass(frozen=True, slots=True)
class Admission:
    pressure: Pressure
    # None: nothing was kept yet, since something stands before it, or what was to keep it failed.
    kept: opt_in.Kept | None


def admit(candidate: Candidate) -> Admission:
    """Count a sign-up, and keep it where neither a limit nor a proof stands before it."""
    # Inside a transaction it is part of that, and nobody else's may be.
    if connection.in_atomic_block:
        ((_place, admission),) = _admit([candidate], opt_in.keep)
        return admission
    return _at_once.ask(candidate)


def keep_alone(candidate: Candidate) -> opt_in.Kept:
    """Keep what was counted already: a proof has freed it, or the call that was to keep it failed.

    That call may have been kept all the same, if only its answer was lost.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # the server may have gone since this thread last asked
    (kept,) = opt_in.keep([opt_in.named_anew(candidate.row)])
    return kept


def close() -> None:
    """Let go of the database as soon as nobody waits; the next sign-up takes it up again."""
    _at_once.close()


Keep = Callable[[Sequence[opt_in.Row]], Sequence[opt_in.Kept | None]]


def _admit(candidates: Sequence[Candidate], keep: Keep) -> Iterator[tuple[int, Admission]]:
    """Whom something stands in the way of need not wait for the database."""
    free: list[tuple[int, Pressure]] = []
    pressures = press([candidate.hits for candidate in candidates])
    for place, (candidate, pressure) in enumerate(zip(candidates, pressures, strict=True)):
        if pressure.is_none and not candidate.owes_proof:
            free.append((place, pressure))
        else:
            yield place, Admission(pressure, None)
    if not free:
        return
    kept = keep([candidates[place].row for place, _pressure in free])
    for (place, pressure), one in zip(free, kept, strict=True):
        yield place, Admission(pressure, one)


def _keep_together(rows: Sequence[opt_in.Row]) -> Sequence[opt_in.Kept | None]:
    """Nothing is raised for what one row may have spoilt for all."""
    connection.close_if_unusable_or_obsolete()
    # No question beforehand whether the connection lives: where it is lost the call fails, and each goes alone.
    connection.health_check_done = True  # type: ignore[attr-defined]  # unknown to the stubs
    try:
        if (calls := next(_calls)) & (calls - 1) == 0:  # a power of two
            _plan_anew()
        return opt_in.keep(rows, patience=PATIENCE)
    except Error as error:
        logger.warning("A call for %s sign-ups failed; now each alone: %s", len(rows), error)
        return [None] * len(rows)


def _plan_anew() -> None:
    """A plan that was made for empty tables reads them from end to end, and is kept while they grow."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


def _rest() -> None:
    connection.close()  # of the thread that asks it, hence no bound method


_calls = count(1)
_at_once = Together[Candidate, Admission](
    lambda candidates: _admit(candidates, _keep_together), most=MOST_AT_ONCE, rest=_rest
)
at_end(close)
