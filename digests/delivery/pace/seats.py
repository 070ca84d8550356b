"""Who may have a connection: so many a process, and after trouble so many of all processes together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore
from uuid import uuid4

from django.conf import settings
from django.db import connection

# The first seat that nobody has, or whose holder has not said anything for a lease. Two at once may want the same:
# one gets it, the other looks again.
TAKE = """
INSERT INTO digests_seat AS s (way, number, holder, lease_until)
SELECT %(way)s, n, %(holder)s, clock_timestamp() + make_interval(secs => %(lease)s)
  FROM generate_series(0, %(seats)s - 1) AS n
 WHERE NOT EXISTS (SELECT 1 FROM digests_seat o
                    WHERE o.way = %(way)s AND o.number = n AND o.lease_until > clock_timestamp())
 ORDER BY n LIMIT 1
    ON CONFLICT (way, number) DO UPDATE SET holder = EXCLUDED.holder, lease_until = EXCLUDED.lease_until
 WHERE s.lease_until <= clock_timestamp()
RETURNING s.number
"""
TRIES = 3

RENEW = """
UPDATE digests_seat SET lease_until = clock_timestamp() + make_interval(secs => %s)
 WHERE way = %s AND number = %s AND holder = %s
"""

LEAVE = "DELETE FROM digests_seat WHERE way = %s AND number = %s AND holder = %s"


@contextmanager
def connection_of_process(name: str, most: int) -> Iterator[bool]:
    """False: this process has `most` of them at work already."""
    free = _free(name, most)
    if not free.acquire(blocking=False):
        yield False
        return
    try:
        yield True
    finally:
        free.release()


@cache
def _free(name: str, most: int) -> BoundedSemaphore:
    return BoundedSemaphore(most)


@dataclass(frozen=True, slots=True)
class Seat:
    """A row with a lease: nothing depends on a session of the database, which a pooler may share out."""

    way: str
    number: int
    holder: str

    def renew(self) -> bool:
        """False: the lease ran out and somebody else has it; nothing more may be sent."""
        return _execute(RENEW, settings.LEASE_SECONDS, self.way, self.number, self.holder) == 1


@contextmanager
def seat(way: str, seats: int) -> Iterator[Seat | None]:
    """Take one of so many seats on this sending route, for all processes; None if all are taken.

    The seat of a killed worker is free when its lease has run out, as its batch is.
    """
    taken = _take(way, seats)
    try:
        yield taken
    finally:
        if taken is not None:
            _execute(LEAVE, taken.way, taken.number, taken.holder)


def _take(way: str, seats: int) -> Seat | None:
    holder = uuid4().hex
    wanted: dict[str, str | int] = {
        "way": way,
        "seats": seats,
        "holder": holder,
        "lease": settings.LEASE_SECONDS,
    }
    with connection.cursor() as cursor:
        for _try in range(TRIES):
            cursor.execute(TAKE, wanted)
            row = cursor.fetchone()
            if row is not None:
                return Seat(way, row[0], holder)
    return None


def _execute(statement: str, *parameters: str | int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
