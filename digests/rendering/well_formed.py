"""Typed and pasted markup, written anew with every tag closed, in time that grows as its length does.

Browsers mend broken markup by rules that cost quadratic time and more: twenty kilobytes of `<p><b class=1>` become
megabytes. Here words and tags are read once, and whatever nests too deeply or grows too long is refused on the way.
What comes out is not safe yet: rich_text.py cleans it.
"""

import re
from dataclasses import dataclass, field

INLINE = frozenset({"a", "b", "em", "i", "strong"})
LISTS = frozenset({"ol", "ul"})
# Pasted from elsewhere, these part paragraphs too.
PARAGRAPHS = frozenset({"p", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "td"})
SILENT = frozenset({"script", "style"})  # with all that is in them
DEEPEST = 20  # tags within one another; nobody sees a difference beyond five

# Possessive, so that what is malformed costs one pass. A quotation mark counts behind "=" alone, as in HTML.
_START = re.compile(r"<(?:!--|[!?]|(/?)([a-zA-Z][a-zA-Z0-9]*+))")
_REST_OF_TAG = re.compile(r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+>")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++))")


class TooMuch(ValueError):
    """What was written cannot stand in a mail; says why, in the editor's words."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tag:
    """A tag that is open; two of a name are two."""

    name: str
    start: str = field(default="")


def well_formed(markup: str, *, room: int) -> str:
    """Paragraphs, lists, emphasis, line breaks and links (`href` alone) of `markup`; of all else the words.

    Raises TooMuch beyond DEEPEST tags within one another, and for what would take more than twice the `room`: entities
    are counted as they are written.
    """
    return _Writer(room).read(markup)


class _Writer:
    """Tags are written when words follow: what is empty leaves nothing behind."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._length = 0
        self._pieces: list[str] = []
        self._blocks: list[_Tag] = []  # open ones, from the outermost
        self._inline: list[_Tag] = []
        self._written: list[_Tag] = []  # those whose start was written, and whose end was not

    def read(self, markup: str) -> str:
        """Each character once, and a tag that has no end makes the rest words."""
        place = 0
        while start := _START.search(markup, place):
            self._words(markup[place : start.start()])
            place = self._tag(markup, start)
        self._words(markup[place:])
        self._close_down_to(0)
        return "".join(self._pieces)

    def _tag(self, markup: str, found: re.Match[str]) -> int:
        """What begins with `found`; returns where it ends."""
        if found[0] == "<!--":
            end = markup.find("-->", found.end())
            return end + 3 if end >= 0 else self._rest(markup, found)
        whole = _REST_OF_TAG.match(markup, found.end())
        if not whole:
            return self._rest(markup, found)
        tag = (found[2] or "").lower()
        if tag in SILENT and not found[1]:
            its_end = re.compile(rf"</{tag}\b", re.IGNORECASE).search(markup, whole.end())
            return its_end.start() if its_end else len(markup)
        if found[1]:
            self._end_tag(tag)
        else:
            self._start_tag(tag, whole[0])
        return whole.end()

    def _rest(self, markup: str, found: re.Match[str]) -> int:
        self._words(markup[found.start() :])
        return len(markup)

    def _words(self, words: str) -> None:
        """Entities stay as they were written."""
        if words and not words.isspace():
            self._write(words.replace("<", "&lt;"))
        elif words and self._innermost() not in {"", *LISTS}:
            self._write(words)

    def _start_tag(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self._write("<br>")
        elif tag in INLINE:
            self._start_inline(tag, attributes)
        elif tag in PARAGRAPHS:
            self._start_paragraph()
        elif tag in LISTS:
            self._end_paragraph()
            self._start(tag)
        elif tag == "li":
            self._start_item()

    def _end_tag(self, tag: str) -> None:
        if tag in INLINE:
            self._end_inline(tag)
        elif tag in PARAGRAPHS:
            self._end_paragraph()
        elif tag == "li":
            self._end_item()
        elif tag in LISTS:
            self._end_list()

    def _innermost(self) -> str:
        return self._blocks[-1].name if self._blocks else ""

    def _start(self, name: str) -> None:
        self._blocks.append(_Tag(name, f"<{name}>"))
        self._look_at_depth()

    def _start_inline(self, name: str, attributes: str) -> None:
        start = f"<{name}>"
        if name == "a":
            self._end_inline("a")  # a link has no links in it
            start = _link(attributes)
        self._inline.append(_Tag(name, start))
        self._look_at_depth()

    def _start_paragraph(self) -> None:
        self._end_paragraph()
        self._start("li" if self._innermost() in LISTS else "p")

    def _start_item(self) -> None:
        self._end_item()
        self._start("li" if self._innermost() in LISTS else "p")

    def _end_inline(self, name: str) -> None:
        found = next((tag for tag in reversed(self._inline) if tag.name == name), None)
        if found is not None:
            self._inline.remove(found)

    def _end_paragraph(self) -> None:
        if self._innermost() == "p":
            self._blocks.pop()

    def _end_item(self) -> None:
        self._end_paragraph()
        if self._innermost() == "li":
            self._blocks.pop()

    def _end_list(self) -> None:
        if any(tag.name in LISTS for tag in self._blocks):
            while self._blocks.pop().name not in LISTS:
                pass

    def _look_at_depth(self) -> None:
        if len(self._blocks) + len(self._inline) > DEEPEST:
            raise TooMuch(
                f"More than {DEEPEST} tags stand within one another, or were never closed."
            )

    def _write(self, words: str) -> None:
        """In the tags that are open now; words by themselves make a paragraph."""
        if self._innermost() in {"", *LISTS}:
            self._start_paragraph()
        wanted = [*self._blocks, *self._inline]
        common = 0
        for one, other in zip(wanted, self._written, strict=False):
            if one is not other:
                break
            common += 1
        self._close_down_to(common)
        for tag in wanted[common:]:
            self._put(tag.start)
            self._written.append(tag)
        self._put(words)

    def _close_down_to(self, depth: int) -> None:
        while len(self._written) > depth:
            self._put(f"</{self._written.pop().name}>")

    def _put(self, piece: str) -> None:
        self._length += len(piece)
        if self._length > 2 * self._room:
            raise TooMuch(f"That is far too long; there is room for {self._room} characters.")
        self._pieces.append(piece)


def _link(attributes: str) -> str:
    for name, double, single, bare in _ATTRIBUTE.findall(attributes):
        if name.lower() == "href":
            return f'<a href="{(double or single or bare).replace(chr(34), "&quot;")}">'
    return "<a>"
