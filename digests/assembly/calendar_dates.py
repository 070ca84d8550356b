"""The day in a date of a feed: names in many languages, numbers in any order that can be told."""

import re
from datetime import date, tzinfo
from typing import NamedTuple

from digests.assembly.month_names import DAYS, MONTHS

_WORD = r"(thang \d\d?|[^\W\d_][^\s\d,;:/()\[\].+-]*(?:-[^\W\d_][^\s\d,;:/()\[\].+-]*)?)"
_YEAR = r"('?\d{4}|'?\d{2}(?![\d:.h]))"
_OF = r"(?:(?:de|del|of|d'|den|ngay)\s+)?"
_ORDINAL = r"(?:st|nd|rd|th|er|o|a|\.)?"
# Each finds day, month and year; which is which, its names say.
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<!\d)(?P<y>\d{4})\s?([-/.])\s?(?P<m>\d{1,2})\s?\2\s?(?P<d>\d{1,2})(?!\d)\.?",
        r"(?<!\d)(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]?",
        rf"(?<!\d)(?P<y>\d{{4}})[\s.,-]+(?P<m>{_WORD})\.?[\s-]+(?P<d>\d{{1,2}})(?![\d:])\.?",
        rf"(?<![\d:.])(?P<d>\d{{1,2}}){_ORDINAL}[\s/-]*{_OF}(?P<m>{_WORD})\.?[\s,/-]*{_OF}(?P<y>{_YEAR})(?!\d)",
        rf"(?P<m>{_WORD})\.?[\s-]+(?P<d>\d{{1,2}}){_ORDINAL},?[\s-]+(?P<y>\d{{4}})(?!\d)",
        # ctime(3), with or without a zone before the year
        rf"(?P<m>{_WORD})\s+(?P<d>\d{{1,2}})(?P<clock>\s+\d{{1,2}}:.{{2,30}}\s)(?P<y>\d{{4}})\b",
        r"(?<![\d.])(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?=t|\s|\d{4}$|\d{6}$|$)",
    )
)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?![\d:])\.?")
_HALF_DAY = re.compile(r"\d\s?[ap]\.?\s?m\b")
# Where 6/3 is the third of June.
_MONTH_FIRST = frozenset(
    {
        "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix",
        "America/Detroit", "America/Anchorage", "America/Boise", "Pacific/Honolulu", "Asia/Manila",
    }
)  # fmt: skip


class Dated(NamedTuple):
    """A date, and the folded text around it."""

    day: date
    before: str
    after: str


def date_in(words: str, *, zone: tzinfo, day_first: bool | None) -> Dated | None:
    """The date in a folded text; None where there is none, or where it may be one of two."""
    for form in _FORMS:
        for found in form.finditer(words):
            parts = found.groupdict()
            if day := _real(parts["y"], _month(parts["m"]), parts["d"]):
                clock = parts.get("clock") or ""
                return Dated(day, words[: found.start()], clock + words[found.end() :])
    return _of_numbers(words, zone, day_first)


def day_comes_first_in(words: str) -> bool | None:
    """Whether its numbers have the day first (25/3/2026) or not (3/25/2026); None where they do not tell."""
    found = _NUMBERS.search(words)
    if found is None or found[2] == ".":
        return None
    first, second = int(found[1]), int(found[3])
    return first > 12 if (first > 12) != (second > 12) else None


def _of_numbers(words: str, zone: tzinfo, day_first: bool | None) -> Dated | None:
    """30.11.2026 is plain; 6/3/2026 is read only where something tells which is the day."""
    found = _NUMBERS.search(words)
    if found is None:
        return None
    first, mark, second, year = found.groups()
    if len(year) == 2 and (mark == "-" or (mark == "/" and int(first) > 12)):
        return None  # 26-11-30 has the year first
    before, after = words[: found.start()], words[found.end() :]
    by_day = _real(year, int(second), first)
    by_month = None if mark == "." else _real(year, int(first), second)
    if by_day and by_month and by_day != by_month:
        if day_first is None:
            day_first = _by_weekday(before, by_day, by_month)
        if day_first is None:
            day_first = _by_place(zone, has_half_days=bool(_HALF_DAY.search(after)))
        if day_first is None:
            return None
        return Dated(by_day if day_first else by_month, before, after)
    day = by_day or by_month
    return Dated(day, before, after) if day else None


def _by_weekday(before: str, by_day: date, by_month: date) -> bool | None:
    named = [DAYS[word] for word in re.findall(_WORD, before) if word in DAYS]
    if not named:
        return None
    is_day, is_month = (one.weekday() in named[-1] for one in (by_day, by_month))
    return is_day if is_day != is_month else None


def _by_place(zone: tzinfo, *, has_half_days: bool) -> bool | None:
    """Return whether the day comes before the month, by the source's zone; None if the zone does not tell.

    Without a zone, AM and PM are signs of the United States.
    """
    name = str(zone)
    if name in _MONTH_FIRST:
        return False
    if "/" not in name:
        return False if has_half_days else None
    # Of the rest of America, Canada writes both.
    return None if name.startswith(("America/", "Etc/")) else True


def _month(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    name = text.replace("thang ", "thang-")
    # Hebrew writes “in November” as one word, Catalan “of October”.
    return next(
        (
            MONTHS[one]
            for one in (name, name.removeprefix("ב"), name.removeprefix("d'"))
            if one in MONTHS
        ),
        None,
    )


def _real(year: str, month: int | None, day: str) -> date | None:
    digits = year.removeprefix("'")
    number = int(digits)
    if len(digits) < 4:  # RFC 2822 section 4.3
        number += 2000 if number < 50 else 1900
    try:
        return date(number, month or 0, int(day))
    except ValueError:
        return None
