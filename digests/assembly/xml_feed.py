"""RSS 0.9x to 2.0, RDF and Atom, read by feedparser."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from digests.assembly.own_elements import XmlItem, own_parts
from digests.assembly.raw_pictures import RawPicture, is_picture, number
from digests.assembly.stories import RawStory
from digests.assembly.summaries import Words
from digests.outside.failures import FeedError

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

MOST_PARSED = 2_000  # entries; each costs about a millisecond
MOST_TEXT = 5_000_000  # characters
_STORY_START = re.compile(r"<(?:[\w.-]{1,30}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_STORY_END = re.compile(r"</(?:[\w.-]{1,30}:)?(?:item|entry)\s{0,9}>", re.IGNORECASE)

# feedparser's dictionaries answer for keys they do not have, with a warning; plain ones do not.
Entry = Mapping[str, Any]


def read_xml(text: str, url: str) -> tuple[str, Iterator[RawStory], tuple[str, ...]]:
    """Title, stories and ids of deleted ones of a prepared document. Raises FeedError for what is no feed."""
    text = _cut(text)
    parsed = _parse(text, url)
    if not parsed.get("version") and not parsed["entries"]:
        raise FeedError("This is neither RSS, Atom nor JSON Feed.")
    is_atom = str(parsed.get("version", "")).startswith("atom")
    title = dict.get(parsed["feed"], "title", "")
    feed = _Plain(parsed["feed"]) if is_atom else _Plain()
    entries = [_Plain(entry) for entry in parsed["entries"]]
    document = own_parts(text)
    own: list[XmlItem | None] = [None] * len(entries)
    if document is not None and len(document.items) == len(entries):
        own = list(document.items)
    stories = (
        _story(_with_own(entry, item), item, url, feed if is_atom else None)
        for entry, item in zip(entries, own, strict=True)
    )
    return str(title), stories, document.deleted if document else ()


def _cut(text: str) -> str:
    """A long document without the entries in its middle: the newest stand at one of its ends."""
    ends = [found.end() for found in _STORY_END.finditer(text)]
    if len(ends) <= MOST_PARSED and len(text) <= MOST_TEXT:
        return text
    start = _STORY_START.search(text)
    if start is None or not ends:
        raise FeedError(f"The feed is larger than {MOST_TEXT / 1e6:g} MB and has no stories.")
    half = MOST_PARSED // 2
    head = max((end for end in ends[:half] if end <= MOST_TEXT // 2), default=start.start())
    room = len(text) - (MOST_TEXT - head)
    tail = min((end for end in ends[-half - 1 :] if end >= max(head, room)), default=ends[-1])
    return text[:head] + text[tail:]


def _parse(text: str, url: str) -> Any:
    """Parse a feed, only ever from a BytesIO: feedparser opens a str as a file or an address.

    feedparser's own cleaning is off: it takes quadratic time, and only plain words are kept anyway.
    """
    try:
        return feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": url,
            },
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # its handlers raise whatever the input makes them raise
        raise FeedError("The feed is too broken to be read.") from error


class _Plain(dict[str, Any]):
    """An entry without feedparser's synonyms: `updated` is not `published` under another name."""


def _with_own(entry: _Plain, item: XmlItem | None) -> _Plain:
    """What feedparser took from other namespaces gives way to the item's own title and description."""
    if item is None:
        return entry
    if item.title is not None and item.title.strip() != str(entry.get("title", "")).strip():
        entry["title"] = item.title
        entry["title_detail"] = {**(entry.get("title_detail") or {}), "value": item.title}
    own = item.description
    if item.has_markup or (own or "").strip() == str(entry.get("summary", "")).strip():
        return entry
    if item.contents:
        entry["content"] = [{"type": "text/html", "value": text} for text in item.contents]
    entry["summary"] = own or ""
    entry["summary_detail"] = {
        **(entry.get("summary_detail") or {}),
        "type": item.description_type,
    }
    return entry


def _story(entry: Entry, item: XmlItem | None, url: str, feed: Entry | None) -> RawStory:
    """`feed` is an Atom feed's head, whose authors are those of entries without; None: it is another kind."""
    is_atom, base = feed is not None, _base(entry, url)
    return RawStory(
        base=base,
        text_base="" if base == url else base,
        links=tuple(_links(entry)),
        guid=str(entry.get("id", "")),
        # RSS has no way to say which it is; publishers write entities and markup into titles.
        headline=_words(entry.get("title_detail") or {}, entry.get("title", ""), not is_atom),
        texts=tuple(_texts(entry, not is_atom)),
        authors=tuple(_authors(entry)) or tuple(_authors(feed or {})),
        tags=tuple(str(tag.get("label") or tag.get("term") or "") for tag in _list(entry, "tags")),
        published=str(entry.get("published") or entry.get("created") or ""),
        updated=str(entry.get("updated", "")),
        pictures=tuple(_pictures(entry) if item is None else item.pictures),
    )


def _base(entry: Entry, url: str) -> str:
    details = [entry.get("summary_detail"), *_list(entry, "content"), entry.get("title_detail")]
    return next((str(detail["base"]) for detail in details if detail and detail.get("base")), url)


def _links(entry: Entry) -> Iterator[str]:
    # FeedBurner and its heirs put their counting redirect into `link`.
    yield from (str(entry[key]) for key in ("feedburner_origlink", "link") if entry.get(key))
    for link in _list(entry, "links"):
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            yield str(link["href"])


def _texts(entry: Entry, is_guess: bool) -> Iterator[Words]:
    if entry.get("summary"):
        yield _words(entry.get("summary_detail") or {}, entry["summary"], is_guess)
    for content in _list(entry, "content"):
        if content.get("type") in (*HTML_TYPES, "text/plain"):
            yield _words(content, content.get("value", ""), is_guess)


def _words(detail: Entry, text: object, is_guess: bool) -> Words:
    return Words(str(text), is_html=is_guess or detail.get("type", "text/html") in HTML_TYPES)


def _authors(entry: Entry) -> Iterator[str]:
    detail = entry.get("author_detail")
    for author in _list(entry, "authors") or ([detail] if detail else []):
        yield str(author.get("name") or "")


def _pictures(entry: Entry) -> Iterator[RawPicture]:
    """Yield the pictures of an entry in a document that is not well-formed."""
    for media in _list(entry, "media_content"):
        kind, url = str(media.get("type", "")), str(media.get("url", ""))
        if is_picture(url, kind, str(media.get("medium", ""))):
            yield RawPicture(url, number(media.get("width")))
    for media in _list(entry, "media_thumbnail"):
        if media.get("url"):
            yield RawPicture(str(media["url"]), number(media.get("width")), rank=4)
    for link in _list(entry, "links"):
        href = str(link.get("href", ""))
        if link.get("rel") == "enclosure" and is_picture(href, str(link.get("type", ""))):
            yield RawPicture(href, rank=2)
    picture = entry.get("image")
    if isinstance(picture, dict) and dict.get(picture, "href"):
        yield RawPicture(str(picture["href"]), rank=2)


def _list(entry: Entry, key: str) -> list[Any]:
    """The dictionaries under a key; hostile feeds put other things there."""
    found = entry.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
