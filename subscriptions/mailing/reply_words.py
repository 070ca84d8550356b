"""What the words of a refusal are about, by a table of habits (reply_words.txt says how its lines are written)."""

import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("reply_words.txt")


class About(StrEnum):
    """The sections of the table."""

    US = "us"  # our address, network, DNS, what we write and how much of it
    FULL = "full"  # the reader's mailbox has no room
    MESSAGE = "message"  # its size or its form
    NOW = "now"  # a trouble that passes: network, load, a server's disk
    ADDRESS = "address"  # there is no such mailbox, or it is shut
    DOMAIN = "domain"  # there is no such domain, or it takes no mail
    REJECTED = "rejected"  # “recipient rejected”, without a reason
    WARY = "wary"  # “denied”, “blocked”, without a reason


@lru_cache(maxsize=2048)  # servers repeat themselves, once addresses are cut out
def about(words: str) -> About | None:
    """Return what a text is about; None if no line of the table fits. `words`: as plain() leaves them."""
    return next((part for part, pattern in _sections() if pattern.search(words)), None)


_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_LETTERS = str.maketrans({"_": " ", "’": "'", "‘": "'", "`": "'", "ł": "l", "ø": "o", "ı": "i"})


def plain(text: str) -> str:
    """Return text as the table is read: lower case, no accents, words apart (“NoSuchUser”, “no_such_user”)."""
    split = unicodedata.normalize("NFKD", _HUMPS.sub(" ", text).translate(_LETTERS).casefold())
    return "".join(c for c in split if not unicodedata.combining(c))


# --- the table's small language ----------------------------------------------------------------

_PIECES = re.compile(r"\{\w+\}|\.{2,}|[()|^$\[\]]|[^\s()\[\]|^$]+")
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff]")  # no blanks between words
_GAPS = {"..": 3, "....": 8}


@cache
def _sections() -> Sequence[tuple[About, re.Pattern[str]]]:
    """Compiled at the first refusal."""
    bricks: dict[str, list[str]] = defaultdict(list)
    sections: list[tuple[About, list[str]]] = []
    for line in _lines():
        if found := re.fullmatch(r"\{(\w+)\} = (.+)", line):
            bricks[found[1]].append(found[2])
        elif found := re.fullmatch(r"\[(\w+)\]", line):
            sections.append((About(found[1]), []))
        else:
            sections[-1][1].append(line)
    known = {name: f"(?:{_Line(' | '.join(part), {}).regex})" for name, part in bricks.items()}
    return [(part, _compiled(lines, known)) for part, lines in sections]


def _compiled(lines: Sequence[str], bricks: Mapping[str, str]) -> re.Pattern[str]:
    """East Asian words begin anywhere; all others are only looked for where a word begins."""
    is_free = {line: line[0] == "^" or bool(_EAST_ASIAN.search(line)) for line in lines}
    regexes = {line: _Line(line, bricks).regex for line in lines}
    spaced = "|".join(regexes[line] for line in lines if not is_free[line])
    free = [regexes[line] for line in lines if is_free[line]]
    return re.compile("|".join([rf"\b(?=\w)(?:{spaced})", *free]))


def _lines() -> Iterator[str]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield plain(line.strip())


class _Line:
    """One line of the table as a regular expression that begins where a word begins."""

    def __init__(self, line: str, bricks: Mapping[str, str]) -> None:
        self._bricks = bricks
        self._is_east_asian = bool(_EAST_ASIAN.search(line))
        # No two pieces can share a character, so that nothing is tried in two ways.
        self._between = r"[^\w.;]*" if self._is_east_asian else r"[^\w.;]+"
        self._pieces = deque(_PIECES.findall(line))
        self.regex = self._choice()

    def _choice(self) -> str:
        """Read one of several choices, up to a closing bracket or the end."""
        choices = [self._row()]
        while self._pieces and self._pieces[0] == "|":
            self._pieces.popleft()
            choices.append(self._row())
        return f"(?:{'|'.join(choices)})" if len(choices) > 1 else choices[0]

    def _row(self) -> str:
        row, is_apart = "", True  # is_apart: what comes next needs nothing in front of it
        while self._pieces and self._pieces[0] not in {"|", ")", "]"}:
            piece = self._pieces.popleft()
            between = "" if is_apart else self._between
            is_apart = piece in _GAPS or piece == "^" or (piece == "[" and is_apart)
            row += self._part(piece, between)
        return row

    def _part(self, piece: str, between: str) -> str:
        if piece in _GAPS:
            return between + self._gap(_GAPS[piece])
        if piece == "^":
            return r"^\W*"
        if piece == "$":
            return r"\W*$"
        if piece in {"(", "["}:
            inner = self._choice()
            self._pieces.popleft()
            if piece == "(":
                return f"{between}(?:{inner})"
            return f"(?:{between}{inner})?" if between else f"(?:{inner}{self._between})?"
        return between + (self._bricks[piece[1:-1]] if piece[0] == "{" else self._word(piece))

    def _gap(self, words: int) -> str:
        if self._is_east_asian:
            return rf"[^.;]{{0,{3 * words}}}"
        return rf"(?:\w+{self._between}){{0,{words}}}"

    def _word(self, piece: str) -> str:
        begins = r"\w{0,20}" if piece.startswith("*") else ""
        ends = "" if self._is_east_asian else r"\w*" if piece.endswith("*") else r"(?!\w)"
        return begins + re.escape(piece.strip("*")) + ends
