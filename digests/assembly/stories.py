"""A story as a feed tells it, and as we keep it."""

from dataclasses import dataclass
from datetime import datetime

from digests.assembly.canonical import absolute_url, canonical_url
from digests.assembly.failures import BadUrl
from digests.assembly.wording import first_picture, plain, plain_from_html, shortened

LONGEST_HEADLINE = 300
LONGEST_SUMMARY = 400  # two or three sentences; an editor shortens further
LONGEST_NAME = 120
LONGEST_TAG = 80
LONGEST_ALT = 300
LONGEST_GUID = 500
MOST_AUTHORS = 10
MOST_TAGS = 30
WIDEST_PICTURE = 4_000  # a wider one is an original for print: slow to fetch, no better in a mail
UNKNOWN_WIDTH = 500  # a picture that does not say: probably more than a thumbnail
SMALLEST_PICTURE = 60  # narrower ones are beacons and icons


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    is_html: bool

    def plain(self) -> str:
        return plain_from_html(self.text) if self.is_html else plain(self.text)


@dataclass(frozen=True, slots=True)
class RawPicture:
    url: str
    width: int | None = None  # as the feed claims
    alt: str = ""


@dataclass(frozen=True, slots=True)
class RawStory:
    """What a feed says, unjudged. Relative addresses count from `base`."""

    base: str
    links: tuple[str, ...] = ()  # the best first
    guid: str = ""
    headline: Words = Words("", is_html=False)
    texts: tuple[Words, ...] = ()  # the shortest kind first: summary, then content
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    pictures: tuple[RawPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedStory:
    """Clean: plain words, canonical address, dates in UTC.

    `published_at` is None where the feed does not say, or says what cannot be read; in the future it is an embargo.
    `guid` may be empty.
    """

    url: str
    guid: str
    headline: str
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    image_url: str | None
    image_alt: str


@dataclass(frozen=True, slots=True)
class Moments:
    """What the dates of a story mean; None: nothing, or nothing that can be read."""

    published_at: datetime | None = None
    updated_at: datetime | None = None


class UnusableStory(ValueError):
    """The text completes “One story was left out: …”."""


def clean_story(raw: RawStory, moments: Moments) -> ParsedStory:
    """Raises UnusableStory for one that has no address or no headline."""
    url = _address(raw)
    headline = raw.headline.plain()
    if not headline:
        raise UnusableStory("it has no headline")
    picture = _picture(raw)
    return ParsedStory(
        url=url,
        guid=plain(raw.guid)[:LONGEST_GUID],
        headline=shortened(headline, LONGEST_HEADLINE),
        summary=_summary(raw, headline),
        authors=_unique(raw.authors, LONGEST_NAME)[:MOST_AUTHORS],
        tags=_unique(raw.tags, LONGEST_TAG)[:MOST_TAGS],
        published_at=moments.published_at or moments.updated_at,
        updated_at=moments.updated_at,
        image_url=picture.url if picture else None,
        image_alt=shortened(plain(picture.alt), LONGEST_ALT) if picture else "",
    )


def _address(raw: RawStory) -> str:
    problem = "it has no link"
    for link in raw.links:
        try:
            return canonical_url(link, raw.base)
        except BadUrl as error:
            problem = f"its link is unusable. {error}"
    raise UnusableStory(problem)


def _summary(raw: RawStory, headline: str) -> str:
    for words in raw.texts:
        text = words.plain().replace("[…]", "…").replace("[...]", "…")
        if text and text != headline:
            return shortened(text, LONGEST_SUMMARY)
    return ""


def _unique(names: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """Without empty ones, and each once whatever its capitals."""
    found: dict[str, str] = {}
    for name in names:
        text = shortened(plain_from_html(name), limit)
        if text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())


def _picture(raw: RawStory) -> RawPicture | None:
    """The widest picture of a sensible size that has a usable address."""
    ranked = sorted(raw.pictures, key=_merit, reverse=True)
    in_text = next((found for words in raw.texts if (found := _in_text(words))), None)
    for picture in (*ranked, in_text):
        if picture is None or (picture.width or UNKNOWN_WIDTH) < SMALLEST_PICTURE:
            continue
        try:
            return RawPicture(absolute_url(picture.url, raw.base), picture.width, picture.alt)
        except BadUrl:
            continue
    return None


def _merit(picture: RawPicture) -> int:
    width = picture.width or UNKNOWN_WIDTH
    return width if width <= WIDEST_PICTURE else 1


def _in_text(words: Words) -> RawPicture | None:
    found = first_picture(words.text) if words.is_html else None
    return RawPicture(found[0], alt=found[1]) if found else None
