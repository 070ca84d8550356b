"""What the DNS says of the domains we write from; asked beforehand by a task, and kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

import dns.exception
import dns.resolver

from digests.models import DomainCheck
from digests.preflight.of_sender import organisation

AGAIN = timedelta(hours=6)
AGAIN_FAILED = timedelta(minutes=15)
SECONDS = 5.0
MOST = 5

# The texts that are published under a name; empty when there are none. Raises dns.exception.DNSException.
Texts = Callable[[str], list[str]]


def system_texts(name: str) -> list[str]:
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def ask_due(*, now: datetime, texts: Texts = system_texts) -> int:
    """Ask about the domains that are due, each of them once; returns how many."""
    asked = 0
    for check in DomainCheck.objects.filter(due_at__lte=now).order_by("due_at")[:MOST]:
        mine = DomainCheck.objects.filter(pk=check.pk, due_at=check.due_at)
        if mine.update(due_at=now + AGAIN_FAILED):
            _ask(check, texts, now)
            asked += 1
    return asked


def _ask(check: DomainCheck, texts: Texts, now: datetime) -> None:
    try:
        has_spf = _publishes(texts, check.domain, "v=spf1")
        # RFC 7489 section 6.6.3: where the name itself has none, its organisation's counts.
        has_dmarc = any(
            _publishes(texts, f"_dmarc.{name}", "v=dmarc1")
            for name in dict.fromkeys((check.domain, organisation(check.domain)))
        )
    except dns.exception.DNSException as error:
        check.error = f"{type(error).__name__}: {error}"[:300]
        check.save(update_fields=["error"])
        return
    check.has_spf, check.has_dmarc, check.error = has_spf, has_dmarc, ""
    check.checked_at, check.due_at = now, now + AGAIN
    check.save()


def _publishes(texts: Texts, name: str, version: str) -> bool:
    """Records begin with their version, followed by a blank or a semicolon, or nothing."""
    return any(text.lower().replace(";", " ").split(" ", 1)[0] == version for text in texts(name))
