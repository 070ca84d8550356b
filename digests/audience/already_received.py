"""Who has, or may have, one of some versions: as a query of readers' ids, and as a table of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome

# From the slices, which tell who was sent which version. A byte that is still pending there is in a server's hands;
# one that moved on went with the slice into doubt, if a reason says so.
RECEIVED = """
SELECT u.id
  FROM digests_batch wb
  JOIN digests_slice ws ON ws.batch_id = wb.id
 CROSS JOIN LATERAL unnest(wb.recipient_ids[ws.start + 1 : ws.stop]) WITH ORDINALITY AS u(id, place)
 CROSS JOIN LATERAL (SELECT get_byte(wb.outcomes, ws.start + u.place::int - 1) AS code) o
 WHERE wb.digest_id = ANY(%(held_digests)s::bigint[]) AND ws.version_id = ANY(%(held_versions)s::bigint[])
   AND (o.code IN (%(accepted)s, %(uncertain)s, %(pending)s)
        OR o.code = %(moved)s AND EXISTS (
            SELECT FROM digests_reason wr
             WHERE wr.digest_id = wb.digest_id AND wr.subscriber_id = u.id AND wr.outcome = %(uncertain)s))
"""
# For statements with a subscription s, once the table is there; NOT takes its readers away.
HAS_RECEIVED = "EXISTS (SELECT FROM holder h WHERE h.id = s.subscriber_id)"
# Who got it with a row that has become part of another's. In the table, not beside it in the condition: of two queries
# put together PostgreSQL knows nothing any more.
MERGED = """
INSERT INTO holder SELECT f.subscriber_id FROM subscriptions_formerid f JOIN holder h ON h.id = f.former_pk
"""

# A table that was never vacuumed has -1: it is judged by its size.
TOO_FEW = """
SELECT 1 FROM pg_class WHERE reltuples BETWEEN 0 AND %s
   AND oid IN ('subscriptions_subscription'::regclass, 'subscriptions_subscriber'::regclass)
"""


def gather(cursor: CursorWrapper, query: str, values: Mapping[str, Any]) -> None:
    """Make the table of this query of ids, for HAS_RECEIVED, until the transaction ends; an id may be in it twice.

    PostgreSQL takes the unnest of an array for ten rows: inside a larger statement a million readers were looked up
    one by one, or all of them read through for each. Of a table that is analysed it knows how many there are; and by
    the index it looks there for one reader at a time where it takes our own tables for empty (PostgreSQL 15 does).
    """
    cursor.execute("DROP TABLE IF EXISTS holder")
    cursor.execute(f"CREATE TEMPORARY TABLE holder ON COMMIT DROP AS {query}", values)
    _count_readers(cursor, held=cursor.rowcount)
    cursor.execute("ANALYZE holder")
    cursor.execute(MERGED)
    cursor.execute("CREATE INDEX ON holder (id)")


def _count_readers(cursor: CursorWrapper, *, held: int) -> None:
    """Analyse our tables of readers where PostgreSQL knows of too few.

    A table that was vacuumed when it had just been emptied is taken for empty until autovacuum comes by, however much
    has been written since: then each reader was compared with all holders.
    """
    cursor.execute(TOO_FEW, [held / 10])
    if cursor.fetchone():
        cursor.execute("ANALYZE subscriptions_subscription, subscriptions_subscriber")


def values_of(digest_ids: Iterable[int], version_ids: Iterable[int]) -> dict[str, Any]:
    """Return the values for RECEIVED. The versions belong to these digests."""
    return {
        "held_digests": list(digest_ids),
        "held_versions": list(version_ids),
        "accepted": Outcome.ACCEPTED,
        "uncertain": Outcome.UNCERTAIN,
        "pending": Outcome.PENDING,
        "moved": Outcome.MOVED,
    }
