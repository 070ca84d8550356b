"""Noting what a slice brought, and taking back what of it was provably not sent. Under the batch's row lock."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import Outcome
from digests.delivery import doubts, questions, reasons, retrying
from digests.delivery.arrivals import last_delivery
from digests.delivery.claiming import Claim
from digests.delivery.locking import LockedBatch
from digests.delivery.steps import Answers, OpenSlice
from digests.delivery.transports.base import Answer
from subscriptions.mailing import bouncing
from subscriptions.mailing.reply_codes import enhanced_code

SETTLE = """
UPDATE digests_slice SET settled_at = clock_timestamp()
 WHERE batch_id = %s AND start = %s AND token = %s AND settled_at IS NULL
RETURNING transport, settled_at
"""


def settle(cursor: CursorWrapper, held: Claim, batch: LockedBatch, previous: Answers) -> None:
    """Write what was answered for this slice's readers; a byte that somebody else wrote meanwhile stays."""
    done = previous.slice
    cursor.execute(SETTLE, [held.batch_id, done.start, held.token])
    settled = cursor.fetchone()
    if settled is None:
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
    _report(held, done, told, *settled)
    doubted = [at for at, answer in told.items() if answer.outcome == Outcome.UNCERTAIN]
    doubts.hear_again(cursor, held.digest_id, [batch.recipient_ids[at] for at in doubted])
    if doubted and questions.can_be_settled(settled[0]):
        questions.open_for(cursor, held.batch_id, [done.start])
    unsent = [position for position, answer in told.items() if answer.outcome == Outcome.PENDING]
    if unsent:
        _take_back(cursor, held, batch, done, unsent)


def _report(
    held: Claim, done: OpenSlice, told: Mapping[int, Answer], transport: str, at: datetime
) -> None:
    """What servers said of addresses counts as if it had come back as a bounce; once a digest and reader."""
    addresses = dict(zip(done.positions, done.recipients, strict=True))
    reports = {
        addresses[position].address: bouncing.Report(
            kind=answer.blame,
            occurred_at=at,
            source=f"digest {held.digest_id}, {transport}",
            code=enhanced_code(f"{answer.code} {answer.text}"),
            text=reasons.plain(f"{answer.code} {answer.text}".strip()),
        )
        for position, answer in told.items()
        if answer.blame is not None
    }
    bouncing.take_refusals(reports, now=at, delivered_at=partial(last_delivery, now=at))


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
