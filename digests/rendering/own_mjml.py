"""A newsletter's own MJML, between its stories and the foot: words, links and buttons, in the colours of its template.

Whoever writes it chooses words, order and distances. Colours and faces are the template's, and there are no pictures:
it can be read by night, too, and asks nothing of third parties.
What MJML would drop in silence is refused, with its line.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from xml.parsers import expat

from digests.rendering.rich_text import plain_paragraphs
from subscriptions.rendering.cleaning import RefusedLinkError, clean, clean_link
from subscriptions.rendering.mjml import MjmlError

MOST_CHARACTERS = 10_000
DEEPEST = 20  # tags within one another: whoever reads them walks down by calling itself
_DISTANCE = r"(?:0|\d{1,3}px)"
_DISTANCES = re.compile(rf"{_DISTANCE}(?: {_DISTANCE}){{0,3}}")
_LENGTH = re.compile(r"\d{1,3}px")
_TYPE_SIZE = re.compile(r"(?:1[2-9]|[2-5]\d)px")  # 12 to 59: smaller cannot be read
_WIDTH = re.compile(r"\d{1,2}%|100%|\d{1,3}px")
_SIDE = re.compile(r"left|center|right")
_WEIGHT = re.compile(r"normal|bold|[1-9]00")
_LINK = re.compile(r".+", re.DOTALL)  # looked at by itself

_ANY = {"padding": _DISTANCES}
_WORDS = {"align": _SIDE, "font-size": _TYPE_SIZE, "font-weight": _WEIGHT} | _ANY
ATTRIBUTES: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "mj-section": _ANY,
    "mj-column": _ANY | {"width": _WIDTH},
    "mj-text": _WORDS | {"line-height": _LENGTH},
    "mj-button": _WORDS | {"href": _LINK, "inner-padding": _DISTANCES, "border-radius": _LENGTH},
    "mj-divider": _ANY | {"border-width": _LENGTH},
    "mj-spacer": {"height": _LENGTH},
    "a": {"href": _LINK},
} | {name: {} for name in ("p", "br", "b", "strong", "em", "i", "ul", "ol", "li")}
_WRITTEN = frozenset({"p", "br", "b", "strong", "em", "i", "ul", "ol", "li", "a"})
# What may stand in what; None is the source itself.
WITHIN: Mapping[str | None, frozenset[str]] = {
    None: frozenset({"mj-section"}),
    "mj-section": frozenset({"mj-column"}),
    "mj-column": frozenset({"mj-text", "mj-button", "mj-divider", "mj-spacer"}),
    "mj-text": _WRITTEN,
} | dict.fromkeys(_WRITTEN - {"br"}, _WRITTEN)
HOLD_WORDS = _WRITTEN - {"br", "ul", "ol"} | {"mj-text", "mj-button"}
_NEEDS_LINK = frozenset({"a", "mj-button"})

Link = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Ink:
    """What the template sets it in."""

    paper: str
    ink: str
    rule: str
    band: str
    on_band: str
    face: str
    start: str  # the side on which lines begin
    direction: str

    def dress(self, tag: str) -> dict[str, str]:
        """Attributes that stand where none is written, and those that nobody may write."""
        words = {"font-family": self.face, "align": self.start}
        return {
            "mj-section": {
                "css-class": "paper",
                "background-color": self.paper,
                "direction": self.direction,
                "padding": "0 0 12px",
            },
            "mj-text": words
            | {
                "css-class": "own",
                "color": self.ink,
                "font-size": "15px",
                "line-height": "23px",
                "padding": "12px 24px",
            },
            "mj-button": words
            | {
                "background-color": self.band,
                "color": self.on_band,
                "font-size": "15px",
                "padding": "12px 24px",
            },
            "mj-divider": {
                "border-color": self.rule,
                "border-width": "1px",
                "padding": "12px 24px",
            },
        }.get(tag, {})


@dataclass(slots=True)
class Element:
    """With attributes that have been checked."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)


def lint(source: str) -> None:
    """Check own MJML.

    Raises MjmlError, with the line, at the first thing that would not reach readers as it is written.
    """
    read(source)


def with_links(source: str, link: Link) -> str:
    """The same with every web address in it as `link` makes it. Raises MjmlError."""
    return "".join(_written(element, link, None) for element in read(source))


def dressed(source: str, ink: Ink) -> str:
    """Return own MJML as it stands in the MJML of a digest. Raises MjmlError."""
    return "".join(_written(element, str, ink) for element in read(source))


def paragraphs(source: str) -> tuple[str, ...]:
    """For the plain side of a mail. Raises MjmlError."""
    return tuple(text for element in read(source) for text in _told(element))


def read(source: str) -> list[Element]:
    """Return the sections of own MJML. Raises MjmlError."""
    if not source.strip():
        return []
    if len(source) > MOST_CHARACTERS:
        raise MjmlError(f"The own MJML is longer than {MOST_CHARACTERS} characters")
    reader = _Reader()
    reader.read(source)
    return [element for element in reader.root.children if isinstance(element, Element)]


class _Reader:
    """Builds the elements, and refuses what they may not be."""

    def __init__(self) -> None:
        self.root = Element("", {})
        self._open = [self.root]
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._words
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.buffer_text = True

    def read(self, source: str) -> None:
        try:
            # In an element of ours, on the same line, so that lines are counted as they are written.
            self._parser.Parse(f"<own>{source}</own>", True)
        except expat.ExpatError as error:
            said = expat.ErrorString(error.code)
            raise MjmlError(f"Line {error.lineno} of the own MJML: {said}") from error

    def _refuse(self, what: str) -> MjmlError:
        return MjmlError(f"Line {self._parser.CurrentLineNumber} of the own MJML: {what}")

    def _doctype(self, *_: object) -> None:
        raise self._refuse("a DOCTYPE has no place in MJML")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "own" and self._open == [self.root]:
            self._open.append(self.root)
            return
        if tag not in ATTRIBUTES:
            raise self._refuse(f"<{tag}> is not known")
        if len(self._open) > DEEPEST + 1:
            raise self._refuse(f"<{tag}> is too deep: more than {DEEPEST} tags within one another")
        inside = self._open[-1].tag
        if tag not in WITHIN.get(inside or None, ()):
            place = f"in <{inside}>" if inside else "outside of an <mj-column>"
            raise self._refuse(f"<{tag}> has no place {place}")
        for name, value in attributes.items():
            self._check(tag, name, value)
        if tag in _NEEDS_LINK and not attributes.get("href", "").strip():
            raise self._refuse(f"<{tag}> lacks its href")
        element = Element(tag, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _check(self, tag: str, name: str, value: str) -> None:
        pattern = ATTRIBUTES[tag].get(name)
        if pattern is None:
            raise self._refuse(f"<{tag}> does not know “{name}”")
        if not pattern.fullmatch(value):
            raise self._refuse(f"<{tag}> cannot take “{value[:40]}” for “{name}”")
        if name == "href":
            try:
                clean_link(value, owner=f"<{tag}>")
            except RefusedLinkError as error:
                raise self._refuse(str(error)) from error

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _words(self, text: str) -> None:
        inside = self._open[-1].tag
        if text.strip() and inside not in HOLD_WORDS:
            place = f"in <{inside}>" if inside else "outside of an <mj-text>"
            raise self._refuse(f"words have no place {place}")
        self._open[-1].children.append(text)


def _written(element: Element, link: Link, ink: Ink | None) -> str:
    attributes = {
        name: link(clean_link(value, owner=f"<{element.tag}>")) if name == "href" else value
        for name, value in element.attributes.items()
    }
    attributes = (ink.dress(element.tag) if ink else {}) | attributes
    named = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    inner = "".join(_inner(child, link, ink) for child in element.children)
    return (
        f"<{element.tag}{named}>{inner}</{element.tag}>" if inner else f"<{element.tag}{named} />"
    )


def _inner(child: Element | str, link: Link, ink: Ink | None) -> str:
    return kept_words(child) if isinstance(child, str) else _written(child, link, ink)


def kept_words(text: str) -> str:
    """Clean the text, so that no marker of a reader's token can be forged; space at the edges stays."""
    start = " " if text[:1].isspace() else ""
    end = " " if text[-1:].isspace() else ""
    words = clean(text)
    return escape(f"{start}{words}{end}" if words else start, quote=False)


def _told(element: Element) -> Iterator[str]:
    if element.tag == "mj-text":
        html = "".join(_inner(child, str, None) for child in element.children)
        yield from plain_paragraphs(html)
    elif element.tag == "mj-button":
        address = clean_link(element.attributes["href"], owner="<mj-button>")
        words = clean("".join(child for child in element.children if isinstance(child, str)))
        yield f"{words}: {address}"
    else:
        for child in element.children:
            if isinstance(child, Element):
                yield from _told(child)
