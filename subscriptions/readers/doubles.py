"""Readers who are there twice, with addresses that differ in case alone, and making each of them one.

No database has such rows but one whose collation once folded addresses in a way of its own: see
subscriptions/models/folding.py.
"""

from datetime import datetime

from django.db import connection, transaction

from subscriptions.evidence import Evidence
from subscriptions.models import Subscriber
from subscriptions.readers.uniting import unite

TWICE = """
SELECT array_agg(id ORDER BY id) FROM subscriptions_subscriber
 GROUP BY lower(address COLLATE "C") HAVING count(*) > 1 ORDER BY min(id) LIMIT 500
"""


def unite_doubles(evidence: Evidence, *, now: datetime) -> int:
    """The oldest row stays. Returns how many rows became part of another."""
    united = 0
    while found := _doubles():
        for first, *others in found:
            for other in others:
                united += _unite(other, first, evidence, now)
    return united


def _doubles() -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(TWICE)
        return [row[0] for row in cursor.fetchall()]


def _unite(gone_id: int, into_id: int, evidence: Evidence, now: datetime) -> int:
    with transaction.atomic():
        # In the order of ids, as everybody else locks them.
        rows = list(
            Subscriber.objects.select_for_update(of=("self",))
            .filter(pk__in=[gone_id, into_id])
            .order_by("pk")
        )
        if len(rows) != len({gone_id, into_id}):
            return 0  # somebody else was faster
        into, gone = rows
        unite(gone, into=into, evidence=evidence, now=now)
    return 1
