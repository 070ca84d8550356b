"""What a hand changes about the plan stays changed, whatever the tick does afterwards."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.auth.models import User

from digests.choices import AlertKind, DigestState, StateReason
from digests.decisions import approval
from digests.lifecycle import Move
from digests.models import Alert, Approval, Digest, Schedule, Template
from digests.notices import alerts
from digests.plan import planning, replanning
from digests.state_reasons import Reason
from tests.at_once import at_once
from tests.builders import MONDAY_NOON as NOON
from tests.builders import Press

TOO_FEW = Reason.of(StateReason.TOO_FEW_STORIES, found=1, least=3)

# Friday 27 November 2026, six in the morning of Paris.
FRIDAY = date(2026, 11, 27)
SIX = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
LEAD = timedelta(hours=12)
DAY = timedelta(days=1)


@pytest.fixture
def schedule(press: Press) -> Schedule:
    """Fridays only."""
    return press.schedule(press.newsletter("Good News"), weekdays=[4])


def states() -> dict[date, str]:
    return dict(Digest.objects.order_by("local_date").values_list("local_date", "state"))


def ticks_of_a_week() -> None:
    for hours in range(0, 7 * 24, 6):
        planning.plan_due(now=NOON + timedelta(hours=hours))


# --- Skipping --------------------------------------------------------------------------------------


def test_what_is_skipped_before_it_is_made_stays_skipped(schedule: Schedule) -> None:
    skipped = replanning.skip_planned(schedule, FRIDAY, " a  holiday ", by="anna", now=NOON)
    assert skipped.state_reason == "Skipped by anna. a holiday"
    ticks_of_a_week()
    assert states() == {FRIDAY: DigestState.SKIPPED}
    assert planning.to_assemble(now=SIX) == planning.to_freeze(now=SIX) == []
    assert planning.mark_missed(now=SIX + DAY) == []


def test_a_draft_is_skipped_with_its_alerts_and_its_waiting_approval(press: Press) -> None:
    newsletter = press.newsletter()
    Template.objects.update(needs_second_person=True)
    digest = press.digest(newsletter)
    press.carry(digest, press.article())
    approval.approve(digest, by=User.objects.create(username="anna"), now=NOON)
    alerts.stop(digest, Move.HOLD_FOR_STORIES, AlertKind.HELD, TOO_FEW, now=NOON)
    replanning.skip(digest.pk, "", by="ben", now=NOON)
    assert Digest.objects.get().state_reason == "Skipped by ben."
    assert Alert.objects.get().cleared_at == NOON
    assert not Approval.objects.waiting().exists()
    with pytest.raises(replanning.Refused, match="skipped already"):
        replanning.skip(digest.pk, "", by="ben", now=NOON)


def test_what_is_under_way_is_not_skipped(press: Press) -> None:
    digest = press.frozen(press.newsletter())
    with pytest.raises(replanning.Refused, match="under way or done"):
        replanning.skip(digest.pk, "", by="ben", now=NOON)
    assert Digest.objects.get().state == DigestState.FROZEN


def test_taken_back_it_follows_its_schedule_as_that_is_now(schedule: Schedule) -> None:
    digest = replanning.skip_planned(schedule, FRIDAY, "", by="anna", now=NOON)
    schedule.local_time = time(7, 0)
    schedule.save()
    replanning.unskip(digest.pk, now=NOON)
    back = Digest.objects.get()
    assert (back.state, back.state_reason) == (DigestState.DRAFT, "")
    assert (back.due_at, back.assemble_at) == (
        SIX + timedelta(hours=1),
        SIX + timedelta(hours=1) - LEAD,
    )
    with pytest.raises(replanning.Refused, match="not skipped"):
        replanning.unskip(digest.pk, now=NOON)


def test_taken_back_after_its_deadline_it_is_held_and_no_rule_skips_it_again(
    press: Press,
) -> None:
    digest = press.digest(press.newsletter(), approval_rule="skip")
    late = digest.deadline_at + timedelta(minutes=1)
    approval.decide_at_deadline(digest.pk, now=late)
    replanning.unskip(digest.pk, now=late)
    assert Digest.objects.get().state == DigestState.HELD
    assert planning.to_decide(now=late) == []


def test_when_its_time_has_passed_it_is_not_taken_back(schedule: Schedule) -> None:
    digest = replanning.skip_planned(schedule, FRIDAY, "", by="anna", now=NOON)
    with pytest.raises(replanning.Refused, match="Its time has passed"):
        replanning.unskip(digest.pk, now=SIX + DAY)
    assert Digest.objects.get().state == DigestState.SKIPPED


# --- Moving ----------------------------------------------------------------------------------------


def test_moved_to_thursday_it_carries_thursdays_date_and_no_friday_is_made(
    schedule: Schedule,
) -> None:
    moved = replanning.move_planned(schedule, FRIDAY, SIX - DAY, now=NOON)
    assert (moved.local_date, moved.due_at, moved.assemble_at) == (
        FRIDAY - DAY,
        SIX - DAY,
        SIX - DAY - LEAD,
    )
    ticks_of_a_week()
    assert states() == {FRIDAY - DAY: DigestState.DRAFT, FRIDAY: DigestState.SKIPPED}
    assert Digest.objects.get(local_date=FRIDAY).state_reason == "Moved to Thu 26 Nov 2026."


def test_moved_back_it_takes_its_own_place_again(schedule: Schedule) -> None:
    moved = replanning.move_planned(schedule, FRIDAY, SIX - DAY, now=NOON)
    replanning.move(moved.pk, SIX + timedelta(hours=1), now=NOON)
    ticks_of_a_week()
    assert states() == {FRIDAY: DigestState.DRAFT}


def test_an_hour_later_is_the_same_day_and_leaves_nothing_behind(schedule: Schedule) -> None:
    moved = replanning.move_planned(schedule, FRIDAY, SIX + timedelta(hours=1), now=NOON)
    assert states() == {FRIDAY: DigestState.DRAFT}
    # Its schedule does not move it back.
    schedule.refresh_from_db()
    assert planning.follow_schedule(schedule, now=NOON) == 0
    assert Digest.objects.get().due_at == moved.due_at


def test_a_day_that_has_a_digest_or_will_have_one_is_refused(
    press: Press, schedule: Schedule
) -> None:
    moved = replanning.move_planned(schedule, FRIDAY, SIX - DAY, now=NOON)
    press.digest(schedule.newsletter, local_date=FRIDAY - 2 * DAY)
    for due_at in (SIX - 2 * DAY, SIX + 7 * DAY):
        with pytest.raises(replanning.Refused, match="Move or skip that one first"):
            replanning.move(moved.pk, due_at, now=NOON)
    assert Digest.objects.get(pk=moved.pk).due_at == SIX - DAY


def test_the_past_and_what_is_under_way_are_refused(press: Press, schedule: Schedule) -> None:
    with pytest.raises(replanning.Refused, match="That time has passed"):
        replanning.move_planned(schedule, FRIDAY, NOON, now=NOON)
    assert not Digest.objects.exists()  # nothing was made on the way
    frozen = press.frozen(press.newsletter())
    with pytest.raises(replanning.Refused, match="under way or done"):
        replanning.move(frozen.pk, NOON + DAY, now=NOON)


def test_what_is_put_together_already_is_not_put_together_again(press: Press) -> None:
    digest = press.digest(press.newsletter())
    before = digest.assemble_at
    moved = replanning.move(digest.pk, NOON + timedelta(hours=2), now=NOON)
    assert (moved.assemble_at, moved.deadline_at) == (
        before,
        digest.deadline_at + timedelta(hours=2),
    )


# --- By hand ---------------------------------------------------------------------------------------


def test_made_by_hand_on_a_day_without_one_it_is_assembled_in_time(schedule: Schedule) -> None:
    tuesday = date(2026, 11, 24)
    made = replanning.make(schedule, tuesday, now=NOON)
    assert (made.local_date, made.due_at) == (tuesday, SIX - 3 * DAY)
    assert planning.to_assemble(now=made.assemble_at) == [made.pk]
    with pytest.raises(replanning.Refused, match="has a digest of Tue 24 Nov 2026 already"):
        replanning.make(schedule, tuesday, now=NOON)
    with pytest.raises(replanning.Refused, match="That day has passed"):
        replanning.make(schedule, date(2026, 11, 22), now=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_hand_and_a_tick_at_once_make_one_digest(press: Press) -> None:
    schedule = press.schedule(press.newsletter("Good News"), weekdays=[4])
    at_once(
        lambda: bool(planning.plan_due(now=SIX - LEAD)),
        lambda: bool(replanning.skip_planned(schedule, FRIDAY, "", by="anna", now=SIX - LEAD)),
        lambda: bool(planning.plan_due(now=SIX - LEAD)),
    )
    assert states() == {FRIDAY: DigestState.SKIPPED}
