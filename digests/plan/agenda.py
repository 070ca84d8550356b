"""What goes out today and tomorrow: digests that exist, and those that schedules will make."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from digests.choices import UNDER_WAY_STATES
from digests.models import Digest, Schedule
from digests.timing import occurrences
from subscriptions.models import Newsletter
from subscriptions.zones import clock_of

DAYS = 2


@dataclass(frozen=True, slots=True)
class Entry:
    newsletter: Newsletter
    at: datetime
    zone: str
    digest: Digest | None = None  # None: not made yet
    made_at: datetime | None = None  # when its schedule makes it
    local_time: time | None = None  # each reader's own; `at` is the first readers'


def agenda(*, now: datetime, zone: str) -> list[Entry]:
    """In the order of time. `zone` says where today begins; a digest still being sent is always on it."""
    start = now.astimezone(clock_of(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=DAYS)
    digests = (
        Digest.objects.filter(Q(due_at__gte=start, due_at__lt=end) | Q(state__in=UNDER_WAY_STATES))
        .with_second_awaited()
        .select_related("newsletter", "approved_version")
        .order_by("due_at")
    )
    made = [
        Entry(digest.newsletter, digest.due_at, digest.zone, digest, local_time=digest.local_time)
        for digest in digests
    ]
    keys = set(
        Digest.objects.filter(local_date__gte=start.date() - timedelta(days=1)).values_list(
            "newsletter_id", "local_date", "slot"
        )
    )
    planned = [
        Entry(
            schedule.newsletter,
            at,
            schedule.zone,
            made_at=schedule.assembles_at(at),
            local_time=schedule.local_time if schedule.is_local_time else None,
        )
        for schedule, day, at in _planned(now, end)
        if (schedule.newsletter_id, day, schedule.slot) not in keys
    ]
    return sorted([*made, *planned], key=lambda entry: entry.at)


def _planned(now: datetime, end: datetime) -> Iterator[tuple[Schedule, date, datetime]]:
    for schedule in Schedule.objects.running().select_related("newsletter"):
        if not schedule.has_clock:
            continue
        found = occurrences(schedule.weekdays, schedule.local_time, schedule.clock, now, end)
        for day, at in found:
            if schedule.covers(day):
                yield schedule, day, at
