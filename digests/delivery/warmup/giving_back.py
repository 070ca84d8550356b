"""A cancelled digest gives back what it took of the day's allowances for readers to whom it was never sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome
from digests.delivery.warmup import plans
from digests.delivery.warmup.holding import FEWEST
from digests.models import Digest

# Of whom the freeze counted: those of providers with enough readers in this digest.
COUNTED = """
SELECT coalesce(nullif(d.provider, ''), lower(split_part(r.address, '@', 2)))
  FROM digests_batch b
 CROSS JOIN LATERAL unnest(b.recipient_ids) AS u(id)
  JOIN subscriptions_subscriber r ON r.id = u.id
  LEFT JOIN digests_maildomain d ON d.domain = lower(split_part(r.address, '@', 2))
 WHERE b.digest_id = %s AND b.kind = 'first'
 GROUP BY 1 HAVING count(*) >= %s
"""
# One after the other by name, as whoever takes of them locks them.
GIVE = """
WITH unsent AS (
    SELECT coalesce(nullif(d.provider, ''), lower(split_part(r.address, '@', 2))) AS provider, count(*) AS number
      FROM subscriptions_subscriber r
      LEFT JOIN digests_maildomain d ON d.domain = lower(split_part(r.address, '@', 2))
     WHERE r.id = ANY(%(readers)s) GROUP BY 1
), day AS (
    SELECT w.id, u.number FROM digests_warmupday w JOIN unsent u USING (provider)
     WHERE w.day = %(day)s AND w.provider = ANY(%(providers)s) ORDER BY w.provider FOR UPDATE OF w
)
UPDATE digests_warmupday w SET used = greatest(0, w.used - day.number) FROM day WHERE w.id = day.id
"""


def counted_providers(cursor: CursorWrapper, digest_id: int, *, now: datetime) -> list[str]:
    """Those whose allowance of today this digest's freeze took of; none where it was frozen on another day."""
    if not plans.any_active():
        return []
    frozen_at = Digest.objects.values_list("frozen_at", flat=True).get(pk=digest_id)
    if frozen_at is None or plans.today(frozen_at) != plans.today(now):
        return []
    cursor.execute(COUNTED, [digest_id, FEWEST])
    return [str(provider) for (provider,) in cursor.fetchall()]


def give_back(
    cursor: CursorWrapper, batch_id: int, providers: Sequence[str], *, now: datetime
) -> None:
    """For a batch of which nothing more is sent, before its readers are noted as cancelled, in that transaction.

    Only readers who stood in it from the beginning, and whom it never reached: of whoever was tried again, or let go
    later, it cannot be told here what was counted.
    """
    if not providers:
        return
    cursor.execute(
        """
        SELECT recipient_ids, outcomes, next FROM digests_batch
         WHERE id = %s AND kind = 'first' AND waits_for = ''
        """,
        [batch_id],
    )
    row = cursor.fetchone()
    if row is None:
        return
    ids, outcomes, begun = row
    unsent = [ids[p] for p in range(begun, len(ids)) if outcomes[p] == Outcome.PENDING]
    values: dict[str, Any] = {
        "readers": unsent,
        "providers": list(providers),
        "day": plans.today(now),
    }
    cursor.execute(GIVE, values)
