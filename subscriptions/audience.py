"""How many readers a newsletter has: those a digest would go to if its readers were chosen now.

A million rows take a second to count, and pages ask all the time. So a step of the tick counts every newsletter
(recount), and what has few readers is counted anew where somebody asks: there a sign-up more or less is seen.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Lower

from subscriptions.models import ReaderCount, Subscription
from subscriptions.models.subscriber import is_active_sql, not_paused_sql

COUNTED_EVERY = 300  # seconds
# A newsletter with so many readers is counted by the step alone.
LARGE = 20_000

COUNT = f"""
SELECT s.newsletter_id, count(*), count(*) FILTER (WHERE r.zone <> ''), statement_timestamp()
  FROM subscriptions_subscription s JOIN subscriptions_subscriber r ON r.id = s.subscriber_id
 WHERE {is_active_sql()} AND r.suppressed_at IS NULL AND {not_paused_sql("statement_timestamp()")}
 GROUP BY 1
"""  # noqa: S608 - its part is a constant of ours
# Neither waits for a newsletter that is being deleted, nor is kept by it from the others.
KEEP = """
INSERT INTO subscriptions_readercount AS kept (newsletter_id, readers, with_zone, counted_at)
SELECT n.id, coalesce(c.readers, 0), coalesce(c.with_zone, 0), %(at)s
  FROM (SELECT id FROM subscriptions_newsletter ORDER BY id FOR KEY SHARE SKIP LOCKED) n
  LEFT JOIN unnest(%(ids)s::bigint[], %(readers)s::int[], %(with_zone)s::int[]) AS c(id, readers, with_zone) USING (id)
    ON CONFLICT (newsletter_id) DO UPDATE
   SET readers = EXCLUDED.readers, with_zone = EXCLUDED.with_zone, counted_at = EXCLUDED.counted_at
 WHERE kept.counted_at < EXCLUDED.counted_at
"""


def recount() -> None:
    """Count and keep all of them: one look at the subscriptions, during which nothing is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (at,) = cursor.fetchone()
        cursor.execute(COUNT)
        counted = cursor.fetchall()
        ids, readers, with_zone = ([row[place] for row in counted] for place in range(3))
        with transaction.atomic():
            values = {"at": at, "ids": ids, "readers": readers, "with_zone": with_zone}
            cursor.execute(KEEP, values)


def kept(newsletter_ids: Iterable[int]) -> dict[int, ReaderCount]:
    """Return the last counts of readers; a newsletter that was never counted is not there."""
    return ReaderCount.objects.in_bulk(list(newsletter_ids))


def about(newsletter_ids: Iterable[int]) -> dict[int, int]:
    """Return the numbers of readers for a page; two queries, however many newsletters.

    Large newsletters are as they were counted last; all others are counted now.
    """
    asked = set(newsletter_ids)
    large = {pk: one.readers for pk, one in kept(asked).items() if one.readers >= LARGE}
    others = asked - large.keys()
    return large | (sizes(others) if others else {})


def about_one(newsletter_id: int) -> int:
    return about([newsletter_id])[newsletter_id]


def about_with_zone(newsletter_id: int) -> tuple[int, int]:
    """How many of its readers have told a time zone of their own, and how many it has; as above."""
    found = kept([newsletter_id]).get(newsletter_id)
    if found is not None and found.readers >= LARGE:
        return found.with_zone, found.readers
    return with_zone(newsletter_id), size(newsletter_id)


def sizes(newsletter_ids: Iterable[int]) -> dict[int, int]:
    """Active, not suppressed and not away, by newsletter; one query however many are asked for."""
    asked = set(newsletter_ids)
    counted = (
        Subscription.objects.mailable()
        .filter(newsletter__in=asked)
        .order_by()
        .values_list("newsletter")
        .annotate(Count("pk"))
    )
    return dict.fromkeys(asked, 0) | dict(counted)


def size(newsletter_id: int) -> int:
    return sizes([newsletter_id])[newsletter_id]


def with_zone(newsletter_id: int) -> int:
    return (
        Subscription.objects.mailable()
        .filter(newsletter=newsletter_id)
        .exclude(subscriber__zone="")
        .count()
    )


def strangers(newsletter_id: int | None, addresses: Iterable[str]) -> list[str]:
    """Those of the addresses that a digest of the newsletter would not go to."""
    asked = {address.lower(): address for address in addresses}
    found = (
        Subscription.objects.mailable()
        .filter(newsletter=newsletter_id)
        .annotate(lower_address=Lower("subscriber__address"))
        .filter(lower_address__in=asked)
        .values_list("lower_address", flat=True)
    )
    known = set(found) if asked else set()
    return [address for lower, address in asked.items() if lower not in known]
