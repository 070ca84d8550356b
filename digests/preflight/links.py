"""The web addresses in a mail that somebody should visit before readers do."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings

from digests.preflight.material import Story
from digests.rendering.tokens import marker_free

MOST_LINKS = 200


def links_in(html: str, stories: tuple[Story, ...]) -> tuple[str, ...]:
    """Web addresses in the mail that are no story's (those carry parameters behind their own address)."""
    reader = _LinkReader()
    reader.feed(marker_free(html))
    story_urls = tuple(story.url for story in stories if story.url)
    found = (url for url in dict.fromkeys(reader.found) if not url.startswith(story_urls))
    return tuple(url for url in found if _is_outside(url))[:MOST_LINKS]


def _is_outside(url: str) -> bool:
    """Whether anybody could visit it: our own pages are made out to readers, and mailto is no page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    site = urlsplit(settings.SITE_URL)
    return parts.scheme in ("http", "https") and (parts.hostname, parts.port) != (
        site.hostname,
        site.port,
    )


class _LinkReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value.strip() for name, value in attrs if name == "href" and tag == "a" and value
        ]
