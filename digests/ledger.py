"""Reading and writing the account of every reader: one outcome byte at a position of a batch.

A reader's state is the one position that is not MOVED; whoever counts must leave MOVED out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one reader of one digest."""

    digest_id: int
    outcome: Outcome
    batch_id: int
    version_number: int | None  # None: no slice with this reader was ever opened
    transport: str
    sent_at: datetime | None  # when the slice was opened


_DELIVERIES = """
SELECT b.digest_id, get_byte(b.outcomes, p.position - 1), b.id, v.number,
       coalesce(s.transport, ''), s.started_at
  FROM {batches}
 CROSS JOIN LATERAL (SELECT array_position(b.recipient_ids, %(subscriber)s::bigint) AS position) p
  LEFT JOIN digests_slice s
    ON s.batch_id = b.id AND p.position - 1 >= s.start AND p.position - 1 < s.stop
  LEFT JOIN digests_version v ON v.id = s.version_id
 WHERE p.position IS NOT NULL AND get_byte(b.outcomes, p.position - 1) <> %(moved)s
"""
# The batches that may hold the reader, by the index batch_of_ids. OFFSET 0 keeps this look apart: of each only its id
# is read, and only as many are opened as the limit asks for.
_NEWEST = """(SELECT id FROM digests_batch
           WHERE int8range(first_id, last_id, '[]') @> %(subscriber)s::bigint
           ORDER BY id DESC OFFSET 0) newest
  JOIN digests_batch b ON b.id = newest.id"""
OF_DIGEST = _DELIVERIES.format(batches="digests_batch b") + (
    " AND b.digest_id = %(digest)s AND b.first_id <= %(subscriber)s AND b.last_id >= %(subscriber)s"
)
HISTORY = _DELIVERIES.format(batches=_NEWEST) + " ORDER BY newest.id DESC LIMIT %(limit)s"


def delivery_of(digest_id: int, subscriber_id: int) -> Delivery | None:
    """Return one reader's delivery of a digest; None if the reader was not in the audience."""
    rows = _deliveries(OF_DIGEST, subscriber=subscriber_id, digest=digest_id)
    return rows[0] if rows else None


def history_of(subscriber_id: int, *, limit: int = 100) -> list[Delivery]:
    """Newest first."""
    return _deliveries(HISTORY, subscriber=subscriber_id, limit=limit)


def counts(digest_id: int) -> Counter[Outcome]:
    """Recount the digest from its batches; MOVED is left out, so the sum is the audience."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT get_byte(b.outcomes, p.position), count(*)
              FROM digests_batch b
             CROSS JOIN LATERAL generate_series(0, length(b.outcomes) - 1) AS p(position)
             WHERE b.digest_id = %s GROUP BY 1
            """,
            [digest_id],
        )
        tally = Counter({Outcome(code): count for code, count in cursor.fetchall()})
    del tally[Outcome.MOVED]
    return tally


def write(cursor: CursorWrapper, batch_id: int, outcomes: Mapping[int, Outcome]) -> None:
    """Set the bytes at these positions, and no others: events and staff may have written their own.

    The caller holds the batch's row lock.
    """
    for start, run in _runs(outcomes):
        cursor.execute(
            "UPDATE digests_batch SET outcomes = overlay(outcomes PLACING %s FROM %s) WHERE id = %s",
            [run, start + 1, batch_id],
        )


def _runs(outcomes: Mapping[int, Outcome]) -> list[tuple[int, bytes]]:
    """Join neighbouring positions: a slice is nearly always one run, so one UPDATE."""
    runs: list[tuple[int, bytearray]] = []
    for position in sorted(outcomes):
        if runs and runs[-1][0] + len(runs[-1][1]) == position:
            runs[-1][1].append(outcomes[position])
        else:
            runs.append((position, bytearray([outcomes[position]])))
    return [(start, bytes(run)) for start, run in runs]


def _deliveries(sql: str, **values: int) -> list[Delivery]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"moved": Outcome.MOVED})
        return [
            Delivery(digest, Outcome(code), batch, version, transport, at)
            for digest, code, batch, version, transport, at in cursor.fetchall()
        ]
