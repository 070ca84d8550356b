"""Opening the next slice for those who are still to be mailed, or finishing the batch. Under the batch's row lock."""

from typing import Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import Outcome
from digests.delivery import doubts, merged_readers, retrying
from digests.delivery.claiming import Claim
from digests.delivery.locking import LockedBatch
from digests.delivery.steps import OpenSlice, Stop
from digests.messages.message import Recipient
from subscriptions.models.subscriber import (
    is_active_sql,
    measured_sql,
    not_paused_sql,
    not_suppressed_sql,
)

# Readers who left, went away or were suppressed since the freeze are found here, a moment before the bytes go out.
MAILABLE = f"""
SELECT r.id, r.public_id, r.address, {not_suppressed_sql()}, {is_active_sql()}, {not_paused_sql("clock_timestamp()")},
       {measured_sql()}
  FROM subscriptions_subscriber r
  JOIN subscriptions_subscription s ON s.subscriber_id = r.id AND s.newsletter_id = %s
  JOIN subscriptions_newsletter n ON n.id = s.newsletter_id
 WHERE r.id = ANY(%s)
"""  # noqa: S608 - its parts are constants of ours


def open_next(
    cursor: CursorWrapper, held: Claim, batch: LockedBatch, transport: str, most: int
) -> OpenSlice | Stop:
    start = batch.next
    if batch.is_expired:
        rest = range(start, len(batch.recipient_ids))
        _close_positions(cursor, held, batch, dict.fromkeys(rest, Outcome.EXPIRED))
        start = len(batch.recipient_ids)
    while start < len(batch.recipient_ids):
        stop = min(start + most, len(batch.recipient_ids))
        mailable = _mailable(cursor, held, batch, range(start, stop))
        if mailable:
            _insert(cursor, held, (start, stop, batch.version_id, transport))
            return OpenSlice(
                start, stop, batch.version_id, tuple(mailable), tuple(mailable.values())
            )
        start = stop  # nobody of these is to be mailed any more
    finish(cursor, held)
    return Stop.FINISHED


def _mailable(
    cursor: CursorWrapper, held: Claim, batch: LockedBatch, positions: range
) -> dict[int, Recipient]:
    """Who of these is still to be mailed; the others get their outcome here and now."""
    cursor.execute(MAILABLE, [batch.newsletter_id, [batch.recipient_ids[at] for at in positions]])
    found = {row[0]: row for row in cursor.fetchall()}
    waiting = {batch.recipient_ids[at] for at in positions if batch.outcomes[at] == Outcome.PENDING}
    missing = waiting - found.keys()
    if missing:
        found |= merged_readers.rows_of_merged(cursor, held, batch.newsletter_id, missing)
    mailable: dict[int, Recipient] = {}
    closed: dict[int, Outcome] = {}
    for position in positions:
        if batch.outcomes[position] != Outcome.PENDING:
            continue
        row = found.get(batch.recipient_ids[position])
        if row is None or not row[4]:
            closed[position] = Outcome.LEFT
        elif not row[3]:
            closed[position] = Outcome.SUPPRESSED
        elif not row[5]:
            closed[position] = Outcome.PAUSED
        else:
            mailable[position] = Recipient(row[0], row[1], row[2], row[6])
    _close_positions(cursor, held, batch, closed)
    return mailable


def _close_positions(
    cursor: CursorWrapper, held: Claim, batch: LockedBatch, outcomes: dict[int, Outcome]
) -> None:
    pending = {
        position: outcome
        for position, outcome in outcomes.items()
        if batch.outcomes[position] == Outcome.PENDING
    }
    if batch.attempt:
        pending = doubts.keep(cursor, held.digest_id, batch.recipient_ids, pending)
    ledger.write(cursor, held.batch_id, pending)


def _insert(cursor: CursorWrapper, held: Claim, row: tuple[Any, ...]) -> None:
    start, stop, version_id, transport = row
    cursor.execute(
        """
        INSERT INTO digests_slice (batch_id, start, stop, token, version_id, transport, started_at)
        VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp())
        """,
        [held.batch_id, start, stop, held.token, version_id, transport],
    )
    cursor.execute(
        """
        UPDATE digests_batch
           SET next = %s, lease_until = clock_timestamp() + make_interval(secs => %s)
         WHERE id = %s
        """,
        [stop, settings.LEASE_SECONDS, held.batch_id],
    )


def finish(cursor: CursorWrapper, held: Claim) -> None:
    """The last slice is settled: what must be tried again leaves for a batch of its own."""
    retrying.move_unfinished(cursor, held.batch_id)
    cursor.execute(
        """
        UPDATE digests_batch
           SET next = cardinality(recipient_ids), lease_until = NULL, finished_at = clock_timestamp()
         WHERE id = %s
        """,
        [held.batch_id],
    )
