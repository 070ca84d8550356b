"""A story as a feed tells it, and as we keep it."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from digests.assembly.bylines import people
from digests.assembly.picture_choice import chosen
from digests.assembly.raw_pictures import RawPicture
from digests.assembly.summaries import NO_WORDS, Words, told_by
from digests.assembly.wording import decoded, mended, plain, plain_from_html, shortened
from digests.outside.canonical import canonical_url
from digests.outside.failures import BadUrl

LONGEST_HEADLINE = 300
LONGEST_NAME = 120
LONGEST_TAG = 80
LONGEST_GUID = 500
MOST_AUTHORS = 10
MOST_TAGS = 30
_COMMENT = re.compile(r"#comment-\d+\Z")


@dataclass(frozen=True, slots=True)
class RawStory:
    """What a feed says, unjudged. Relative addresses count from `base`."""

    base: str
    text_base: str = ""  # of what is in its texts; empty: they count from the story's own address
    links: tuple[str, ...] = ()  # the best first
    guid: str = ""
    headline: Words = NO_WORDS
    texts: tuple[Words, ...] = ()  # the shortest kind first: summary, then content
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    pictures: tuple[RawPicture, ...] = ()
    is_locked: bool = False  # its source says that a password is needed


@dataclass(frozen=True, slots=True)
class ParsedStory:
    """Clean: plain words, canonical address, dates in UTC.

    `published_at` is None where the feed does not say, or says what cannot be read; in the future it is an embargo.
    `guid` may be empty. `pictures` has the best first; the next is for when one cannot be had.
    """

    url: str
    guid: str
    headline: str
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    pictures: tuple[RawPicture, ...] = ()
    key: str = ""  # what its address is compared by (identity.py)


@dataclass(frozen=True, slots=True)
class Moments:
    """What the dates of a story mean; None: nothing, or nothing that can be read."""

    published_at: datetime | None = None
    updated_at: datetime | None = None


class UnusableStory(ValueError):
    """The text completes “One story was left out: …”."""


def clean_story(raw: RawStory, moments: Moments) -> ParsedStory:
    """Return a story with clean fields.

    Raises UnusableStory for what has no address or no headline, is a reader's comment, or behind a password.
    """
    url = _address(raw)
    headline = shortened(_plain(raw.headline), LONGEST_HEADLINE)
    if not headline:
        raise UnusableStory("it has no headline")
    if any(map(_COMMENT.search, (raw.guid.strip(), *(link.strip() for link in raw.links[:1])))):
        raise UnusableStory("it is a reader’s comment")
    told = told_by(raw.texts, headline)
    if told.is_locked or raw.is_locked:
        raise UnusableStory("it is behind a password")
    authors = people(raw.authors) or ([told.author] if told.author else [])
    return ParsedStory(
        url=url,
        guid=plain(raw.guid)[:LONGEST_GUID],
        headline=headline,
        summary=told.summary,
        authors=_unique(authors, LONGEST_NAME)[:MOST_AUTHORS],
        tags=_unique(_split(raw.tags), LONGEST_TAG)[:MOST_TAGS],
        published_at=moments.published_at or moments.updated_at,
        updated_at=moments.updated_at,
        pictures=chosen(
            [
                *((picture, raw.base) for picture in raw.pictures),
                *((picture, raw.text_base or url) for picture in told.pictures),
            ],
            headline=headline,
        ),
    )


def _plain(words: Words) -> str:
    return plain_from_html(words.text) if words.is_html else plain(mended(words.text))


def _address(raw: RawStory) -> str:
    problem = "it has no link"
    for link in raw.links:
        try:
            return canonical_url(link, raw.base)
        except BadUrl as error:
            problem = f"its link is unusable. {error}"
    raise UnusableStory(problem)


def _split(tags: tuple[str, ...]) -> list[str]:
    """“Sports, Football” is two."""
    return [part for tag in tags for part in re.split(r"[,;|]", decoded(tag))]


def _unique(names: list[str], limit: int) -> tuple[str, ...]:
    """Return the names without empty ones, each once whatever its capitals and however its accents are composed."""
    found: dict[str, str] = {}
    for name in names:
        text = shortened(unicodedata.normalize("NFC", plain_from_html(name)), limit)
        if text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())
