"""RSS 0.9x to 2.0, RDF and Atom, read by feedparser."""

import io
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import feedparser

from digests.assembly.failures import FeedError
from digests.assembly.stories import RawPicture, RawStory, Words

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)(?:\?|$)", re.IGNORECASE)

MOST_PARSED = 2_000  # entries; each costs about a millisecond
_STORY_END = re.compile(r"</(?:[\w.-]{1,30}:)?(?:item|entry)\s{0,9}>", re.IGNORECASE)
_ROOT = re.compile(r"<((?:[\w.-]{1,30}:)?(rss|feed|rdf))\b", re.IGNORECASE)

# feedparser's dictionaries answer for keys they do not have, with a warning; plain ones do not.
Entry = Mapping[str, Any]


def read_xml(text: str, url: str) -> tuple[str, Iterator[RawStory]]:
    """Title and stories of a prepared document. Raises FeedError for what is no feed."""
    parsed = _parse(_cut(text), url)
    if not parsed.get("version") and not parsed["entries"]:
        raise FeedError("This is neither RSS, Atom nor JSON Feed.")
    is_atom = str(parsed.get("version", "")).startswith("atom")
    title = dict.get(parsed["feed"], "title", "")
    return str(title), (_story(_Plain(entry), url, is_atom) for entry in parsed["entries"])


def _cut(text: str) -> str:
    """The document without the entries after MOST_PARSED, but with its end."""
    end = next(islice(_STORY_END.finditer(text), MOST_PARSED, None), None)
    root = _ROOT.search(text)
    if end is None or root is None:
        return text
    channel = "</channel>" if root[2].lower() == "rss" else ""
    return f"{text[: end.end()]}{channel}</{root[1]}>"


def _parse(text: str, url: str) -> Any:
    """Only ever from a BytesIO: feedparser opens a str as a file or an address.

    Its own cleaning is off: it takes quadratic time, and only plain words are kept anyway.
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


def _story(entry: Entry, url: str, is_atom: bool) -> RawStory:
    return RawStory(
        base=_base(entry, url),
        links=tuple(_links(entry)),
        guid=str(entry.get("id", "")),
        # RSS has no way to say which it is; publishers write entities and markup into titles.
        headline=_words(entry.get("title_detail") or {}, entry.get("title", ""), not is_atom),
        texts=tuple(_texts(entry, not is_atom)),
        authors=tuple(_authors(entry)),
        tags=tuple(str(tag.get("label") or tag.get("term") or "") for tag in _list(entry, "tags")),
        published=str(entry.get("published") or entry.get("created") or ""),
        updated=str(entry.get("updated", "")),
        pictures=tuple(_pictures(entry)),
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
        name = str(author.get("name") or "")
        if "@" not in name:  # an address is not a name, and nobody asked to have it published
            yield re.sub(r"^by\s+", "", name, flags=re.IGNORECASE)


def _pictures(entry: Entry) -> Iterator[RawPicture]:
    for media in _list(entry, "media_content"):
        kind, url = str(media.get("type", "")), str(media.get("url", ""))
        is_picture = media.get("medium") == "image" or kind.startswith("image/")
        if url and (is_picture or (not kind and _PICTURE_NAME.search(url))):
            yield RawPicture(url, _width(media))
    for media in _list(entry, "media_thumbnail"):
        if media.get("url"):
            yield RawPicture(str(media["url"]), _width(media))
    for link in _list(entry, "links"):
        if link.get("rel") == "enclosure" and str(link.get("type", "")).startswith("image/"):
            yield RawPicture(str(link.get("href", "")))
    picture = entry.get("image")
    if isinstance(picture, dict) and dict.get(picture, "href"):
        yield RawPicture(str(picture["href"]))


def _width(media: Entry) -> int | None:
    text = str(media.get("width", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _list(entry: Entry, key: str) -> list[Any]:
    """The dictionaries under a key; hostile feeds put other things there."""
    found = entry.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
