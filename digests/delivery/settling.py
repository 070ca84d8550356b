"""Noting what a slice brought, and taking back what of it was provably not sent. Under the batch's row lock."""

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome
from digests.delivery import ledger, reasons, retrying
from digests.delivery.claiming import Claim
from digests.delivery.locking import LockedBatch
from digests.delivery.steps import Answers, OpenSlice

SETTLE = """
UPDATE digests_slice SET settled_at = clock_timestamp()
 WHERE batch_id = %s AND start = %s AND token = %s AND settled_at IS NULL
"""


def settle(cursor: CursorWrapper, held: Claim, batch: LockedBatch, previous: Answers) -> None:
    """Write what was answered for this slice's readers; a byte that somebody else wrote meanwhile stays."""
    done = previous.slice
    cursor.execute(SETTLE, [held.batch_id, done.start, held.token])
    if not cursor.rowcount:
        return  # an earlier call has done it, though its answer never came back
    told = {
        position: answer
        for position, answer in zip(done.positions, previous.answers, strict=True)
        if batch.outcomes[position] == Outcome.PENDING
    }
    ledger.write(
        cursor, held.batch_id, {position: answer.outcome for position, answer in told.items()}
    )
    reasons.record(
        cursor,
        held.digest_id,
        [
            reasons.Finding(batch.recipient_ids[position], answer.outcome, answer.code, answer.text)
            for position, answer in told.items()
            if answer.outcome not in {Outcome.ACCEPTED, Outcome.PENDING}
        ],
    )
    unsent = [position for position, answer in told.items() if answer.outcome == Outcome.PENDING]
    if unsent:
        _take_back(cursor, held, batch, done, unsent)


def _take_back(
    cursor: CursorWrapper, held: Claim, batch: LockedBatch, done: OpenSlice, unsent: list[int]
) -> None:
    """Readers provably not sent go on: at the slice's end by moving `next` back, in its midst in a retry batch."""
    tail = [position for position in done.positions if position >= min(unsent)]
    if tail != unsent:
        retrying.move(cursor, held.batch_id, unsent, delay_seconds=0)
        return
    batch.next = tail[0]
    cursor.execute("UPDATE digests_batch SET next = %s WHERE id = %s", [batch.next, held.batch_id])
    if batch.next == done.start:
        sql = "DELETE FROM digests_slice WHERE batch_id = %(batch)s AND start = %(start)s"
    else:
        sql = "UPDATE digests_slice SET stop = %(next)s WHERE batch_id = %(batch)s AND start = %(start)s"
    cursor.execute(sql, {"batch": held.batch_id, "start": done.start, "next": batch.next})


def close_unsent(cursor: CursorWrapper, held: Claim, batch: LockedBatch) -> None:
    """A slice that a call opened without our knowing: only the holder of this token sends, and it has not."""
    cursor.execute(
        "DELETE FROM digests_slice WHERE batch_id = %s AND token = %s AND settled_at IS NULL RETURNING start",
        [held.batch_id, held.token],
    )
    for (start,) in cursor.fetchall():
        batch.next = start
        cursor.execute("UPDATE digests_batch SET next = %s WHERE id = %s", [start, held.batch_id])
