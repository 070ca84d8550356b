"""Where certificates and confirmations of Amazon SNS are fetched: the guarded way, in seconds, without redirects."""

from digests.outside.guard import Limits, guarded_get

# Within a request of SNS, which waits 15 s.
LIMITS = Limits(
    max_bytes=50_000, connect_seconds=3, read_seconds=3, total_seconds=6, max_redirects=0
)


def fetch(url: str) -> bytes:
    """Fetch a certificate or a confirmation. Raises FetchError."""
    return guarded_get(url, limits=LIMITS, allow=frozenset()).body
