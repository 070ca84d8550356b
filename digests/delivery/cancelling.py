"""The end of a cancelled digest: readers who were not sent are noted as such, readers in doubt stay in doubt."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from digests import ledger
from digests.choices import DigestState, Outcome
from digests.delivery import doubts
from digests.delivery.claiming import settle_what_was_left
from digests.delivery.warmup.giving_back import counted_providers, give_back
from digests.models import Digest

# A batch in a worker's hands is left to it: its next look at the digest gives the batch back.
NEXT = """
SELECT b.id, b.digest_id, b.token
  FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
 WHERE b.digest_id = %s AND d.state = 'cancelled' AND b.finished_at IS NULL
   AND (b.lease_until IS NULL OR b.lease_until <= clock_timestamp())
 ORDER BY b.id LIMIT 1 FOR UPDATE OF b SKIP LOCKED
"""
TO_CANCEL = frozenset({Outcome.PENDING, Outcome.DEFERRED})


def close_batches(digest_id: int, *, now: datetime) -> int:
    """Returns how many were closed; the tick calls again for those that were in a worker's hands."""
    closed = 0
    with connection.cursor() as cursor:
        providers = counted_providers(cursor, digest_id, now=now)
    while _close_next(digest_id, providers, now):
        closed += 1
    return closed


def _close_next(digest_id: int, providers: Sequence[str], now: datetime) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NEXT, [digest_id])
        row = cursor.fetchone()
        if row is None:
            return False
        batch_id, _digest, token = row
        settle_what_was_left(cursor, batch_id, digest_id, before_token=token + 1)
        give_back(cursor, batch_id, providers, now=now)
        cursor.execute(
            "SELECT recipient_ids, outcomes FROM digests_batch WHERE id = %s", [batch_id]
        )
        recipient_ids, outcomes = cursor.fetchone()
        cancelled = {
            position: Outcome.CANCELLED
            for position, code in enumerate(outcomes)
            if code in TO_CANCEL
        }
        ledger.write(cursor, batch_id, doubts.keep(cursor, digest_id, recipient_ids, cancelled))
        cursor.execute(
            """
            UPDATE digests_batch
               SET token = token + 1, lease_until = NULL, finished_at = clock_timestamp()
             WHERE id = %s
            """,
            [batch_id],
        )
    return True


def cancelled_with_batches() -> list[int]:
    """Cancelled digests of which a worker held a batch when they were cancelled."""
    return list(
        Digest.objects.filter(state=DigestState.CANCELLED, batches__finished_at__isnull=True)
        .distinct()
        .values_list("pk", flat=True)[:100]
    )
