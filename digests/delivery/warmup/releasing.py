"""A new day's allowance for readers who wait: batch by batch in their order, as far as it goes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome
from digests.delivery import retrying
from digests.delivery.warmup import plans
from digests.models import Batch, WarmUpDay
from subscriptions.models import Publisher

MOST_A_CALL = 200

WAITING = """
SELECT b.id, b.waits_for, b.outcomes, b.opens_at
  FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
 WHERE b.waits_for <> '' AND b.finished_at IS NULL AND b.due_at > %(now)s AND b.expires_at > %(now)s
   AND d.state IN ('frozen', 'sending')
 ORDER BY b.due_at, b.ordinal LIMIT %(most)s
   FOR UPDATE OF b SKIP LOCKED
"""


def release(*, now: datetime) -> int:
    """Let go whom today allows, on a later day not before the time at which they were due; returns how many."""
    if not Batch.objects.waiting().exists():
        return 0
    zone = ZoneInfo(Publisher.objects.current().zone)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WAITING, {"now": now, "most": MOST_A_CALL})
        batches = [
            (batch_id, provider, _pending(outcomes))
            for batch_id, provider, outcomes, opens_at in cursor.fetchall()
            if _has_come(opens_at, now, zone)
        ]
        days = plans.days({provider for _id, provider, _positions in batches}, now=now, lock=True)
        released = sum(
            _let_go(cursor, batch_id, positions, days.get(provider), now)
            for batch_id, provider, positions in batches
        )
        WarmUpDay.objects.bulk_update(days.values(), ["used"])
    return released


def _has_come(opens_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    there, here = opens_at.astimezone(zone), now.astimezone(zone)
    return there <= here and (there.date() == here.date() or there.time() <= here.time())


def _pending(outcomes: bytes) -> list[int]:
    """Positions; an earlier day may have let some go."""
    return [position for position, code in enumerate(outcomes) if code == Outcome.PENDING]


def _let_go(
    cursor: CursorWrapper,
    batch_id: int,
    positions: list[int],
    day: WarmUpDay | None,
    now: datetime,
) -> int:
    """`day` None: no plan is about its provider any more. A batch too large for what is left is divided."""
    number = len(positions) if day is None else min(len(positions), day.remaining)
    if not number:
        return 0
    if number < len(positions):
        retrying.move(cursor, batch_id, positions[:number], delay_seconds=0)
    else:
        Batch.objects.filter(pk=batch_id).update(due_at=now)
    if day is not None:
        day.used += number
    return number
