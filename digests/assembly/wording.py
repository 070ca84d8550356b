"""Foreign text made plain: words alone, no markup, nothing that could act or be taken for ours."""

import html
import re

import nh3

LONGEST_MARKUP = 20_000  # more is never shown, and deep nesting costs quadratic time
_SILENT = {"script", "style", "noscript", "template", "iframe", "svg", "math", "object", "title"}
_BREAKS = {"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "td", "th", "tr"}
_OPENING = re.compile(
    r"<([a-z][a-z0-9]{0,20})\b((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE
)
_CLOSING = re.compile(r"</([a-z][a-z0-9]{0,20})\s*>", re.IGNORECASE)
# Tags that need no end.
_ALONE = frozenset(
    {"br", "hr", "img", "input", "wbr", "p", "li", "script", "style", "meta", "link"}
)
_TAG = re.compile(r"<(?:[^>\"]|\"[^\"]*+\")*+>")
# Control characters; soft hyphens and zero-width spaces, which Outlook shows; bidirectional
# overrides, which turn the words after them around; private use, where our token markers live.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\ue000-\uf8ff\ud800-\udfff"
    r"\U000e0000-\U000e001f\U000f0000-\U0010ffff]"
)
_SPACES = re.compile(r"[\s\u2800]+")
# Feeds that escape once too often show these to readers; &lt; and &gt; may be meant.
_LEFT_OVER = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-f]{2,5}|(?!lt;|gt;)[a-z][a-z0-9]{1,30});", re.IGNORECASE
)


def plain(text: str) -> str:
    """Return one line of clean text; what looks like markup stays as the characters it is."""
    return _SPACES.sub(" ", _UNWANTED.sub("", text)).strip()


def unwanted_out(text: str) -> str:
    return _UNWANTED.sub("", text)


def decoded(text: str) -> str:
    """Entities to characters; once more for feeds that escape once too often."""
    if "&" not in text:
        return text
    text = html.unescape(text)
    for _again in range(2):
        if not _LEFT_OVER.search(text):
            break
        text = html.unescape(text)
    return text


def mended(text: str) -> str:
    """Decode the HTML entities that are left in plain text; leave `<` alone."""
    return decoded(text) if _LEFT_OVER.search(text) else text


_CLEANER = nh3.Cleaner(tags=_BREAKS, clean_content_tags=_SILENT, attributes={}, link_rel=None)


def plain_from_html(markup: str) -> str:
    """The words of a piece of HTML on one line, entities decoded, scripts and styles dropped."""
    if "<" not in markup:
        return plain(decoded(markup[:LONGEST_MARKUP]))
    kept = _CLEANER.clean(_UNWANTED.sub("", _literal(markup[:LONGEST_MARKUP])))
    return plain(decoded(_TAG.sub(" ", kept)))


def _literal(markup: str) -> str:
    """Escape `<` where a word is meant: “Browser comes without <blink>”, “a<b and b>c”."""
    closed = {name.lower() for name in _CLOSING.findall(markup)}

    def escaped(found: re.Match[str]) -> str:
        name = found[1].lower()
        is_markup = name in closed or name in _ALONE or "=" in found[2]
        return found[0] if is_markup else "&lt;" + found[0][1:]

    return _OPENING.sub(escaped, markup)


def shortened(text: str, limit: int) -> str:
    """The text cut after a word, with an ellipsis, to `limit` characters at most."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace():
        # Scripts without spaces, and words longer than the limit, are cut where they are.
        cut = cut[: cut.rfind(" ")] if cut.rfind(" ") > limit // 2 else cut
    return cut.rstrip(" ,;:–—-") + "…"
