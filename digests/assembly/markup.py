"""What a piece of HTML shows: its words block by block, each with what it is, and its pictures.

nh3 makes foreign markup well-formed and leaves of it only what is asked for here; so a regular expression may walk it.
"""

import html
import re
from dataclasses import dataclass, field
from enum import Enum

import nh3

from digests.assembly.raw_pictures import RawPicture, picture_of
from digests.assembly.wording import decoded, plain, unwanted_out

ENOUGH_MARKUP = 6_000  # characters
ENOUGH_WORDS = 500  # characters; of them a summary is made
BREAKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption",
        "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
        "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
    }
)  # fmt: skip
_SLANTED = frozenset({"em", "i"})
_INLINE = {"a", "cite", "em", "i", "img", "span", "sup"}
_SILENT = {
    "script", "style", "template", "iframe", "svg", "math", "object", "title", "form", "select", "button", "textarea",
}  # fmt: skip
_IMG = {
    "src", "alt", "width", "height", "class", "style", "srcset", "data-src", "data-lazy-src", "data-original",
    "data-srcset", "data-lazy-srcset", "data-orig-file", "data-large-file",
}  # fmt: skip
_NOSCRIPT = re.compile(r"<(/?)noscript\b[^>]{0,200}>", re.IGNORECASE)
_FALLBACK = re.compile(r"<iframe\b[^>]{0,2000}>([^<]{1,300})</iframe>", re.IGNORECASE)
_LOCKED = re.compile(r"<form\b[^>]{0,1000}action=postpass", re.IGNORECASE)
_SUP = re.compile(r"<sup([^>]*+)>((?:[^<]|<(?!/?sup))*+)</sup>")
_NOTE = re.compile(r"<a\b|\A\s*(?:\[[^\]]{1,4}\]|[*†‡])\s*\Z")
_TOKEN = re.compile(r"<(/?)([a-z0-9]+)((?:[^>\"]|\"[^\"]*+\")*+)>|([^<]+)")
_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*+)\"")
_LATER_IMG = re.compile(r"<img\b[^>]{1,2000}>", re.IGNORECASE)
_VOID = frozenset({"br", "hr", "img"})
# A shortcode of a plug-in that is not there: it has attributes, a slash, an underscore, or a well-known name.
_SHORTCODE = re.compile(
    r"\[/?[a-z][a-z0-9]*[_-][a-z0-9_-]*(?:\s[^\[\]]{0,300})?\]|\[/[a-z][a-z0-9_-]*\]"
    r"|\[[a-z][a-z0-9_-]*(?:\s+[a-z_-]+=[^\[\]]{0,300})\]|\[(?:gallery|playlist|embed|caption|audio|video)\]",
    re.IGNORECASE,
)


class Kind(Enum):
    TEXT = "text"
    QUOTE = "quote"  # somebody else's words, in front or among the story's own
    TABLE = "table"
    ASIDE = "aside"  # captions, share links, cards, pull quotes: never the story's own words


_ASIDES = (
    "share", "sharing", "sharedaddy", "social", "related", "relatedposts", "feedflare", "addtoany", "newsletter",
    "subscribe", "promo", "advert", "advertisement", "comments", "breadcrumb", "byline", "pullquote", "noscript",
    "screen-reader-text", "visually-hidden", "sr-only", "caption", "caption-text", "credit", "toggle-card",
    "bookmark-card", "product-card", "signup-card", "button-card", "file-card", "audio-card", "embed-card",
)  # fmt: skip
_ASIDE_CLASS = re.compile(rf"(?:^|[\s_-])(?:{'|'.join(_ASIDES)})(?:$|[\s_-])", re.IGNORECASE)
_ASIDE_TAGS = frozenset({"figcaption", "aside", "nav", "cite"})
_CARD_CLASS = re.compile(
    r"(?:product|bookmark|signup|toggle)-card|author|avatar|related|share", re.IGNORECASE
)


@dataclass(slots=True)
class Block:
    text: str
    kind: Kind
    tag: str = "p"
    links: list[str] = field(default_factory=list)  # the words of its links
    ends_in_link: bool = False
    is_slanted: bool = False  # all of it in italics


@dataclass(slots=True)
class Shown:
    blocks: list[Block]
    pictures: list[RawPicture]
    fallbacks: list[str]  # words for browsers that show no frames
    is_locked: bool  # behind a password

    @property
    def asides(self) -> list[str]:
        """What is not the story's own, for texts that have lost their markup."""
        quiet = [block.text for block in self.blocks if block.kind is not Kind.TEXT]
        return [*quiet, *self.fallbacks]


def shown(markup: str, *, enough: int = ENOUGH_WORDS) -> Shown:
    """Return what the markup shows: its blocks, pictures and fallbacks, and whether it is locked.

    Only the beginning of long markup is read, which is more than a summary takes. A picture may stand further down.
    """
    head = unwanted_out(markup[:ENOUGH_MARKUP])
    is_locked = "postpass" in head and bool(_LOCKED.search(head))
    fallbacks = [plain(decoded(words)) for words in _FALLBACK.findall(head)]
    walker = _Walker()
    for found in _TOKEN.finditer(_cleaned(head)):
        walker.take(found)
        if walker.length > enough:
            break
    walker.end()
    pictures = walker.pictures or _later_pictures(markup)
    return Shown(walker.blocks, pictures, fallbacks, is_locked)


def _later_pictures(markup: str) -> list[RawPicture]:
    """The first below what was read."""
    for _try, tag in zip(range(5), _LATER_IMG.findall(markup, 300), strict=False):
        said = {
            name: html.unescape(value) for name, value in _ATTRIBUTE.findall(_CLEANER.clean(tag))
        }
        if picture := picture_of(said, ""):
            return [picture]
    return []


_CLEANER = nh3.Cleaner(
    tags=set(BREAKS | _INLINE),
    clean_content_tags=_SILENT,
    attributes={"*": {"class"}, "img": _IMG, "a": {"href"}},
    # Sources are judged by absolute_url; here relative ones must survive.
    url_schemes={"http", "https"},
    link_rel=None,
)


def _cleaned(markup: str) -> str:
    if "<no" in markup or "<NO" in markup:
        markup = _NOSCRIPT.sub(_as_span, markup)
    kept = _CLEANER.clean(markup)
    return _SUP.sub(_raised, kept) if "<sup" in kept else kept


def _as_span(found: re.Match[str]) -> str:
    """nh3 takes what is in a noscript for words."""
    return "</span>" if found[1] else '<span class="noscript">'


def _raised(found: re.Match[str]) -> str:
    """A footnote's mark goes, a power stays."""
    is_note = "class=" in found[1] or _NOTE.search(found[2])
    return "" if is_note else re.sub(r"<[^>]*>", "", found[2])


@dataclass(slots=True)
class _Open:
    tag: str
    kind: Kind
    is_card: bool
    href: str


class _Walker:
    """Walks through markup; keeps where it is, and what was found so far."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pictures: list[RawPicture] = []
        self._open = [_Open("", Kind.TEXT, is_card=False, href="")]
        self._words: list[tuple[str, frozenset[str]]] = []  # each with the inline tags around it
        self._breaks = 0
        self.length = 0  # of the story's own words
        self._inside: frozenset[str] = frozenset()

    def take(self, found: re.Match[str]) -> None:
        closing, tag, attributes, words = found.groups()
        if words:
            self._hear(words)
        elif closing:
            self._close(tag)
        else:
            self._begin(tag, dict(_ATTRIBUTE.findall(attributes)))

    def end(self) -> None:
        self._flush()

    def _hear(self, words: str) -> None:
        self._words.append((words, self._inside))
        if words.strip():
            self._breaks = 0

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        inner = self._open[-1]
        if tag == "img":
            picture = picture_of(
                {key: html.unescape(value) for key, value in said.items()},
                html.unescape(inner.href),
            )
            if picture and not inner.is_card:
                self.pictures.append(picture)
            return
        if tag == "br":
            self._break()
            return
        if tag in BREAKS:
            self._flush()
        if tag not in _VOID:
            kind, is_card = _kind(tag, said.get("class", ""), inner)
            href = said.get("href", "") or inner.href
            if kind is not inner.kind:
                self._flush()
            self._open.append(_Open(tag, kind, is_card, href))
            if tag in _INLINE:
                self._inside |= {tag}

    def _break(self) -> None:
        """Note a line break: the first ends a line, the second a paragraph."""
        self._breaks += 1
        if self._breaks > 1:
            self._flush()
        else:
            self._words.append((" ", frozenset()))

    def _close(self, tag: str) -> None:
        if self._open[-1].tag != tag:
            return
        if tag in BREAKS or (
            len(self._open) > 1 and self._open[-1].kind is not self._open[-2].kind
        ):
            self._flush()
        if len(self._open) > 1:
            self._open.pop()
            if tag in _INLINE and all(one.tag != tag for one in self._open):
                self._inside -= {tag}

    @staticmethod
    def _plain(words: str) -> str:
        text = decoded(words)
        return plain(_SHORTCODE.sub(" ", text) if "[" in text else text)

    def _flush(self) -> None:
        parts, self._words, self._breaks = self._words, [], 0
        text = self._plain("".join(words for words, _tags in parts))
        if not text:
            return
        heard = [(words, tags) for words, tags in parts if words.strip()]
        links = [plain(decoded(words)) for words, tags in heard if "a" in tags]
        inner = self._open[-1]
        block = Block(
            text,
            inner.kind,
            next((one.tag for one in reversed(self._open) if one.tag in BREAKS), "p"),
            links,
            ends_in_link=bool(links) and _ends_in_link(heard),
            is_slanted=all(tags & _SLANTED for _words, tags in heard),
        )
        if inner.tag == "figcaption" and self.pictures and not self.pictures[-1].caption:
            self.pictures[-1] = self.pictures[-1].with_caption(block.text)
        self.blocks.append(block)
        self.length += len(text) if inner.kind is Kind.TEXT else 0


def _ends_in_link(heard: list[tuple[str, frozenset[str]]]) -> bool:
    """Whether nothing but marks stands behind the last link."""
    for words, tags in reversed(heard):
        if re.search(r"\w", words):
            return "a" in tags
    return False


def _kind(tag: str, names: str, inner: _Open) -> tuple[Kind, bool]:
    is_card = inner.is_card or bool(_CARD_CLASS.search(names))
    if inner.kind is Kind.ASIDE or tag in _ASIDE_TAGS or (names and _ASIDE_CLASS.search(names)):
        return Kind.ASIDE, is_card
    if tag == "blockquote":
        # That of a network or of a plug-in has a class: the story is written around it.
        return (Kind.ASIDE if names.replace("wp-block-quote", "").strip() else Kind.QUOTE), is_card
    if tag in ("table", "td", "th"):
        return Kind.TABLE, is_card
    return inner.kind, is_card
