"""A web page where a feed was expected: the commonest mistake when a source is entered."""

import html
import re

from digests.outside.canonical import absolute_url
from digests.outside.failures import BadUrl

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
HEAD_LENGTH = 200_000  # the links of a page stand at its top
_LINK = re.compile(r"<link\b([^>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z]{1,20})\s{0,9}=\s{0,9}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_PAGE = re.compile(
    r"(?:\s++|<!--.{0,5000}?-->|<\?.{0,500}?\?>)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_web_page(text: str) -> bool:
    return bool(_PAGE.match(text, 0, HEAD_LENGTH))


def feed_named_by(text: str, url: str) -> str | None:
    """The first feed that a page links to (rel=alternate), as an absolute address."""
    for link in _LINK.finditer(text, 0, HEAD_LENGTH):
        said = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(link[1])
        }
        is_feed = said.get("type", "").strip().lower() in FEED_TYPES
        if is_feed and "alternate" in said.get("rel", "").lower().split():
            try:
                return absolute_url(said.get("href", ""), url)
            except BadUrl:
                continue
    return None
