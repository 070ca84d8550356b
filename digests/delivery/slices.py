"""One short transaction between slices: note what was answered, look around, and open the next.

Its bytes are sent only after the commit. So a slice that is open in the database may have been sent; everything beyond
`next` provably has not.
"""

from django.db import connection, transaction

from digests.choices import DigestState
from digests.delivery import fast_path
from digests.delivery.claiming import Claim
from digests.delivery.locking import LockedBatch, lock, release
from digests.delivery.opening import open_next
from digests.delivery.settling import close_unsent, settle
from digests.delivery.steps import Answers, OpenSlice, Stop
from digests.models.ledger import SLICE_SIZE


def advance(
    held: Claim,
    previous: Answers | None,
    *,
    transport: str,
    most: int = SLICE_SIZE,
    go_on: bool = True,
    again: bool = False,
) -> OpenSlice | Stop:
    """Settle `previous` and open the next slice; when this returns a Stop, nothing more may be sent.

    `most`: readers of the next slice.
    `again`: an earlier call ended without a word from the database, and may or may not have been committed.
    """
    if go_on and not again:
        opened = _fast(held, previous, transport, most)
        if opened is not None:
            return opened
    with transaction.atomic(), connection.cursor() as cursor:
        batch = lock(cursor, held)
        if batch is None:
            return Stop.LOST
        if previous is not None:
            settle(cursor, held, batch, previous)
        if not batch.is_leased:
            return Stop.LOST  # what was answered is noted, since nobody else has claimed it
        if again:
            close_unsent(cursor, held, batch)
        stop = _look_around(batch, go_on=go_on)
        if stop is not None:
            release(cursor, held)
            return stop
        return open_next(cursor, held, batch, transport, most)


def _fast(
    held: Claim, previous: Answers | None, transport: str, most: int
) -> OpenSlice | Stop | None:
    """Take an everyday step; None if it is no such step, and then nothing was changed."""
    done = None
    if previous is not None:
        if not (previous.slice.is_whole and fast_path.all_accepted(previous.answers)):
            return None
        done = range(previous.slice.start, previous.slice.stop)
        if done.stop >= held.size:
            return Stop.FINISHED if fast_path.end(held, done) else None
    step = fast_path.advance(held, transport, most, done)
    if step is None:
        return None
    positions = tuple(range(step.start, step.stop))
    return OpenSlice(step.start, step.stop, step.version_id, positions, step.recipients)


def _look_around(batch: LockedBatch, *, go_on: bool) -> Stop | None:
    if batch.next >= len(batch.recipient_ids):
        return None  # finishing costs nothing and sends nothing
    if batch.is_stopped:
        return Stop.SWITCH
    if batch.state != DigestState.SENDING:
        return Stop.DIGEST  # a cancelled one is closed by steering.py
    if batch.is_urgent:
        return Stop.PRIORITY
    return None if go_on else Stop.ASKED
