"""Taking a batch for this worker, and finding out what a dead worker left behind in it."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import GOING_OUT_SQL, Outcome
from digests.delivery import doubts, quarantine, questions, reasons
from digests.lifecycle import Move, update_sql

logger = logging.getLogger(__name__)

WORKER_LOST = "The worker was lost before it could note the server's answer."


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch in this worker's hands, until the lease runs out or somebody claims it with a higher token."""

    batch_id: int
    digest_id: int
    token: int
    priority: int
    size: int
    variant: int = 0


# Digests interleave by ordinal, so that a small one does not wait behind a million. The lock is held only for this
# statement's transaction: the token and the lease are what protects the batch from then on.
CLAIMABLE = f"""
    SELECT b.id
      FROM digests_batch b
      JOIN digests_digest d ON d.id = b.digest_id
     WHERE b.finished_at IS NULL
       AND b.due_at <= clock_timestamp()
       AND (b.lease_until IS NULL OR b.lease_until <= clock_timestamp())
       AND b.variant IS NOT NULL
       AND d.state IN {GOING_OUT_SQL}
       AND NOT EXISTS (SELECT 1 FROM digests_sendingswitch WHERE stopped_at IS NOT NULL)
     ORDER BY b.priority, b.due_at, b.ordinal
     LIMIT 1
"""  # noqa: S608 - its parts are constants of ours

BEGIN = f"{update_sql(Move.BEGIN)} AND d.id = %s"
HAS_WORK = f"SELECT EXISTS ({CLAIMABLE})"

CLAIM = f"""
UPDATE digests_batch
   SET token = token + 1, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
 WHERE id = ({CLAIMABLE} FOR UPDATE OF b SKIP LOCKED)
RETURNING id, digest_id, token, priority, cardinality(recipient_ids), variant
"""  # noqa: S608 - no input of anybody's

RENEW = """
UPDATE digests_batch
   SET lease_until = clock_timestamp() + make_interval(secs => %s)
 WHERE id = %s AND token = %s AND lease_until > clock_timestamp() AND finished_at IS NULL
"""

RELEASE = """
UPDATE digests_batch
   SET lease_until = NULL,
       due_at = greatest(due_at, clock_timestamp() + make_interval(secs => %s))
 WHERE id = %s AND token = %s
"""

# To the next claim it looks like the batch of a worker that died a lease ago.
ABANDON = "UPDATE digests_batch SET lease_until = clock_timestamp() WHERE id = %s AND token = %s"

OPEN_SLICES = """
UPDATE digests_slice SET settled_at = clock_timestamp(), is_lost = true
 WHERE batch_id = %s AND settled_at IS NULL AND token < %s
RETURNING start, stop, transport
"""


def claim() -> Claim | None:
    """Take the next batch that is due, and settle what its last holder left open. None: nothing to do.

    Committed before any network I/O.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": settings.LEASE_SECONDS})
        row = cursor.fetchone()
        if row is None:
            return None
        claimed = Claim(*row)
        cursor.execute(BEGIN, [claimed.digest_id])
        is_first = cursor.rowcount == 1
        settle_what_was_left(
            cursor, claimed.batch_id, claimed.digest_id, before_token=claimed.token
        )
    if is_first:
        logger.info("Digest %s begins to go out.", claimed.digest_id)
    return claimed


def has_work() -> bool:
    """Is there a batch that could be claimed now?"""
    with connection.cursor() as cursor:
        cursor.execute(HAS_WORK)
        return bool(cursor.fetchone()[0])


def renew(held: Claim) -> bool:
    """Renew the lease of a worker whose server lets it wait. False: it ran out, and nothing more may be sent."""
    with connection.cursor() as cursor:
        cursor.execute(RENEW, [settings.LEASE_SECONDS, held.batch_id, held.token])
        return bool(cursor.rowcount == 1)


def release(held: Claim, *, delay_seconds: float = 0) -> None:
    """Give the batch back, for anyone to claim after the delay; nothing happens if it is no longer ours."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, [delay_seconds, held.batch_id, held.token])


def abandon(held: Claim) -> None:
    """This worker does not know what became of its slice: let the next claim find it in doubt, at once."""
    with connection.cursor() as cursor:
        cursor.execute(ABANDON, [held.batch_id, held.token])


def settle_what_was_left(
    cursor: CursorWrapper, batch_id: int, digest_id: int, *, before_token: int
) -> None:
    """An open slice of an older token is in doubt: its bytes may or may not have reached the server.

    Everything beyond `next` is provably unsent and simply goes on. The caller holds the batch's row lock.
    """
    cursor.execute(OPEN_SLICES, [batch_id, before_token])
    open_slices = cursor.fetchall()
    if not open_slices:
        return
    cursor.execute("SELECT recipient_ids, outcomes FROM digests_batch WHERE id = %s", [batch_id])
    recipient_ids, outcomes = cursor.fetchone()
    doubtful = [
        position
        for start, stop, _transport in open_slices
        for position in range(start, stop)
        if outcomes[position] == Outcome.PENDING
    ]
    ledger.write(cursor, batch_id, dict.fromkeys(doubtful, Outcome.UNCERTAIN))
    reasons.record(
        cursor,
        digest_id,
        [
            reasons.Finding(recipient_ids[position], Outcome.UNCERTAIN, text=WORKER_LOST)
            for position in doubtful
        ],
    )
    doubts.hear_again(cursor, digest_id, [recipient_ids[position] for position in doubtful])
    asked = [
        start for start, _stop, transport in open_slices if questions.can_be_settled(transport)
    ]
    questions.open_for(cursor, batch_id, asked)
    quarantine.after_a_loss(cursor, digest_id)
