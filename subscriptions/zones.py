"""The time zones that a reader may choose from."""

import zoneinfo
from functools import cache

CONTINENTS = frozenset(
    {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


@cache
def choosable_zones() -> tuple[str, ...]:
    """By continent and city: a reader looks for a city, not for an alias or an offset."""
    names = (name.split("/") for name in sorted(zoneinfo.available_timezones()))
    return tuple("/".join(parts) for parts in names if parts[0] in CONTINENTS and len(parts) == 2)
