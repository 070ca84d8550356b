"""From schedules to dated digests, and a digest's way through its day. Beat only ticks; everything else is here.

An occurrence is one row, unique on (newsletter, local date, slot): two ticks at once, or a late one, are harmless.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from digests import cohorts
from digests.assembly.sections import make_sections
from digests.choices import WORDS, AlertKind, DigestState, StateReason
from digests.lifecycle import Move
from digests.models import Article, Digest, Schedule, Template
from digests.notices import alerts, unplanned
from digests.plan import wrong_clock
from digests.state_reasons import Reason
from digests.timing import occurrences, resolve
from subscriptions.models import Newsletter
from subscriptions.zones import UNKNOWN

logger = logging.getLogger(__name__)

BY_HAND_WINDOW = timedelta(hours=12)
# How exactly a resting schedule keeps up with the clock; a shorter time would only cost writes.
REST_GRACE = timedelta(minutes=1)
# Stories come in all day; each look costs an assembly.
AGAIN_AFTER = timedelta(minutes=5)
# No editor has written anything about a new digest.
NOT_WRITTEN = {"automatic_words": list(WORDS)}


def plan_due(*, now: datetime) -> list[int]:
    """Make the digests whose assembly is due; returns the ids of new ones.

    A schedule that cannot be read (a zone that this machine does not know) stops no other.
    """
    _let_rest(now)
    wrong_clock.reopen_missed(now=now)
    made: list[int] = []
    schedules = Schedule.objects.running().order_by("pk").values_list("pk", flat=True)
    for schedule_id in schedules.iterator(chunk_size=500):
        try:
            made += _plan(schedule_id, now)
        except UNKNOWN as error:
            logger.exception("Schedule %s cannot be planned.", schedule_id)
            unplanned.tell(schedule_id, error, now=now)
    return made


def _let_rest(now: datetime) -> None:
    """What a paused newsletter did not send was not missed: its schedules go on from when it is live again."""
    Schedule.objects.resting().filter(planned_until__lt=now - REST_GRACE).update(planned_until=now)


def _plan(schedule_id: int, now: datetime) -> list[int]:
    with transaction.atomic():
        # NO KEY: whoever makes a digest by hand meanwhile refers to this row, and we may wait for that digest.
        schedule = (
            Schedule.objects.running()
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .select_related("newsletter")
            .filter(pk=schedule_id)
            .first()
        )
        if schedule is None:
            return []
        until = now + timedelta(minutes=schedule.lead_minutes)
        start = wrong_clock.plan_from(schedule, until=until, now=now)
        if start >= until:
            return []
        found = occurrences(schedule.weekdays, schedule.local_time, schedule.clock, start, until)
        made = make_digests(schedule, found, now=now)
        schedule.planned_until = until
        schedule.save(update_fields=["planned_until"])
    return made


def make_digests(
    schedule: Schedule, found: Iterable[tuple[date, datetime]], *, now: datetime
) -> list[int]:
    """Make a digest for each occurrence that has none yet.

    Those too late to go out are kept as missed, with an alert.
    """
    made = []
    for local_date, due_at in found:
        if not schedule.covers(local_date):
            continue
        digest, is_new = Digest.objects.get_or_create(
            newsletter=schedule.newsletter,
            local_date=local_date,
            slot=schedule.slot,
            defaults=plan_of_the_day(schedule, due_at) | NOT_WRITTEN,
        )
        if is_new and digest.miss_at <= now:
            due = f"{digest.local(digest.due_at):%H:%M}"
            why = Reason.of(StateReason.NOTHING_RAN, due=due, zone=digest.zone)
            alerts.stop(digest, Move.MISS, AlertKind.MISSED, why, now=now)
        if is_new:
            made.append(digest.pk)
    return made


class CannotPlan(Exception):
    """The text says why, for the person who asked."""


def digest_for(newsletter: Newsletter, day: date | None, slot: str, *, now: datetime) -> Digest:
    """The digest of that local date and slot, made now if there is none. Raises CannotPlan.

    By hand a digest may be made on a day on which the schedule has none; it goes out at the schedule's time, or, if
    that has passed, as soon as an editor approves it.
    """
    schedule = Schedule.objects.filter(newsletter=newsletter, slot=slot).first()
    if schedule is None:
        raise CannotPlan(f"{newsletter} has no schedule with the slot {slot!r}. Add one in admin.")
    day = day or now.astimezone(ZoneInfo(schedule.zone)).date()
    due_at = instant(schedule, day)
    if due_at is None:
        raise CannotPlan(f"{day} is no day of the calendar of {schedule.zone}.")
    plan = plan_of_the_day(schedule, due_at)
    if due_at <= now:
        # Too late for the schedule's time: an editor has the day to send it.
        by_hand = now + BY_HAND_WINDOW
        plan |= {"miss_at": max(by_hand, plan["miss_at"]), "deadline_at": by_hand}
        plan |= {"expires_at": max(by_hand + BY_HAND_WINDOW, plan["expires_at"])}
        plan |= {"remind_at": None}
    with transaction.atomic():
        digest, is_new = Digest.objects.get_or_create(
            newsletter=newsletter, local_date=day, slot=slot, defaults=plan | NOT_WRITTEN
        )
        # It may be days until it is assembled, and editors put stories into it until then.
        if is_new and (template := Template.objects.filter(newsletter=newsletter).first()):
            make_sections(digest, template)
    return digest


def plan_of_the_day(schedule: Schedule, due_at: datetime) -> dict[str, Any]:
    """A digest's times and rule, as its schedule sets them.

    At local time `due_at` is when the first readers' clocks show it, and the other limits count from the last readers'.
    """
    last = due_at + cohorts.SPREAD if schedule.is_local_time else due_at
    template = Template.objects.filter(newsletter=schedule.newsletter).first() or Template()
    return {
        "schedule": schedule,
        "zone": schedule.zone,
        "approval_rule": schedule.approval_rule,
        "assemble_at": schedule.assembles_at(due_at),
        "deadline_at": schedule.deadline_at(due_at),
        "remind_at": schedule.remind_at(due_at),
        "due_at": due_at,
        "miss_at": last + timedelta(minutes=schedule.catch_up_minutes),
        "expires_at": last + timedelta(hours=template.expires_after_hours),
        "local_time": schedule.local_time if schedule.is_local_time else None,
        "past_rule": schedule.past_rule,
    }


def to_assemble(*, now: datetime) -> list[int]:
    return _ids(assembled_at__isnull=True, assemble_at__lte=now, state=DigestState.DRAFT)


def to_assemble_again(*, now: datetime) -> list[int]:
    """Held for too few stories, and more have come in since: a feed may be read after the hour of assembly."""
    came_in = Article.objects.filter(first_seen_at__gt=OuterRef("assembled_at"))
    held = Digest.objects.filter(
        Exists(came_in),
        state=DigestState.HELD,
        reason=StateReason.TOO_FEW_STORIES,
        assembled_at__lte=now - AGAIN_AFTER,
        miss_at__gt=now,
    )
    return _of(held)


def to_decide(*, now: datetime) -> list[int]:
    return _ids(deadline_at__lte=now, assembled_at__isnull=False, state=DigestState.DRAFT)


def to_freeze(*, now: datetime) -> list[int]:
    """At local time a little before the first readers' time."""
    return _of(Digest.objects.to_freeze(now))


def mark_missed(*, now: datetime) -> list[int]:
    """Drafts and held digests whose time has run out."""
    missed = []
    for digest_id in _ids(miss_at__lte=now, state__in=Move.MISS.before):
        with transaction.atomic():
            digest = (
                Digest.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(pk=digest_id, state__in=Move.MISS.before, miss_at__lte=now)
                .first()
            )
            if digest is not None:
                earlier = {"code": digest.reason, "facts": digest.reason_facts}
                why = Reason.of(StateReason.NOT_RELEASED, **earlier)
                alerts.stop(digest, Move.MISS, AlertKind.MISSED, why, now=now)
                missed.append(digest.pk)
    return missed


def follow_schedule(schedule: Schedule, *, now: datetime) -> int:
    """After an edit of the schedule: its open digests that are still to come take its new times and rule.

    Returns how many changed. The slot stays, so nothing is made or sent twice.
    """
    # Back, never forward: what an outage left unplanned is still to be made, or told as missed.
    Schedule.objects.filter(pk=schedule.pk, planned_until__gt=now).update(planned_until=now)
    changed = 0
    for digest in Digest.objects.open().filter(schedule=schedule, due_at__gt=now):
        at = instant(schedule, digest.local_date)
        if at is None or at <= now:
            continue
        plan = plan_of_the_day(schedule, at)
        if any(getattr(digest, name) != value for name, value in plan.items()):
            changed += (
                Digest.objects.open()
                .filter(pk=digest.pk, due_at__gt=now)
                .update(**plan, reminded_at=None)
            )
    return changed


def instant(schedule: Schedule, day: date) -> datetime | None:
    """When the schedule's time is on that day; None where its zone has no such day."""
    resolved = resolve(day, schedule.local_time, schedule.clock)
    return None if resolved is None else resolved.at


def _ids(**conditions: object) -> list[int]:
    return _of(Digest.objects.filter(**conditions))


def _of(digests: QuerySet[Digest]) -> list[int]:
    """Oldest first, and never more at once than a tick can handle."""
    return list(digests.order_by("due_at").values_list("pk", flat=True)[:500])
