"""Before a digest goes out: how many of its readers today's allowances have room for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from digests.audience import recipients
from digests.delivery.warmup import plans
from digests.delivery.warmup.holding import FEWEST
from digests.models import Digest
from subscriptions.models.subscriber import mailable_sql

SHOWN = 8

READERS = """
SELECT coalesce(nullif(d.provider, ''), lower(split_part(r.address, '@', 2))) AS provider, count(*)
  FROM subscriptions_subscription s
  JOIN subscriptions_subscriber r ON r.id = s.subscriber_id
  LEFT JOIN digests_maildomain d ON d.domain = lower(split_part(r.address, '@', 2))
 WHERE s.newsletter_id = %(newsletter)s AND {mailable} AND {condition}
 GROUP BY 1 HAVING count(*) >= %(fewest)s ORDER BY 2 DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The warm-up allowance of one mailbox provider, on the day that the forecast is made for."""

    provider: str
    readers: int
    ceiling: int
    used: int  # by digests of that day that are frozen already

    @property
    def too_many(self) -> int:
        return max(0, self.readers - max(0, self.ceiling - self.used))


def forecast(digest: Digest, *, at: datetime) -> list[Allowance]:
    """If it went out at that moment: the largest providers. Empty without a plan in force that day."""
    if not plans.plans_in_force(plans.today(at)):
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        condition = recipients.condition(cursor, digest)
        values: dict[str, Any] = {
            "newsletter": digest.newsletter_id,
            "at": at,
            "fewest": FEWEST,
            "most": SHOWN,
        }
        query = READERS.format(mailable=mailable_sql("%(at)s::timestamptz"), condition=condition)
        cursor.execute(query, values)
        readers = {str(provider): int(number) for provider, number in cursor.fetchall()}
    days = plans.days(readers, now=at)
    found = [
        Allowance(name, number, days[name].ceiling, days[name].used)
        for name, number in readers.items()
        if name in days
    ]
    return sorted(found, key=lambda it: (-it.too_many, -it.readers))
