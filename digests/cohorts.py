"""Each reader's own morning: one local time as the moments at which the clocks of the world show it.

Readers whose zones share a moment are a cohort. Zones on land reach from 14 hours ahead of UTC to 12 behind it.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from digests.timing import resolve

# Its clocks show every local time first (Kiritimati's, all year round).
FIRST_ZONE = ZoneInfo("Etc/GMT-14")
SPREAD = timedelta(hours=14 + 12)
# Readers are chosen a little before the first cohort's time, so that its mails leave on the minute.
FREEZE_AHEAD = timedelta(minutes=5)
# How late the choosing may be for whom it concerns first, before their time counts as past.
PAST_AFTER = timedelta(minutes=10)


def moments(day: date, at: time, home: str) -> dict[str, datetime]:
    """The moment in UTC for each zone that this machine knows, by its name; under "" the home zone's.

    Clocks that change are dealt with as in timing.resolve(). A zone that lacks the day (Apia, 30 December 2011) goes
    with home.
    """
    here = _moment(day, at, home) or datetime.combine(day, at, ZoneInfo("UTC"))
    known = {zone: _moment(day, at, zone) or here for zone in sorted(available_timezones())}
    return {"": here} | known


def _moment(day: date, at: time, zone: str) -> datetime | None:
    try:
        found = resolve(day, at, ZoneInfo(zone))
    except (
        KeyError,
        ValueError,
    ):  # “localtime” and the like: listed by some systems, and no zone's name
        return None
    return found.at if found else None
