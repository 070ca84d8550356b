"""Times as an editor reads them: in the newsletter's zone, with the zone named."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from subscriptions.zones import clock_of


def in_zone(at: datetime, zone: str) -> str:
    """Tue 24 Nov 2026, 06:00 Europe/Paris."""
    return f"{date_format(at.astimezone(clock_of(zone)), 'D j M Y, H:i')} {zone}"


def beside(at: datetime, zone: str, *, of: datetime) -> str:
    """The clock alone when it is the local day of `of`, else with its day; the zone is named elsewhere."""
    here, there = at.astimezone(clock_of(zone)), of.astimezone(clock_of(zone))
    return date_format(here, "H:i" if here.date() == there.date() else "D j M, H:i")


def day_of(day: date) -> str:
    """Tue 24 Nov 2026."""
    return date_format(day, "D j M Y")


def here(at: datetime) -> str:
    """Show a moment in the zone of the request, which on staff's pages is the publisher's."""
    return in_zone(at, timezone.get_current_timezone_name())
