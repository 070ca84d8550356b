"""What went out, goes out and will, day by day: digests that exist, and those that schedules will make.

Three queries, however many newsletters.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from digests.choices import DigestState
from digests.models import Digest, Schedule
from digests.timing import occurrences, resolve
from subscriptions.local_times import beside
from subscriptions.models import Newsletter
from subscriptions.zones import clock_of

# More than a month of fifty newsletters, each twice a day; beyond it, choose one.
MOST_DIGESTS = 4_000
ALARMING = (DigestState.HELD, DigestState.MISSED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence; without a digest it is only planned, by its schedule."""

    newsletter: Newsletter
    day: date
    slot: str
    at: datetime
    zone: str
    digest: Digest | None = None
    schedule: Schedule | None = None
    blocking: int = 0
    warnings: int = 0

    @property
    def clock(self) -> str:
        """06:00; of each reader's own clock, where it goes out by that."""
        if self.digest is not None and self.digest.local_time is not None:
            return _at_local_time(self.digest.local_time)
        if self.digest is None and self.schedule is not None and self.schedule.is_local_time:
            return _at_local_time(self.schedule.local_time)
        local = self.at.astimezone(clock_of(self.zone))
        return f"{local:%H:%M}"

    @property
    def is_alarming(self) -> bool:
        return self.digest is not None and (
            self.digest.state in ALARMING or (self.digest.is_open and self.blocking > 0)
        )

    @property
    def says(self) -> str:
        """What is known of it, in a few words."""
        digest = self.digest
        if digest is None:
            made_at = self.schedule.assembles_at(self.at) if self.schedule else self.at
            return _("assembled at %(time)s") % {"time": beside(made_at, self.zone, of=self.at)}
        if digest.state == DigestState.DRAFT:
            text = (
                _("assembled at %(time)s")
                if digest.assembled_at is None
                else _("to be approved by %(time)s")
            )
            at = digest.assemble_at if digest.assembled_at is None else digest.deadline_at
            return text % {"time": beside(at, self.zone, of=digest.due_at)}
        return digest.state_reason or digest.subject


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    is_today: bool
    is_past: bool
    entries: tuple[Entry, ...]

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many of each state, in words: for a glance."""
        counted = Counter(
            str(entry.digest.get_state_display()) if entry.digest else _("Planned")
            for entry in self.entries
        )
        return list(counted.items())

    @property
    def alarming(self) -> int:
        return sum(entry.is_alarming for entry in self.entries)


def days(
    start: date, end: date, *, now: datetime, zone: str, newsletter_id: int | None = None
) -> list[Day]:
    """From start to the day before end. An entry stands on its own local date; `zone` says what today is."""
    today = now.astimezone(clock_of(zone)).date()
    made = list(_made(start, end, newsletter_id))
    taken = {(entry.newsletter.pk, entry.day, entry.slot) for entry in made}
    planned = _planned(start, end, now, newsletter_id)
    entries = [*made, *(e for e in planned if (e.newsletter.pk, e.day, e.slot) not in taken)]
    entries.sort(key=lambda entry: (entry.at, entry.newsletter.name))
    return [
        Day(day, day == today, day < today, tuple(e for e in entries if e.day == day))
        for day in _each(start, end)
    ]


def occurrence(schedule: Schedule, day: date, *, now: datetime) -> Entry | None:
    """The one that the schedule plans for that day, still to come; None where there is none."""
    if day.weekday() not in schedule.weekdays or not schedule.covers(day):
        return None
    found = resolve(day, schedule.local_time, schedule.clock)
    if found is None or found.at <= now:
        return None
    return _entry(schedule, day, found.at)


def _made(start: date, end: date, newsletter_id: int | None) -> Iterator[Entry]:
    digests = Digest.objects.with_second_awaited().filter(local_date__gte=start, local_date__lt=end)
    if newsletter_id is not None:
        digests = digests.filter(newsletter=newsletter_id)
    digests = digests.select_related("newsletter", "preflight").order_by("local_date", "due_at")
    for digest in digests[:MOST_DIGESTS]:
        found = getattr(digest, "preflight", None) if digest.is_open else None
        yield Entry(
            newsletter=digest.newsletter,
            day=digest.local_date,
            slot=digest.slot,
            at=digest.due_at,
            zone=digest.zone,
            digest=digest,
            blocking=found.blocking if found else 0,
            warnings=found.warnings if found else 0,
        )


def _planned(start: date, end: date, now: datetime, newsletter_id: int | None) -> Iterator[Entry]:
    schedules: Iterable[Schedule] = Schedule.objects.running().select_related("newsletter")
    for schedule in schedules:
        if not schedule.has_clock or newsletter_id not in {None, schedule.newsletter_id}:
            continue
        zone = clock_of(schedule.zone)
        first = max(now, datetime.combine(start - timedelta(days=1), datetime.min.time(), zone))
        until = datetime.combine(end + timedelta(days=1), datetime.min.time(), zone)
        for day, at in occurrences(
            schedule.weekdays, schedule.local_time, schedule.clock, first, until
        ):
            if start <= day < end and schedule.covers(day):
                yield _entry(schedule, day, at)


def _entry(schedule: Schedule, day: date, at: datetime) -> Entry:
    return Entry(
        newsletter=schedule.newsletter,
        day=day,
        slot=schedule.slot,
        at=at,
        zone=schedule.zone,
        schedule=schedule,
    )


def _at_local_time(at: time) -> str:
    return _("%(time)s local time") % {"time": f"{at:%H:%M}"}


def _each(start: date, end: date) -> Iterator[date]:
    for place in range((end - start).days):
        yield start + timedelta(days=place)
