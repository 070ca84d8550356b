"""Foreign text made plain: words alone, no markup, nothing that could act or be taken for ours."""

import html
import re

import nh3

LONGEST_MARKUP = 20_000  # more is never shown, and deep nesting costs quadratic time
_BREAKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption",
        "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
        "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
    }
)  # fmt: skip
_SILENT = {"script", "style", "noscript", "template", "iframe", "svg", "math", "object", "title"}
_TAG = re.compile(r"</?[a-z0-9]+>")
# Control characters; soft hyphens and zero-width spaces, which Outlook shows; bidirectional
# overrides, which turn the words after them around; private use, where our token markers live.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\ue000-\uf8ff\ud800-\udfff"
    r"\U000e0000-\U000e001f\U000f0000-\U0010ffff]"
)
_SPACES = re.compile(r"[\s\u2800]+")
# Feeds that escape once too often show these to readers.
_LEFT_OVER = re.compile(
    r"&(?:#\d{2,5}|#x[0-9a-f]{2,4}|amp|quot|apos|nbsp|[lr][sd]quo|hellip|[mn]dash);", re.IGNORECASE
)
_TRACKER_PIXELS = 60  # smaller than this a picture is a beacon, a spacer or an icon


def plain(text: str) -> str:
    """One line of clean text; what looks like markup stays as the characters it is."""
    return _SPACES.sub(" ", _UNWANTED.sub("", text)).strip()


def plain_from_html(markup: str) -> str:
    """The words of a piece of HTML on one line, entities decoded, scripts and styles dropped."""
    kept = nh3.clean(
        _UNWANTED.sub("", markup[:LONGEST_MARKUP]),
        tags=set(_BREAKS),
        clean_content_tags=_SILENT,
        attributes={},
        link_rel=None,
    )
    words = plain(html.unescape(_TAG.sub(" ", kept)))
    return plain(html.unescape(words)) if _LEFT_OVER.search(words) else words


def shortened(text: str, limit: int) -> str:
    """The text cut after a word, with an ellipsis, to `limit` characters at most."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace():
        # Scripts without spaces, and words longer than the limit, are cut where they are.
        cut = cut[: cut.rfind(" ")] if cut.rfind(" ") > limit // 2 else cut
    return cut.rstrip(" ,;:–—-") + "…"


def first_picture(markup: str) -> tuple[str, str] | None:
    """Source (may be relative) and alt text of the first real picture; None without one."""
    if "<img" not in markup.lower():
        return None
    kept = nh3.clean(
        _UNWANTED.sub("", markup[:LONGEST_MARKUP]),
        tags={"img"},
        clean_content_tags=_SILENT,
        attributes={"img": {"src", "alt", "width", "height"}},
        # Sources are judged by absolute_url; here relative ones must survive.
        url_schemes={"http", "https"},
        link_rel=None,
    )
    for tag in re.finditer(r"<img\b((?:[^>\"]|\"[^\"]*+\")*+)>", kept):
        found = dict(re.findall(r"([a-z]+)=\"([^\"]*+)\"", tag[1]))
        sizes = [int(found[side]) for side in ("width", "height") if _is_number(found.get(side))]
        if found.get("src") and all(size >= _TRACKER_PIXELS for size in sizes):
            return html.unescape(found["src"]), plain(html.unescape(found.get("alt", "")))
    return None


def _is_number(text: str | None) -> bool:
    return bool(text and text.isascii() and text.isdigit() and len(text) < 6)
