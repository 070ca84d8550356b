"""How the text half of a mail is set: lines of at most 72 columns, links never broken."""

import re
import unicodedata
from collections.abc import Iterator

WIDTH = 72  # leaves room for "> " when a reader's answer quotes the mail (RFC 3676, 4.2)
_HANGING = re.compile(r"(?:\s+|(?:[-*•]|\d{1,3}\.)\s+)*")
_BLANK_LINES = re.compile(r"\n{3,}")
_LINK = re.compile(r"\w+://\S*")


def set_text(text: str) -> str:
    """The text with every line wrapped, and never two blank lines together.

    What follows a bullet, a number or an indent is wrapped under its first word.
    """
    lines = (line for source in text.splitlines() for line in _wrapped(source.rstrip()))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n") + "\n"


def columns(text: str) -> int:
    """Columns that the text takes in a terminal: wide characters two, combining marks none."""
    return sum(_column_width(character) for character in text)


def _column_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _wrapped(line: str) -> Iterator[str]:
    if columns(line) <= WIDTH:
        yield line
        return
    opening = _HANGING.match(line)
    lead = opening.group() if opening else ""
    indent = " " * columns(lead)
    current, is_empty = lead, True
    for piece in _breakable(line[len(lead) :]):
        if not is_empty and columns(current + piece.rstrip()) > WIDTH:
            yield current.rstrip()
            current = indent
        current += piece
        is_empty = False
    yield current.rstrip()


def _breakable(text: str) -> Iterator[str]:
    """Words with the space behind them; Chinese and Japanese may break between characters."""
    for word in re.findall(r"\S+\s*", text):
        is_wide = any(_column_width(character) == 2 for character in word)
        if is_wide and not _LINK.match(word):
            yield from re.findall(r"[^\W\d_a-zA-Z][^\w\s]*\s*|[\w]+\s*|[^\w\s]+\s*", word)
        else:
            yield word
