"""What tells one installation from another: in Redis, which several may share, and in names of mails."""

import hmac
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

MARK_BYTES = 5


def mark(suppression_key: str) -> str:
    """The same on each of its hosts and for ever, as the key is; it does not tell the key."""
    return hmac.digest(suppression_key.encode(), b"installation", "sha256")[:MARK_BYTES].hex()


def redis_prefix(installation: str, database: str) -> str:
    """Return the beginning of every key in Redis, queues too. A user of Redis must be allowed `~newsroom:*`."""
    return f"newsroom:{installation}:{database}:"


@lru_cache
def mail_host(site_url: str) -> str:
    """The site's host behind an @, and in EHLO (RFC 5321 section 4.1.3)."""
    host = urlsplit(site_url).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"
