"""The database's clock, which decides what is due: one clock for every host."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The time of the current statement, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
