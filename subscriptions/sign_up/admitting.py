"""Counting sign-ups and keeping them: those of the same moment share a question to Redis and a call of the database."""

import atexit
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress, count

from django.db import Error, connection

from subscriptions.sign_up import opt_in
from subscriptions.sign_up.rate_limits import Hits, Pressure, press
from subscriptions.sign_up.together import Together

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 25
# A call that has to wait longer for one of its readers is given up, and each is kept by itself.
PATIENCE = "100ms"


@dataclass(frozen=True, slots=True)
class Visit:
    hits: Hits
    row: opt_in.Row
    owes_proof: bool  # whatever the limits say


@dataclass(frozen=True, slots=True)
class Admission:
    pressure: Pressure
    # None: nothing was kept yet, since something stands before it, or what was to keep it failed.
    kept: opt_in.Kept | None


def admit(visit: Visit) -> Admission:
    """Count a sign-up, and keep it where neither a limit nor a proof stands before it."""
    # Inside a transaction it is part of that, and nobody else's may be.
    if connection.in_atomic_block:
        return _admit([visit], opt_in.keep)[0]
    return _at_once.ask(visit)


def close() -> None:
    """Let go of the database; the next sign-up takes it up again."""
    _at_once.close()


Keep = Callable[[Sequence[opt_in.Row]], Sequence[opt_in.Kept | None]]


def _admit(visits: Sequence[Visit], keep: Keep) -> list[Admission]:
    pressures = press([visit.hits for visit in visits])
    is_free = [
        pressure.is_none and not visit.owes_proof
        for visit, pressure in zip(visits, pressures, strict=True)
    ]
    kept = iter(keep([visit.row for visit in compress(visits, is_free)]))
    return [
        Admission(pressure, next(kept) if free else None)
        for pressure, free in zip(pressures, is_free, strict=True)
    ]


def _keep_together(rows: Sequence[opt_in.Row]) -> Sequence[opt_in.Kept | None]:
    """Nothing is raised for what one row may have spoilt for all."""
    if not rows:
        return []
    connection.close_if_unusable_or_obsolete()
    # No question beforehand whether the connection lives: a lost one fails, and each goes alone on a new one.
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
_at_once = Together[Visit, Admission](
    lambda visits: _admit(visits, _keep_together), most=MOST_AT_ONCE, rest=_rest
)
atexit.register(close)  # a connection that is only dropped is an error to PostgreSQL
