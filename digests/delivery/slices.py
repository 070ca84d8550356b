"""One short transaction between slices: note what was answered, look around, and open the next.

Its bytes are sent only after the commit. So a slice that is open in the database may have been sent; everything beyond
`next` provably has not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from digests.choices import DigestState, Outcome
from digests.delivery import doubts, ledger, reasons, retrying
from digests.delivery.claiming import Claim
from digests.delivery.messages import Recipient
from digests.delivery.transports.base import Answer
from digests.models.ledger import SLICE_SIZE
from subscriptions.models.subscriber import not_paused_sql


class Stop(Enum):
    """Why no further slice was opened."""

    FINISHED = "the batch is finished"
    LOST = "the batch is in other hands"
    DIGEST = "the digest is paused or cancelled"
    SWITCH = "all sending is stopped"
    PRIORITY = "something more urgent is due"
    ASKED = "the worker is to end"


@dataclass(frozen=True, slots=True)
class OpenSlice:
    """What is to be sent now: recipients by their position in the batch."""

    start: int
    stop: int
    version_id: int
    positions: tuple[int, ...]
    recipients: tuple[Recipient, ...]

    def key(self, batch_id: int) -> str:
        """Names this slice to a service that knows a repeated call by its key."""
        return f"{batch_id}.{self.start}.{self.stop}.{self.version_id}"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a slice brought: one answer for each of its recipients."""

    slice: OpenSlice
    answers: Sequence[Answer]


# OFFSET 0 keeps the look for something urgent on its index (batch_claimable): by way of the digest it would read
# all of a digest's batches before each slice, two thousand for a million readers.
LOCK = """
SELECT b.next, b.recipient_ids, b.outcomes, b.attempt, d.state, d.sending_version_id, d.newsletter_id,
       coalesce(b.lease_until > clock_timestamp(), false), d.expires_at <= clock_timestamp(),
       EXISTS (SELECT 1 FROM digests_sendingswitch WHERE stopped_at IS NOT NULL),
       EXISTS (SELECT 1 FROM (SELECT digest_id FROM digests_batch
                               WHERE finished_at IS NULL AND priority < b.priority
                                 AND due_at <= clock_timestamp()
                                 AND (lease_until IS NULL OR lease_until <= clock_timestamp())
                                 AND variant IS NOT NULL OFFSET 0) u
                 JOIN digests_digest ud ON ud.id = u.digest_id
                WHERE ud.state IN ('frozen', 'sending'))
  FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
 WHERE b.id = %s AND b.token = %s AND b.finished_at IS NULL
   FOR UPDATE OF b
"""

SETTLE = """
UPDATE digests_slice SET settled_at = clock_timestamp()
 WHERE batch_id = %s AND start = %s AND token = %s AND settled_at IS NULL
"""

# Readers who left, went away or were suppressed since the freeze are found here, a moment before the bytes go out.
MAILABLE = f"""
SELECT r.id, r.public_id, r.address, r.suppressed_at IS NULL, s.state = 'active', {not_paused_sql("clock_timestamp()")}
  FROM subscriptions_subscriber r
  JOIN subscriptions_subscription s ON s.subscriber_id = r.id AND s.newsletter_id = %s
 WHERE r.id = ANY(%s)
"""  # noqa: S608 - its parts are constants of ours


@dataclass(slots=True)
class _Locked:
    """The batch and its surroundings, under the row lock."""

    next: int
    recipient_ids: list[int]
    outcomes: bytes
    attempt: int
    state: str
    version_id: int
    newsletter_id: int
    is_leased: bool
    is_expired: bool
    is_stopped: bool
    is_urgent: bool


def advance(
    held: Claim,
    previous: Answers | None,
    *,
    transport: str,
    go_on: bool = True,
    again: bool = False,
) -> OpenSlice | Stop:
    """Settle `previous` and open the next slice; when this returns a Stop, nothing more may be sent.

    `again`: an earlier call ended without a word from the database, and may or may not have been committed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        batch = _lock(cursor, held)
        if batch is None:
            return Stop.LOST
        if previous is not None:
            _settle(cursor, held, batch, previous)
        if not batch.is_leased:
            return Stop.LOST  # what was answered is noted, since nobody else has claimed it
        if again:
            _close_unsent(cursor, held, batch)
        stop = _look_around(batch, go_on=go_on)
        if stop is not None:
            _release(cursor, held)
            return stop
        return _open(cursor, held, batch, transport)


def _lock(cursor: CursorWrapper, held: Claim) -> _Locked | None:
    cursor.execute(LOCK, [held.batch_id, held.token])
    row = cursor.fetchone()
    return None if row is None else _Locked(*row)


def _settle(cursor: CursorWrapper, held: Claim, batch: _Locked, previous: Answers) -> None:
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
    cursor: CursorWrapper, held: Claim, batch: _Locked, done: OpenSlice, unsent: list[int]
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


def _close_unsent(cursor: CursorWrapper, held: Claim, batch: _Locked) -> None:
    """A slice that a call opened without our knowing: only the holder of this token sends, and it has not."""
    cursor.execute(
        "DELETE FROM digests_slice WHERE batch_id = %s AND token = %s AND settled_at IS NULL RETURNING start",
        [held.batch_id, held.token],
    )
    for (start,) in cursor.fetchall():
        batch.next = start
        cursor.execute("UPDATE digests_batch SET next = %s WHERE id = %s", [start, held.batch_id])


def _look_around(batch: _Locked, *, go_on: bool) -> Stop | None:
    if batch.next >= len(batch.recipient_ids):
        return None  # finishing costs nothing and sends nothing
    if batch.is_stopped:
        return Stop.SWITCH
    if batch.state != DigestState.SENDING:
        return Stop.DIGEST  # a cancelled one is closed by steering.py
    if batch.is_urgent:
        return Stop.PRIORITY
    return None if go_on else Stop.ASKED


def _open(cursor: CursorWrapper, held: Claim, batch: _Locked, transport: str) -> OpenSlice | Stop:
    start = batch.next
    if batch.is_expired:
        rest = range(start, len(batch.recipient_ids))
        _close_positions(cursor, held, batch, dict.fromkeys(rest, Outcome.EXPIRED))
        start = len(batch.recipient_ids)
    while start < len(batch.recipient_ids):
        stop = min(start + SLICE_SIZE, len(batch.recipient_ids))
        mailable = _mailable(cursor, held, batch, range(start, stop))
        if mailable:
            _insert(cursor, held, (start, stop, batch.version_id, transport))
            return OpenSlice(
                start, stop, batch.version_id, tuple(mailable), tuple(mailable.values())
            )
        start = stop  # nobody of these is to be mailed any more
    _finish(cursor, held)
    return Stop.FINISHED


def _mailable(
    cursor: CursorWrapper, held: Claim, batch: _Locked, positions: range
) -> dict[int, Recipient]:
    """Who of these is still to be mailed; the others get their outcome here and now."""
    cursor.execute(MAILABLE, [batch.newsletter_id, [batch.recipient_ids[at] for at in positions]])
    found = {row[0]: row for row in cursor.fetchall()}
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
            mailable[position] = Recipient(row[0], row[1], row[2])
    _close_positions(cursor, held, batch, closed)
    return mailable


def _close_positions(
    cursor: CursorWrapper, held: Claim, batch: _Locked, outcomes: dict[int, Outcome]
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


def _finish(cursor: CursorWrapper, held: Claim) -> None:
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


def _release(cursor: CursorWrapper, held: Claim) -> None:
    cursor.execute("UPDATE digests_batch SET lease_until = NULL WHERE id = %s", [held.batch_id])
