"""What a story's own page says of it: JSON-LD first (schema.org), then Open Graph, then plain HTML.

What the paper says of itself on every page, its motto and its own picture, is not the story's: JSON-LD tells by its
publisher, and the paper's first page by saying the same.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from digests.assembly.dates import read_moment
from digests.assembly.decoding import decoded
from digests.assembly.identity import story_key
from digests.assembly.linked_data import Article, article_in
from digests.assembly.raw_pictures import RawPicture, number
from digests.assembly.stories import Moments, ParsedStory, RawStory, UnusableStory, clean_story
from digests.assembly.summaries import Words
from digests.assembly.web_pages import is_web_page, links_of, tags_of
from digests.outside.canonical import canonical_url
from digests.outside.failures import BadUrl, FeedError
from subscriptions.zones import clock_of

_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_META = re.compile(r"<meta\b((?:[^<>\"']|\"[^\"]{0,5000}+\"|'[^']{0,5000}+')*+)>", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^>]{0,200}>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<h1\b[^>]{0,1000}>(.{0,2000}?)</h1", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"https?:", re.IGNORECASE)

Said = dict[str, list[str]]


def story_of_page(
    body: bytes, home: bytes, *, content_type: str | None, url: str, zone: str = "UTC"
) -> ParsedStory:
    """`home` is the first page of its site, empty where that is not known. Raises FeedError.

    `url` is where the page was in the end; another site that it names as its source does not replace it.
    """
    text = _text(body, content_type)
    if "html" not in (content_type or "").lower() and not is_web_page(text):
        raise FeedError("There is no web page at this address.")
    said, data = _said(text), article_in(text)
    generic = _generic(_text(home, content_type), data) if home else set(data.of_publisher)
    published = data.published or _one(said, "article:published_time", "date", "dc.date")
    updated = data.updated or _one(said, "article:modified_time")
    clock = clock_of(zone)
    moments = (
        read_moment(moment, zone=clock) if moment else None for moment in (published, updated)
    )
    raw = RawStory(
        base=url,
        links=(_own_address(text, url),),
        headline=Words(data.headline or _headline(text, said), is_html=True),
        texts=tuple(Words(words, is_html=True) for words in _summaries(said, data, generic)),
        authors=data.authors or tuple(_authors(said)),
        tags=(*data.tags, *said.get("article:tag", ())),
        pictures=tuple(one for one in _pictures(said, data) if _plain(one.url) not in generic),
    )
    try:
        return clean_story(raw, Moments(*moments))
    except UnusableStory as problem:
        raise FeedError(f"No story can be made of this page: {problem}.") from problem


def _text(body: bytes, content_type: str | None) -> str:
    found = _CHARSET.search(body, 0, 4_000)
    if found and "charset" not in (content_type or "").lower():
        content_type = f"text/html; charset={found[1].decode('ascii', 'replace')}"
    return decoded(body, content_type)


def _said(text: str) -> Said:
    """What each <meta> of the head says, by its property or name."""
    found: Said = {}
    for meta in tags_of(_META, text):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        if name and meta.get("content", "").strip():
            found.setdefault(name, []).append(meta["content"].strip())
    return found


def _one(said: Said, *names: str) -> str:
    return next((said[name][0] for name in names if name in said), "")


def _generic(home: str, data: Article) -> set[str]:
    """Words and pictures that stand on the paper's first page as well."""
    said = _said(home)
    names = ("og:description", "description", "twitter:description", "og:image", "twitter:image")
    of_home = {_plain(words) for name in names for words in said.get(name, ())}
    return of_home | set(data.of_publisher)


def _plain(words: str) -> str:
    return " ".join(words.split())


def _headline(text: str, said: Said) -> str:
    heading, title = _HEADING.search(text), _TITLE.search(text)
    found = _one(said, "og:title", "twitter:title")
    found = found or (heading[1] if heading else "") or (title[1] if title else "")
    site = _one(said, "og:site_name", "application-name")
    return re.sub(rf"\s*[|·•–—:-]\s*{re.escape(site)}\s*\Z", "", found) if site else found


def _summaries(said: Said, data: Article, generic: set[str]) -> Iterator[str]:
    named = (data.summary, _one(said, "og:description"), _one(said, "description"))
    yield from (words for words in named if words and _plain(words) not in generic)


def _authors(said: Said) -> Iterator[str]:
    """Open Graph's may be the address of a profile."""
    for name in ("author", "article:author", "dc.creator", "byl"):
        names = [one for one in said.get(name, ()) if not _ADDRESS.match(one)]
        if names:
            yield from names
            return


def _pictures(said: Said, data: Article) -> Iterator[RawPicture]:
    yield from data.pictures
    for name in ("og:image", "og:image:secure_url", "og:image:url", "twitter:image"):
        for url in said.get(name, ())[:2]:
            width = number(_one(said, "og:image:width"))
            yield RawPicture(
                url, width, alt=_one(said, "og:image:alt", "twitter:image:alt"), rank=2
            )


def _own_address(text: str, url: str) -> str:
    """The page's own name for itself, without what counts readers; another site's is not its own."""
    for link in links_of(text):
        if "canonical" in link.get("rel", "").lower().split():
            try:
                named = canonical_url(link.get("href", ""), url)
            except BadUrl:
                continue
            if _site(named) == _site(url) and urlsplit(named).path != "/":
                return named
    return url


def _site(url: str) -> str:
    return story_key(url).partition("/")[0]
