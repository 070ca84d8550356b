"""What the DNS says of the domains we write from; asked beforehand by a task, and kept."""

from datetime import datetime, timedelta

import dns.exception
import dns.resolver

from digests.models import DomainCheck
from digests.preflight.dmarc import Exists, Texts, look_up

AGAIN = timedelta(hours=6)
AGAIN_FAILED = timedelta(minutes=15)
SECONDS = 5.0
MOST = 5


def system_texts(name: str) -> list[str]:
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def system_exists(name: str) -> bool:
    try:
        dns.resolver.resolve(name, "A", lifetime=SECONDS)
    except dns.resolver.NXDOMAIN:
        return False
    except dns.resolver.NoAnswer:
        pass
    return True


def ask_due(*, now: datetime, texts: Texts = system_texts, exists: Exists = system_exists) -> int:
    """Ask about the domains that are due, each of them once; returns how many."""
    asked = 0
    for check in DomainCheck.objects.filter(due_at__lte=now).order_by("due_at")[:MOST]:
        mine = DomainCheck.objects.filter(pk=check.pk, due_at=check.due_at)
        if mine.update(due_at=now + AGAIN_FAILED):
            _ask(check, texts, exists, now)
            asked += 1
    return asked


def _ask(check: DomainCheck, texts: Texts, exists: Exists, now: datetime) -> None:
    try:
        has_spf = _publishes(texts, check.domain, "v=spf1")
        dmarc = look_up(check.domain, texts, exists)
    except dns.exception.DNSException as error:
        check.error = f"{type(error).__name__}: {error}"[:300]
        check.save(update_fields=["error"])
        return
    check.has_spf, check.has_dmarc, check.error = has_spf, bool(dmarc.policy), ""
    # Where nothing is published at all, the DNS says nothing of whose the name is.
    check.organisation = dmarc.organisation if dmarc.policy else ""
    check.policy = dmarc.policy
    check.checked_at, check.due_at = now, now + AGAIN
    check.save()


def _publishes(texts: Texts, name: str, version: str) -> bool:
    """Records begin with their version, followed by a blank or a semicolon, or nothing."""
    return any(text.lower().replace(";", " ").split(" ", 1)[0] == version for text in texts(name))
