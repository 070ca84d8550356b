"""Who may have a connection: so many a process, and after trouble so many of all processes together."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from zlib import crc32

from django.db import connection


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


@contextmanager
def seat(name: str, seats: int) -> Iterator[bool]:
    """One of so many seats on this way, for all processes. False: all are taken.

    The lock is the database session's: it ends with a killed worker at once, without a lease.
    """
    way = crc32(f"newsroom seat {name}".encode()) - 2**31
    taken = next((number for number in range(seats) if _try(way, number)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            _leave(way, taken)


def _try(way: int, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [way, number])
        return bool(cursor.fetchone()[0])


def _leave(way: int, number: int) -> None:
    """A session that was lost meanwhile has left already; PostgreSQL only warns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [way, number])
