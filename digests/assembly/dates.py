"""When a feed says that a story was published. What cannot be read for certain is unknown: never guessed, never now.

feedparser reads the forms of the standards, and takes a zone that it does not know for UTC; dateparser guesses where it
should not, and needs milliseconds for each date.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo

from digests.assembly.calendar_dates import date_in, day_comes_first_in
from digests.assembly.clock_times import clock_in
from digests.assembly.month_names import folded
from digests.assembly.zone_names import zone_in

LONGEST = 100  # characters; what is longer is no date
YEARS = range(
    1971, 2100
)  # other years are of other calendars, or what machines write for “unknown”
_UNIX = re.compile(r"(?:/date\()?(\d{9,10}|\d{12,13})(?:\.\d{1,9})?(?:[+-]\d{4})?(?:\)/)?")
_NUMBERS = re.compile(r"\d\s?[/-]\s?\d{1,2}\s?[/-]\s?\d")
_MILLISECONDS = 10**11  # so many seconds are the year 5138


def read_moment(text: str, *, zone: tzinfo = UTC, day_first: bool | None = None) -> datetime | None:
    """Read a moment, in UTC; None if it cannot be read. `zone` is the clock of a source whose dates name none.

    `day_first` tells what 6/3/2026 means, where other dates of the feed have told (`day_comes_first`).
    """
    words = _words(text)
    if unix := _UNIX.fullmatch(words):
        return _of_unix(int(unix[1]))
    dated = date_in(words, zone=zone, day_first=day_first)
    clock = clock_in(f"{dated.before} {dated.after}".strip()) if dated else None
    if dated is None or clock is None or re.search(r"\d", clock.before):
        return None
    local = datetime.combine(dated.day, time()) + clock.span
    place = zone_in(clock.after, local, zone)
    if place is None or local.year not in YEARS:
        return None
    return local.replace(tzinfo=place).astimezone(UTC)


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether 6/3/2026 is of March in these dates: 25/3/2026 among them says yes, 3/25/2026 says no."""
    said = {day_comes_first_in(_words(text)) for text in texts if _NUMBERS.search(text)} - {None}
    return said.pop() if len(said) == 1 else None


def _words(text: str) -> str:
    if len(text) > LONGEST:
        return ""
    return re.sub(r"\s[-|·]\s", " ", " ".join(folded(text).split()))


def _of_unix(number: int) -> datetime | None:
    seconds = number / 1000 if number > _MILLISECONDS else number
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    return moment if moment.year in YEARS else None
