"""News sitemaps (sitemaps.org 0.9 with Google's news and image extensions): addresses, headlines, dates, pictures."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from digests.assembly.raw_pictures import RawPicture
from digests.assembly.stories import RawStory
from digests.assembly.summaries import Words
from digests.outside.failures import FeedError

_ROOT = re.compile(r"\s*<(?:[\w.-]{1,30}:)?(urlset|sitemapindex)\b", re.IGNORECASE)
_MOST_NAMED = 3  # sitemaps of an index that a message names


def is_sitemap(text: str) -> bool:
    """`text` is prepared (decoding.py)."""
    return bool(_ROOT.match(text))


def read_sitemap(text: str, url: str) -> tuple[str, list[RawStory], tuple[str, ...]]:
    """Read a news sitemap. It has no title and no way to tell of deleted stories. Raises FeedError."""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a DOCTYPE it has no entities to expand
    except (ElementTree.ParseError, ValueError) as error:
        raise FeedError("The sitemap is too broken to be read.") from error
    if _local(root) == "sitemapindex":
        named = [_text(part, "loc") for part in root][:_MOST_NAMED]
        raise FeedError(f"This is an index of sitemaps. Enter one of them: {', '.join(named)}")
    pages = [_parts(page) for page in root if _local(page) == "url"]
    if not any("title" in parts for parts in pages):
        raise FeedError("This sitemap has no news: it names pages without headlines.")
    return "", [_story(page, parts, url) for page, parts in zip(root, pages, strict=False)], ()


def _story(page: ElementTree.Element, parts: dict[str, str], url: str) -> RawStory:
    return RawStory(
        base=url,
        links=tuple(filter(None, [parts.get("loc")])),
        headline=Words(parts.get("title", ""), is_html=False),
        tags=tuple(filter(None, [parts.get("keywords")])),
        published=parts.get("publication_date", ""),
        updated=parts.get("lastmod", ""),
        pictures=tuple(_pictures(page)),
    )


def _parts(page: ElementTree.Element) -> dict[str, str]:
    """Words of the page and of its news; those of its pictures are apart."""
    found: dict[str, str] = {}
    for child in page:
        inside = child if _local(child) == "news" else [child]
        found |= {_local(part): (part.text or "").strip() for part in inside if part.text}
    return found


def _pictures(page: ElementTree.Element) -> Iterator[RawPicture]:
    for child in page:
        if _local(child) == "image" and (url := _text(child, "loc")):
            caption = _text(child, "caption")
            yield RawPicture(url, alt=caption or _text(child, "title"), caption=caption)


def _text(holder: ElementTree.Element, name: str) -> str:
    return next(((part.text or "").strip() for part in holder if _local(part) == name), "")


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()
