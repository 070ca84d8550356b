"""A feed's bytes to clean stories. Everything in them is hostile until it is plain."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from digests.assembly.dating import LONG_AGO, Dated, with_moments
from digests.assembly.decoding import decoded, prepared
from digests.assembly.identity import fragment_of, identified
from digests.assembly.json_feed import read_json
from digests.assembly.news_sitemap import is_sitemap, read_sitemap
from digests.assembly.stories import (
    LONGEST_HEADLINE,
    ParsedStory,
    RawStory,
    UnusableStory,
    clean_story,
)
from digests.assembly.web_pages import feed_named_by, is_web_page
from digests.assembly.wording import plain_from_html, shortened
from digests.assembly.xml_feed import MOST_PARSED, read_xml
from digests.outside.failures import FeedError, WebPageNotFeed
from subscriptions.zones import clock_of

MOST_BYTES = 20_000_000  # full-text feeds of hundreds of stories; only the ends of a long one are read (xml_feed.py)
MOST_STORIES = 500  # a busy news site publishes as many in a day; more is an archive
MOST_WARNINGS = 10


@dataclass(frozen=True, slots=True)
class Feed:
    """Stories in the feed's order, each once. `warnings` are sentences for an editor.

    `deleted` are the ids of stories that the feed itself says were taken back (RFC 6721).
    """

    title: str
    stories: tuple[ParsedStory, ...]
    warnings: tuple[str, ...]
    deleted: tuple[str, ...] = ()
    found: int = 0  # what it lists, usable or not


def parse_feed(body: bytes, *, content_type: str | None, url: str, zone: str = "UTC") -> Feed:
    """Read RSS, RDF, Atom, JSON Feed, a news sitemap or WordPress's posts.

    Relative links count from `url`, dates without a zone by the clock of `zone`.
    Raises FeedError (WebPageNotFeed for a page). Hostile input can take minutes: reading.py sets bounds.
    """
    if len(body) > MOST_BYTES:
        raise FeedError(f"The feed is larger than {MOST_BYTES / 1e6:g} MB.")
    text = decoded(body, content_type)
    if not text.strip():
        raise FeedError("The feed is empty.")
    if is_web_page(text):
        raise WebPageNotFeed(feed_named_by(text, url))
    title, raw, deleted = _read(text, url)
    listed = list(raw)
    dated, unread = with_moments(_ends(listed), clock_of(zone))
    chosen, warnings = _newest(dated)
    warnings += unread
    stories, left_out = _cleaned(chosen)
    warnings += [_left_out(count, why) for why, count in left_out.most_common(MOST_WARNINGS)]
    if not stories:
        warnings.append("The feed has no stories that can be used.")
    title = shortened(plain_from_html(title), LONGEST_HEADLINE)
    return Feed(title, stories, tuple(warnings), deleted, len(listed))


def _read(text: str, url: str) -> tuple[str, Iterable[RawStory], tuple[str, ...]]:
    if text.lstrip().startswith(("{", "[")):
        return read_json(text, url)
    text = prepared(text)
    return read_sitemap(text, url) if is_sitemap(text) else read_xml(text, url)


def _ends(raw: list[RawStory]) -> list[RawStory]:
    """Return the first and the last stories if there are too many: the newest stand at one of the ends."""
    half = MOST_PARSED // 2
    return raw if len(raw) <= MOST_PARSED else raw[:half] + raw[-half:]


def _newest(raw: list[Dated]) -> tuple[list[Dated], list[str]]:
    if len(raw) <= MOST_STORIES:
        return raw, []

    def freshness(place: int) -> tuple[datetime, int]:
        _story, moments = raw[place]
        return moments.published_at or moments.updated_at or LONG_AGO, -place

    places = sorted(nlargest(MOST_STORIES, range(len(raw)), key=freshness))
    warning = f"The feed has more than {MOST_STORIES} stories; only {MOST_STORIES} were read."
    return [raw[place] for place in places], [warning]


def _cleaned(raw: Iterable[Dated]) -> tuple[tuple[ParsedStory, ...], Counter[str]]:
    found: list[tuple[ParsedStory, str]] = []
    left_out: Counter[str] = Counter()
    for each, moments in raw:
        try:
            story = clean_story(each, moments)
        except UnusableStory as problem:
            left_out[str(problem)] += 1
        else:
            found.append((story, fragment_of(each.links)))
    stories, lost = identified(found)
    if lost:
        left_out["another has the same address, and no id tells them apart"] = lost
    return tuple(stories), left_out


def _left_out(count: int, why: str) -> str:
    return f"{count} {'story was' if count == 1 else 'stories were'} left out: {why.rstrip('.')}."
