"""A web page where a feed was expected: the commonest mistake when a source is entered."""

import html
import re
from collections.abc import Iterator

from digests.outside.canonical import absolute_url
from digests.outside.failures import BadUrl

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
HEAD_LENGTH = 200_000  # the links of a page stand at its top
_LINK = re.compile(r"<link\b([^>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z]{1,20})\s{0,9}=\s{0,9}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_COMMENTS = re.compile(r"/comments?/|\bcomments?\b", re.IGNORECASE)
_PAGE = re.compile(
    r"(?:\s++|<!--.{0,5000}?-->|<\?.{0,500}?\?>)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_web_page(text: str) -> bool:
    return bool(_PAGE.match(text, 0, HEAD_LENGTH))


def feed_named_by(text: str, url: str) -> str | None:
    """The feed that a page links to (rel=alternate), as an absolute address: its section's before the whole paper's.

    Never a feed of comments.
    """
    feeds = [
        (address, said.get("title", ""))
        for said in links_of(text)
        if said.get("type", "").strip().lower() in FEED_TYPES
        and "alternate" in said.get("rel", "").lower().split()
        and (address := _address(said.get("href", ""), url))
    ]
    stories = [address for address, title in feeds if not _COMMENTS.search(f"{address} {title}")]
    page = url.partition("?")[0].partition("#")[0].rstrip("/")
    continuing = [address for address in stories if address.startswith(f"{page}/")]
    return next(iter(continuing or stories), None)


def links_of(text: str) -> Iterator[dict[str, str]]:
    """The attributes of each <link> in the page's head."""
    return tags_of(_LINK, text)


def tags_of(tag: re.Pattern[str], text: str) -> Iterator[dict[str, str]]:
    """`tag` has a group for the attributes."""
    for found in tag.finditer(text, 0, HEAD_LENGTH):
        yield {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(found[1])
        }


def _address(href: str, url: str) -> str:
    try:
        return absolute_url(href, url)
    except BadUrl:
        return ""
