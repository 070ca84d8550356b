"""A story's own page, asked for what its feed does not say, or because an editor has pasted its address."""

from urllib.parse import urljoin

from digests.assembly.reading import read_page
from digests.assembly.stories import ParsedStory
from digests.outside.failures import FetchError
from digests.outside.guard import PAGE_LIMITS, guarded_get

HEADERS = {"Accept": "text/html,application/xhtml+xml;q=0.9"}


def story_at(url: str, *, zone: str, allow: frozenset[str]) -> ParsedStory:
    """What the page says, its beginning alone where it is long. Raises FetchError, FeedError."""
    page = guarded_get(url, limits=PAGE_LIMITS, allow=allow, headers=HEADERS)
    return read_page(
        page.body,
        _first_page(page.final_url, allow),
        content_type=page.headers.get("content-type"),
        url=page.final_url,
        zone=zone,
    )


def _first_page(url: str, allow: frozenset[str]) -> bytes:
    """Return the home page of the same site, to tell what stands on every page; empty if it cannot be had."""
    home = urljoin(url, "/")
    if home == url:
        return b""
    try:
        return guarded_get(home, limits=PAGE_LIMITS, allow=allow, headers=HEADERS).body
    except FetchError:
        return b""
