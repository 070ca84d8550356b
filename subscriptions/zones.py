"""The time zones that a reader may choose from, and the clocks of those that rows name."""

import logging
import zoneinfo
from functools import cache

logger = logging.getLogger(__name__)

# What ZoneInfo raises for names of nothing: KeyError is its way to say “unknown”, OSError is for a folder of zones.
UNKNOWN = (KeyError, ValueError, OSError)

CONTINENTS = frozenset(
    {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


@cache
def choosable_zones() -> tuple[str, ...]:
    """Return zones by continent and city: a reader looks for a city, not for an alias or an offset."""
    names = (name.split("/") for name in sorted(zoneinfo.available_timezones()))
    return tuple("/".join(parts) for parts in names if parts[0] in CONTINENTS and len(parts) == 2)


def clock_of(zone: str) -> zoneinfo.ZoneInfo:
    """For showing times: those of a zone that this machine does not know are shown in UTC.

    Whoever decides by a zone takes ZoneInfo, which raises instead.
    """
    try:
        return zoneinfo.ZoneInfo(zone)
    except UNKNOWN:
        logger.warning("This machine does not know the time zone %r; times are shown in UTC.", zone)
        return zoneinfo.ZoneInfo("UTC")
