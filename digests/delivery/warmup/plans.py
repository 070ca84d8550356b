"""What a day allows at a provider: the plan's first day, then more each day that was borne without many deferrals."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection

from digests.choices import Outcome
from digests.models import WarmUp, WarmUpDay
from subscriptions.models import Publisher
from subscriptions.zones import clock_of

# Of a day's readers; beyond it the ceiling stays as it is.
MOST_DEFERRED = 0.05

# Deferrals by our own server's word and by the service's, of digests that went out that day.
DEFERRED = """
WITH digest AS (
    SELECT id FROM digests_digest
     WHERE frozen_at >= %(day)s::date - interval '2 days' AND frozen_at < %(day)s::date + interval '3 days'
), deferred AS (
    SELECT subscriber_id, at FROM digests_reason
     WHERE digest_id IN (SELECT id FROM digest) AND outcome = %(deferred)s
    UNION ALL
    SELECT subscriber_id, occurred_at FROM digests_event
     WHERE digest_id IN (SELECT id FROM digest) AND kind = 'deferred' AND subscriber_id IS NOT NULL
)
SELECT coalesce(nullif(d.provider, ''), lower(split_part(r.address, '@', 2))), count(DISTINCT f.subscriber_id)
  FROM deferred f
  JOIN subscriptions_subscriber r ON r.id = f.subscriber_id
  LEFT JOIN digests_maildomain d ON d.domain = lower(split_part(r.address, '@', 2))
 WHERE (f.at AT TIME ZONE %(zone)s)::date = %(day)s
 GROUP BY 1
"""


def any_active() -> bool:
    return WarmUp.objects.filter(is_active=True).exists()


def today(now: datetime) -> date:
    """A day begins and ends by the publisher's clock."""
    return now.astimezone(clock_of(Publisher.objects.current().zone)).date()


def plans_in_force(day: date) -> dict[str, WarmUp]:
    """Return the plans in force by mailbox provider; the blank name is for all others."""
    return {
        plan.provider: plan for plan in WarmUp.objects.filter(is_active=True, starts_on__lte=day)
    }


def days(providers: Iterable[str], *, now: datetime, lock: bool = False) -> dict[str, WarmUpDay]:
    """Today's row of each provider that a plan is about, unsaved where none was needed yet.

    `lock`: made and locked, in a settled order, inside the caller's transaction.
    """
    day = today(now)
    plans = plans_in_force(day)
    wanted = sorted(set(providers)) if "" in plans else sorted(set(providers) & set(plans))
    if not plans or not wanted:
        return {}
    known = {row.provider: row for row in WarmUpDay.objects.filter(day=day, provider__in=wanted)}
    new = {name: plans.get(name) or plans[""] for name in wanted if name not in known}
    known |= {
        name: WarmUpDay(plan=new[name], provider=name, day=day, ceiling=ceiling)
        for name, ceiling in _ceilings(new, day).items()
    }
    if not lock:
        return known
    WarmUpDay.objects.bulk_create(
        [row for row in known.values() if row.pk is None], ignore_conflicts=True
    )
    rows = WarmUpDay.objects.select_for_update().filter(day=day, provider__in=wanted)
    return {row.provider: row for row in rows.order_by("provider")}


def change(plan: WarmUp, *, now: datetime) -> None:
    """A plan that was changed holds for today as well; what was used stays used."""
    rows = list(WarmUpDay.objects.filter(plan=plan, day=today(now)))
    ceilings = _ceilings({row.provider: plan for row in rows}, today(now))
    for row in rows:
        row.ceiling = ceilings[row.provider]
    WarmUpDay.objects.bulk_update(rows, ["ceiling"])


def _ceilings(plans: Mapping[str, WarmUp], day: date) -> dict[str, int]:
    """Return the day's ceilings by mailbox provider; a day's deferrals are counted once for all of them."""
    before = (
        WarmUpDay.objects.filter(provider__in=list(plans), day__lt=day, used__gt=0)
        .order_by("provider", "-day")
        .distinct("provider")
    )
    last = {row.provider: row for row in before if row.day >= plans[row.provider].starts_on}
    deferred = {on: deferred_on(on) for on in {row.day for row in last.values()}}
    return {
        name: _grown(plan, last[name], deferred[last[name].day].get(name, 0))
        if name in last
        else plan.first_day
        for name, plan in plans.items()
    }


def _grown(plan: WarmUp, before: WarmUpDay, deferred: int) -> int:
    if deferred > before.used * MOST_DEFERRED:
        return before.ceiling
    return max(before.ceiling + before.ceiling * plan.growth_percent // 100, plan.first_day)


def deferred_on(day: date) -> dict[str, int]:
    """Readers whom their provider put off on that day, by provider."""
    zone = Publisher.objects.current().zone
    with connection.cursor() as cursor:
        cursor.execute(DEFERRED, {"day": day, "zone": zone, "deferred": Outcome.DEFERRED})
        return {str(provider): int(number) for provider, number in cursor.fetchall()}
