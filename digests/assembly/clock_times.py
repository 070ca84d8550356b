"""The time of day in a date of a feed, and what stands after it: its zone, or nothing."""

import re
from datetime import timedelta
from typing import NamedTuple

_BEFORE_NOON, _AFTER_NOON = (
    r"a\.?\s?m\.?|上午|午前|오전|ص|πμ|π\.?μ\.?",
    r"p\.?\s?m\.?|下午|午後|오후|م|μμ|μ\.?μ\.?",
)
_HALF = rf"(?P<am>{_BEFORE_NOON})|(?P<pm>{_AFTER_NOON})"
_HALF_IN_FRONT = re.compile(rf"(?:(?<=\s)|^)(?:{_HALF})\s?(?=\d)")
_HALF_BEHIND = re.compile(rf"\s?(?:{_HALF})(?![^\W\d_])")
_END = r"(?:[.,:]\d{1,9})?"
_CLOCKS = tuple(
    re.compile(form)
    for form in (
        rf"(?<![\d:.+-])(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}){_END})?(?![\d:])",
        r"(?<![\d:.+-])(\d{1,2})\s?[h時时시點点]\s?(\d{2})(?:\s?[:m分분]\s?(?:(\d{2})\s?[s秒초]?)?)?(?!\d)",
        rf"(?<![\d:.+-])(\d{{1,2}})\.(\d{{2}})(?:\.(\d{{2}}){_END})?(?![\d:.])",
        r"^t?\s?(\d{2})(\d{2})(\d{2})?(?!\d)(?:[.,]\d{1,9})?",
        r"(?<![\d:.+-])(\d{1,2})()()(?=\s?(?:h|uhr|時|时|시|点)(?![^\W\d_]))",
        rf"(?<![\d:.+-])(\d{{1,2}})()()(?=\s?(?:{_BEFORE_NOON}|{_AFTER_NOON})(?![^\W\d_]))",
    )
)


class Clock(NamedTuple):
    """Since midnight; a day or a leap second more where the feed wrote 24:00 or :60."""

    span: timedelta
    before: str
    after: str


def clock_in(words: str) -> Clock | None:
    """The time in a folded text without its date: midnight where there is none, None where it cannot be read."""
    for form in _CLOCKS:
        if found := form.search(words):
            return _of(found, words)
    # Only the day: what else stands there is its zone, or the day's name.
    return Clock(timedelta(0), "", "" if not re.search(r"\d", words) else words)


def _of(found: re.Match[str], words: str) -> Clock | None:
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    before, after = words[: found.start()], words[found.end() :]
    half = _HALF_BEHIND.match(after)
    if half:
        after = after[half.end() :]
    elif half := _HALF_IN_FRONT.search(before + words[found.start() : found.end()]):
        before = before[: half.start()]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half["pm"] else 0)
    elif half and half["am"]:
        return None
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    return Clock(timedelta(hours=hour, minutes=minute, seconds=min(second, 59)), before, after)
