"""The batch and its surroundings under its row lock: what a step between two slices decides by."""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from digests.choices import GOING_OUT_SQL
from digests.delivery.claiming import Claim

# OFFSET 0 keeps the look for something urgent on its index (batch_claimable): by way of the digest it would read
# all of a digest's batches before each slice, two thousand for a million readers.
LOCK = f"""
SELECT b.next, b.recipient_ids, b.outcomes, b.attempt, d.state, d.sending_version_id, d.newsletter_id,
       coalesce(b.lease_until > clock_timestamp(), false), b.expires_at <= clock_timestamp(),
       EXISTS (SELECT 1 FROM digests_sendingswitch WHERE stopped_at IS NOT NULL),
       EXISTS (SELECT 1 FROM (SELECT digest_id FROM digests_batch
                               WHERE finished_at IS NULL AND priority < b.priority
                                 AND due_at <= clock_timestamp()
                                 AND (lease_until IS NULL OR lease_until <= clock_timestamp())
                                 AND variant IS NOT NULL OFFSET 0) u
                 JOIN digests_digest ud ON ud.id = u.digest_id
                WHERE ud.state IN {GOING_OUT_SQL})
  FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
 WHERE b.id = %s AND b.token = %s AND b.finished_at IS NULL
   FOR UPDATE OF b
"""  # noqa: S608 - its parts are constants of ours


@dataclass(slots=True)
class LockedBatch:
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


def lock(cursor: CursorWrapper, held: Claim) -> LockedBatch | None:
    cursor.execute(LOCK, [held.batch_id, held.token])
    row = cursor.fetchone()
    return None if row is None else LockedBatch(*row)


def release(cursor: CursorWrapper, held: Claim) -> None:
    cursor.execute("UPDATE digests_batch SET lease_until = NULL WHERE id = %s", [held.batch_id])
