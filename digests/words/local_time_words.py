"""What delivery at each reader's local time means, in sentences for staff."""

from datetime import datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from digests.choices import PastRule
from digests.cohorts import SPREAD
from digests.models import Digest, Schedule
from digests.timing import occurrences
from subscriptions.local_times import in_zone

# A schedule has at least one weekday.
A_WEEK = timedelta(days=7)


def of_schedule(schedule: Schedule, *, now: datetime) -> str:
    """When the next digest reaches the first and the last readers; empty if it is sent at one moment."""
    if not schedule.is_local_time:
        return ""
    days = schedule.weekdays, schedule.local_time, schedule.clock
    day, first = next(occurrences(*days, now, now + A_WEEK + SPREAD), (None, None))
    if day is None or first is None:
        return ""
    values = _times(first, schedule.zone) | {
        "time": f"{schedule.local_time:%H:%M}",
        "day": date_format(day, "D j M"),
    }
    return (
        _(
            "At each reader’s own %(time)s. The digest of %(day)s: the first readers get it at %(first)s, the last at "
            "%(last)s. Its audience is chosen just before the first; its deadline counts from there."
        )
        % values
    )


def of_readers(told: int, readers: int, zone: str) -> str:
    """Say that `told` of `readers` readers have a time zone of their own."""
    return _(
        "%(told)s of %(readers)s readers have a time zone of their own; the others get it by %(zone)s."
    ) % {
        "told": number_format(told, force_grouping=True),
        "readers": number_format(readers, force_grouping=True),
        "zone": zone,
    }


def of_digest(digest: Digest, who: str, *, now: datetime) -> str:
    """Say when a digest goes out whose readers are still to be chosen."""
    values = _times(digest.due_at, digest.zone) | {
        "time": f"{digest.local_time:%H:%M}",
        "who": who,
    }
    if digest.due_at > now:
        return (
            _(
                "Goes out to %(who)s at each one’s own %(time)s: the first get it at %(first)s, the last at %(last)s."
            )
            % values
        )
    values["rule"] = (
        _("they are left out") if digest.past_rule == PastRule.SKIP else _("they get it at once")
    )
    return (
        _(
            "Goes out to %(who)s at each one’s own %(time)s, the last at %(last)s. For some that is past: %(rule)s."
        )
        % values
    )


def of_one_moment(digest: Digest) -> list[str]:
    """What a time chosen by hand does to a digest at local time."""
    if digest.local_time is None:
        return []
    return [
        _("All readers then get it at once, not each at their own %(time)s.")
        % {"time": f"{digest.local_time:%H:%M}"}
    ]


def _times(first: datetime, zone: str) -> dict[str, str]:
    return {"first": in_zone(first, zone), "last": in_zone(first + SPREAD, zone)}
