"""What staff change about the plan by hand: one digest more, at another time, or none on a holiday.

A digest holds the place of its occurrence (newsletter, local date, slot), and a tick makes only what has none. So a
skipped one stays skipped, and one that moves to another day leaves a skipped one behind where its schedule would make
it again.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from digests import lifecycle
from digests.choices import DigestState, StateReason
from digests.lifecycle import Move
from digests.models import Digest, Schedule
from digests.notices import alerts
from digests.plan import planning
from digests.refusal import Refusal
from digests.state_reasons import Reason
from subscriptions.local_times import day_of


class Refused(Refusal):
    """The text says why, for the person who asked."""


def make(schedule: Schedule, day: date, *, now: datetime) -> Digest:
    """A digest by hand, also on a day on which its schedule has none. Raises Refused."""
    if day < now.astimezone(ZoneInfo(schedule.zone)).date():
        raise Refused(_("That day has passed."))
    newsletter = schedule.newsletter
    if Digest.objects.filter(newsletter=newsletter, local_date=day, slot=schedule.slot).exists():
        raise Refused(_taken(newsletter.name, day))
    try:
        return planning.digest_for(newsletter, day, schedule.slot, now=now)
    except planning.CannotPlan as error:
        raise Refused(str(error)) from error


def move(digest_id: int, due_at: datetime, *, now: datetime) -> Digest:
    """Another time for a digest whose readers have not been chosen yet; its deadline and its assembly move along.

    It leaves its schedule, whose later changes would move it back. On another day it carries that day's date. Raises
    Refused.
    """
    if due_at <= now:
        raise Refused(_("That time has passed. To send it at once, choose “Send now”."))
    try:
        with transaction.atomic():
            digest = _locked(digest_id)
            if not digest.is_open:
                raise Refused(_("It is under way or done, so its time cannot be changed."))
            left = _change_day(digest, due_at)
            _change_times(digest, due_at)
            digest.save()
            if left is not None:
                left.save()
    except IntegrityError as error:
        raise Refused(_("Someone else has just put a digest there. Look again.")) from error
    return digest


def skip(digest_id: int, reason: str, *, by: str, now: datetime) -> Digest:
    """Skip a digest: it does not go out, and no tick makes another in its place. Raises Refused."""
    with transaction.atomic():
        digest = _locked(digest_id)
        if digest.state == DigestState.SKIPPED:
            raise Refused(_("It is skipped already."))
        if not digest.is_open:
            raise Refused(_("It is under way or done, so it cannot be skipped."))
        why = Reason.of(StateReason.SKIPPED, who=by, why=" ".join(reason.split()))
        lifecycle.change(digest, Move.SKIP, why)
        digest.approvals.waiting().update(ended_at=now)
        alerts.clear(digest, now=now)
    return digest


def skip_planned(schedule: Schedule, day: date, reason: str, *, by: str, now: datetime) -> Digest:
    """Skip a planned date that has no digest yet, or has got one in the meantime. Raises Refused."""
    with transaction.atomic():
        return skip(_of_plan(schedule, day, now).pk, reason, by=by, now=now)


def move_planned(schedule: Schedule, day: date, due_at: datetime, *, now: datetime) -> Digest:
    """Move a planned date that has no digest yet, or has got one in the meantime. Raises Refused."""
    with transaction.atomic():
        return move(_of_plan(schedule, day, now).pk, due_at, now=now)


def unskip(digest_id: int, *, now: datetime) -> Digest:
    """Make a skipped digest a draft again, as its schedule plans it now.

    After its deadline it is held until somebody approves it. Raises Refused.
    """
    with transaction.atomic():
        digest = _locked(digest_id)
        if digest.state != DigestState.SKIPPED:
            raise Refused(_("It is not skipped."))
        schedule = digest.schedule
        due_at = planning.instant(schedule, digest.local_date) if schedule else None
        if schedule is not None and due_at is not None and due_at > now:
            for name, value in planning.plan_of_the_day(schedule, due_at).items():
                setattr(digest, name, value)
        if digest.miss_at <= now:
            raise Refused(_("Its time has passed. Make another one for a day to come."))
        if digest.deadline_at > now:
            lifecycle.enter(digest, Move.UNSKIP)
        else:
            lifecycle.enter(digest, Move.UNSKIP_LATE, Reason.of(StateReason.TAKEN_BACK))
        digest.reminded_at = None
        _save_unskipped(digest)
        alerts.clear(digest, now=now)
    return digest


def _save_unskipped(digest: Digest) -> None:
    try:
        with transaction.atomic():
            digest.save()
    except IntegrityError as error:
        raise Refused(_("Another news alert of its story stands in its place.")) from error


def _of_plan(schedule: Schedule, day: date, now: datetime) -> Digest:
    try:
        return planning.digest_for(schedule.newsletter, day, schedule.slot, now=now)
    except planning.CannotPlan as error:
        raise Refused(str(error)) from error


def _change_times(digest: Digest, due_at: datetime) -> None:
    """All of them by as much, for all readers at once. What is put together already is not put together again."""
    shift = due_at - digest.due_at
    late = due_at - digest.last_due_at
    digest.schedule = None
    digest.due_at = due_at
    digest.deadline_at += shift
    digest.miss_at += late
    digest.expires_at += late
    digest.local_time = None
    if digest.assembled_at is None:
        digest.assemble_at += shift
    if digest.remind_at is not None:
        digest.remind_at += shift
        digest.reminded_at = None


def _change_day(digest: Digest, due_at: datetime) -> Digest | None:
    """Give it the new day's date; returns what holds its old place, not saved yet, None where nothing need."""
    day = digest.local(due_at).date()
    if day == (digest.local_date if digest.local_time else digest.local(digest.due_at).date()):
        return None
    old = digest.local_date
    schedule = Schedule.objects.filter(newsletter=digest.newsletter_id, slot=digest.slot).first()
    _make_room(digest, day, schedule)
    digest.local_date = day
    if schedule is None or not _has_occurrence(schedule, old):
        return None
    left = Digest(
        newsletter=digest.newsletter,
        schedule=schedule,
        local_date=old,
        slot=digest.slot,
        zone=digest.zone,
        assemble_at=digest.assemble_at,
        deadline_at=digest.deadline_at,
        due_at=digest.due_at,
        miss_at=digest.miss_at,
        expires_at=digest.expires_at,
        approval_rule=digest.approval_rule,
    )
    lifecycle.enter(left, Move.LEAVE_BEHIND, Reason.of(StateReason.MOVED, day=day_of(day)))
    return left


def _make_room(digest: Digest, day: date, schedule: Schedule | None) -> None:
    """Where a skipped, empty one holds the place, it goes."""
    there = Digest.objects.filter(
        newsletter=digest.newsletter_id, local_date=day, slot=digest.slot
    ).first()
    if there is not None:
        if there.state != DigestState.SKIPPED or there.assembled_at is not None:
            raise Refused(_taken(digest.newsletter.name, day))
        there.delete()
    elif schedule is not None and _has_occurrence(schedule, day):
        raise Refused(_taken(digest.newsletter.name, day))


def _has_occurrence(schedule: Schedule, day: date) -> bool:
    return schedule.is_active and day.weekday() in schedule.weekdays and schedule.covers(day)


def _taken(newsletter: str, day: date) -> str:
    text = _("%(newsletter)s has a digest of %(day)s already. Move or skip that one first.")
    return text % {"newsletter": newsletter, "day": day_of(day)}


def _locked(digest_id: int) -> Digest:
    return (
        Digest.objects.select_for_update(of=("self",))
        .select_related("newsletter", "schedule__newsletter")
        .get(pk=digest_id)
    )
