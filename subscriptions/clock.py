"""The database's clock, which decides what is due: one clock for every host."""

import time
from datetime import datetime, timedelta

from django.db import connection

TRUSTED_SECONDS = 30.0


def database_now() -> datetime:
    """The time of the current statement, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def about_now() -> datetime:
    """The database's time as this process last read it, and what has passed since: right to milliseconds.

    For what thousands ask at once; asks the database every half minute.
    """
    global _read
    passed = time.monotonic() - _read[1] if _read else TRUSTED_SECONDS
    if _read is None or passed >= TRUSTED_SECONDS:
        _read = (database_now(), time.monotonic())
        return _read[0]
    return _read[0] + timedelta(seconds=passed)


_read: tuple[datetime, float] | None = None
