"""The sentences by which people are told that a mail did not arrive, by what they say (bounce_words.txt)."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

SECTION = "= "


def _sections(lines: Iterable[str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    name = ""
    meant = (line for line in lines if line and not line.startswith("#"))
    for is_heading, group in groupby(meant, key=lambda line: line.startswith(SECTION)):
        if is_heading:
            name = list(group)[-1].removeprefix(SECTION)
        else:
            yield name, re.compile("|".join(group))


_WORDS = dict(
    _sections(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines())
)

NOT_DELIVERED = _WORDS["not delivered"]
DELAYED = _WORDS["delayed"]  # it is still being tried
UNKNOWN = _WORDS["unknown"]  # there is no such mailbox
FULL = _WORDS["full"]
AWAY = _WORDS["away"]  # a person's program answers for them


def plain(text: str) -> str:
    """Return the text in lower case on one line, as the expressions expect it."""
    return " ".join(text.lower().split())
