"""A new day's allowance for readers who wait: batch by batch in their order, as far as it goes."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from digests.choices import GOING_OUT_SQL, Outcome
from digests.delivery import retrying
from digests.delivery.warmup import plans
from digests.models import Batch, WarmUpDay
from subscriptions.models import Publisher

MOST_A_CALL = 200  # batches of a provider; the next tick goes on

# On a later day nobody is woken before the clock time at which they were due.
WAITING = f"""
SELECT b.id, b.outcomes
  FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
 WHERE b.waits_for = %(provider)s AND b.finished_at IS NULL AND b.due_at > %(now)s AND b.expires_at > %(now)s
   AND b.opens_at <= %(now)s AND d.state IN {GOING_OUT_SQL}
   AND ((b.opens_at AT TIME ZONE %(zone)s)::date = (%(now)s AT TIME ZONE %(zone)s)::date
        OR (b.opens_at AT TIME ZONE %(zone)s)::time <= (%(now)s AT TIME ZONE %(zone)s)::time)
 ORDER BY b.due_at, b.ordinal LIMIT %(most)s
   FOR UPDATE OF b SKIP LOCKED
"""  # noqa: S608 - its parts are constants of ours


def release(*, now: datetime) -> int:
    """Let go whom today allows; returns how many."""
    waiting = Batch.objects.waiting().filter(due_at__gt=now)
    providers = list(waiting.order_by().values_list("waits_for", flat=True).distinct())
    if not providers:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        days = plans.days(providers, now=now, lock=True)
        released = sum(
            _release_at(cursor, provider, days.get(provider), now) for provider in sorted(providers)
        )
        WarmUpDay.objects.bulk_update(days.values(), ["used"])
    return released


def _release_at(cursor: CursorWrapper, provider: str, day: WarmUpDay | None, now: datetime) -> int:
    """`day` None: no plan is about this provider any more."""
    if day is not None and not day.remaining:
        return 0
    zone = Publisher.objects.current().zone
    values: dict[str, Any] = {"provider": provider, "now": now, "zone": zone, "most": MOST_A_CALL}
    cursor.execute(WAITING, values)
    return sum(
        _let_go(cursor, batch_id, _pending(outcomes), day, now)
        for batch_id, outcomes in cursor.fetchall()
    )


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
    """A batch too large for what is left is divided."""
    number = len(positions) if day is None else min(len(positions), day.remaining)
    if not number:
        return 0
    if number < len(positions):
        retrying.move(cursor, batch_id, positions[:number], delay_seconds=0)
    else:
        # It waits no more: a server that puts it off later must not have it counted a second time.
        Batch.objects.filter(pk=batch_id).update(due_at=now, waits_for="")
    if day is not None:
        day.used += number
    return number
