"""Who did what when, in rows: statements that also settle who does it next.

Each is one statement by the database's clock, so that hosts whose clocks differ agree, and a process that is killed or
stopped holds nobody up.
"""

import os
import socket
from collections.abc import Iterable, Mapping

from django.db import InterfaceError, OperationalError, connection

from subscriptions.models import Heartbeat

# Names of rows.
TICK, LETTERS, ERRANDS, DELIVERIES, WATCH = "tick", "letters", "errands", "deliveries", "watch"
QUEUE = "queue "  # + its name
STEP = "step "  # + its name
LOOK = "look "  # + a need of newsroom/surroundings

TEXT_LENGTH = 300
# A database that was away for a moment is no fault of a step: so many times in a row are.
PATIENCE = 3

NOTE = """
INSERT INTO subscriptions_heartbeat (name, at, by, is_alone, failures, error, is_told)
SELECT name, clock_timestamp(), %(by)s, false, 0, '', false FROM unnest(%(names)s::text[]) AS name ORDER BY name
    ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, by = EXCLUDED.by, is_alone = false
"""

# A time in the future is that of a clock that was wrong once: it keeps nobody waiting.
TAKE_TURN = """
INSERT INTO subscriptions_heartbeat AS h (name, at, by, is_alone, failures, error, is_told)
VALUES (%(name)s, clock_timestamp(), %(by)s, true, 0, '', false)
    ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, by = EXCLUDED.by, is_alone = true
 WHERE h.at <= clock_timestamp() - make_interval(secs => CASE WHEN h.is_alone THEN %(every)s ELSE %(after)s END)
    OR h.at > clock_timestamp() + interval '1 minute'
RETURNING true
"""

WORKED = """
INSERT INTO subscriptions_heartbeat (name, at, by, is_alone, worked_at, failures, error, is_told)
SELECT name, clock_timestamp(), %(by)s, false, clock_timestamp(), 0, '', false
  FROM unnest(%(names)s::text[]) AS name ORDER BY name
    ON CONFLICT (name)
    DO UPDATE SET by = EXCLUDED.by, worked_at = EXCLUDED.worked_at, failures = 0, error = '', is_told = false
"""

FAILED = """
INSERT INTO subscriptions_heartbeat AS h (name, at, by, is_alone, failures, error, is_told)
VALUES (%(name)s, clock_timestamp(), %(by)s, false, 1, %(error)s, false)
    ON CONFLICT (name) DO UPDATE SET by = EXCLUDED.by, failures = h.failures + 1, error = EXCLUDED.error
"""


FOUND = """
INSERT INTO subscriptions_heartbeat AS h (name, at, by, is_alone, failures, error, is_told)
VALUES (%(name)s, clock_timestamp(), %(by)s, false, 1, %(error)s, false)
    ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at, by = EXCLUDED.by, error = EXCLUDED.error
"""


def note(*names: str) -> None:
    """Note that this process, which was rung for, does these things now."""
    _execute(NOTE, names=list(names), by=us())


def take_turn(name: str, *, after: float, every: float) -> bool:
    """Whether this process is to do it now, unasked: nobody has for `after` seconds.

    Where that is how it was done the last time, already after `every`.
    """
    return _execute(TAKE_TURN, name=name, by=us(), after=after, every=every) == 1


def worked(names: Iterable[str]) -> None:
    _execute(WORKED, names=sorted(names), by=us())


def failed(name: str, error: Exception) -> bool:
    """Whether staff are to be told now: once, until it works again. The caller tells them in the same transaction."""
    text = f"{type(error).__name__}: {error}"[:TEXT_LENGTH].replace("\0", "")
    _execute(FAILED, name=name, by=us(), error=text)
    patience = PATIENCE if isinstance(error, OperationalError | InterfaceError) else 1
    untold = Heartbeat.objects.filter(name=name, failures__gte=patience, is_told=False)
    return untold.update(is_told=True) == 1


def found(faults: Mapping[str, str], looked_at: Iterable[str]) -> None:
    """What a look at the surroundings found; the rest of what was looked at is well."""
    well = [f"{LOOK}{name}" for name in looked_at if name not in faults]
    Heartbeat.objects.filter(name__in=well).delete()
    for name, text in sorted(faults.items()):
        _execute(FOUND, name=f"{LOOK}{name}", by=us(), error=text[:TEXT_LENGTH].replace("\0", ""))


def us() -> str:
    """This process, for people."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def _execute(statement: str, **parameters: str | float | list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
