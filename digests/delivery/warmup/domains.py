"""Asking the DNS who takes mail for our readers' domains: by a task, a few at a time, kept for a week."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import dns.exception
import dns.resolver
from django.db import connection

from digests.delivery.warmup import plans
from digests.delivery.warmup.providers import provider_of
from digests.models import MailDomain

AGAIN = timedelta(days=7)
AGAIN_FAILED = timedelta(minutes=15)
SECONDS = 5.0
AT_ONCE = 10
MOST = 200
MOST_NEW = 2000

# The hosts that take mail for a domain, best first; empty when none is named. Raises dns.exception.DNSException.
Exchangers = Callable[[str], list[str]]

# Domains with the most readers first; a domain that nobody has any more is left alone.
NOTE_NEW = """
INSERT INTO digests_maildomain (domain, provider, error, due_at)
SELECT domain, '', '', %(now)s
  FROM (SELECT lower(split_part(address, '@', 2)) AS domain, count(*) AS readers
          FROM subscriptions_subscriber WHERE suppressed_at IS NULL GROUP BY 1) found
 WHERE NOT EXISTS (SELECT 1 FROM digests_maildomain known WHERE known.domain = found.domain)
 ORDER BY readers DESC LIMIT %(most)s
    ON CONFLICT DO NOTHING
"""


def system_exchangers(domain: str) -> list[str]:
    try:
        answer = dns.resolver.resolve(domain, "MX", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    records = sorted(answer, key=lambda record: (record.preference, str(record.exchange)))
    return [str(record.exchange) for record in records if str(record.exchange) != "."]


def ask_due(*, now: datetime, exchangers: Exchangers = system_exchangers) -> int:
    """Ask about the domains that are due, and note new ones; returns how many were asked. Without a plan, nothing."""
    if not plans.any_active():
        return 0
    due = _take_due(now)
    if not due:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_NEW, {"now": now, "most": MOST_NEW})
        due = _take_due(now)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = list(pool.map(lambda domain: _ask(domain, exchangers), [it.domain for it in due]))
    for row, (provider, error) in zip(due, asked, strict=True):
        row.error = error
        if provider:
            row.provider, row.checked_at, row.due_at = provider, now, now + AGAIN
        row.save(update_fields=["provider", "error", "checked_at", "due_at"])
    return len(due)


def _take_due(now: datetime) -> list[MailDomain]:
    """Theirs for a while: another worker takes others, and a dead one's come again."""
    due = list(MailDomain.objects.filter(due_at__lte=now).order_by("due_at", "pk")[:MOST])
    MailDomain.objects.filter(pk__in=[row.pk for row in due]).update(due_at=now + AGAIN_FAILED)
    for row in due:
        row.due_at = now + AGAIN_FAILED
    return due


def _ask(domain: str, exchangers: Exchangers) -> tuple[str, str]:
    """The provider and no error, or an error; no database here, the pool's threads have none."""
    try:
        return provider_of(domain, exchangers(domain)), ""
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return "", f"{type(error).__name__}: {error}"[:300]
