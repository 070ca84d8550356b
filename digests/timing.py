"""Local times to moments: what a schedule means where clocks change and days are missing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class Kind(Enum):
    EXACT = "exact"
    SHIFTED = (
        "shifted"  # the time falls into a gap: later by the length of the gap (RFC 5545 3.3.5)
    )
    REPEATED = "repeated"  # the time comes twice; this is the first


@dataclass(frozen=True, slots=True)
class Resolved:
    at: datetime  # in UTC
    kind: Kind


def resolve(local_date: date, local_time: time, zone: ZoneInfo) -> Resolved | None:
    """The moment of a local time; None where the zone has no such day (Apia, 30 December 2011).

    A gap just before midnight (Nuuk, 23:00 to 24:00) shifts a time into the next day.
    """
    wanted = datetime.combine(local_date, local_time.replace(tzinfo=None, fold=0), zone)
    at = wanted.astimezone(UTC)
    if not _exists(wanted):
        return Resolved(at, Kind.SHIFTED) if _has_day(local_date, zone) else None
    is_repeated = wanted.utcoffset() != wanted.replace(fold=1).utcoffset()
    return Resolved(at, Kind.REPEATED if is_repeated else Kind.EXACT)


def _exists(wanted: datetime) -> bool:
    """Whether the zone's clocks show this time: it comes back from UTC unchanged."""
    shown = wanted.astimezone(UTC).astimezone(wanted.tzinfo)
    return shown.replace(tzinfo=None) == wanted.replace(tzinfo=None)


def _has_day(day: date, zone: ZoneInfo) -> bool:
    # No gap but that of a whole day takes both a day's first and its last moment.
    return any(_exists(datetime.combine(day, end, zone)) for end in (time.min, time.max))


def occurrences(
    weekdays: Collection[int], local_time: time, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[tuple[date, datetime]]:
    """Local dates and their moments in UTC with after < moment <= until, in order.

    `weekdays` count as date.weekday() does: 0 is Monday. `after` and `until` are aware.
    """
    # Offsets reach from -12 to +14 hours, and a gap may shift: a day more on either side is enough.
    day = after.astimezone(zone).date() - ONE_DAY
    last = until.astimezone(zone).date() + ONE_DAY
    while day <= last:
        found = resolve(day, local_time, zone) if day.weekday() in weekdays else None
        if found and after < found.at <= until:
            yield day, found.at
        day += ONE_DAY
