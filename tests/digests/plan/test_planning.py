"""From schedules to dated digests: on time, late, moved, paused, and never twice."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from digests.choices import ApprovalRule, DigestState
from digests.delivery import freezing
from digests.models import Alert, Digest, Schedule
from digests.plan import planning, replanning
from subscriptions.choices import NewsletterState
from subscriptions.models import Letter, Newsletter, Publisher
from tests.at_once import at_once
from tests.builders import MONDAY_NOON as NOON
from tests.builders import Press

# Six in the morning of Paris on 24 November, in UTC: the first occurrence after NOON of the 23rd.
SIX = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
LEAD = timedelta(hours=12)
TICK = timedelta(seconds=10)


def states() -> dict[date, str]:
    return dict(Digest.objects.order_by("local_date").values_list("local_date", "state"))


def day(number: int) -> date:
    return date(2026, 11, number)


def with_alerts() -> None:
    Publisher.objects.update(alert_address="desk@example.org")


def test_a_digest_is_made_when_its_assembly_is_due_and_not_before(press: Press) -> None:
    press.schedule(press.newsletter())
    assert planning.plan_due(now=SIX - LEAD - TICK) == []

    (made,) = planning.plan_due(now=SIX - LEAD)

    digest = Digest.objects.get(pk=made)
    assert (digest.local_date, digest.slot, digest.state) == (day(24), "main", DigestState.DRAFT)
    assert (digest.assemble_at, digest.deadline_at, digest.due_at, digest.miss_at) == (
        SIX - LEAD,
        SIX - timedelta(minutes=15),
        SIX,
        SIX + timedelta(hours=2),
    )
    assert planning.to_assemble(now=SIX - LEAD) == [made]


def test_ticks_again_and_again_make_one_digest_a_day(press: Press) -> None:
    press.schedule(press.newsletter())
    for hours in range(0, 96, 6):
        planning.plan_due(now=NOON + timedelta(hours=hours))
    assert list(states()) == [day(24), day(25), day(26), day(27)]


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_one_digest(press: Press) -> None:
    schedules = [press.schedule(press.newsletter(f"Letter {n}")) for n in range(3)]
    made = at_once(*[lambda: planning.plan_due(now=SIX)] * 4)
    assert len([pk for ids in made for pk in ids]) == Digest.objects.count() == len(schedules)


def test_a_new_schedule_misses_nothing_of_the_time_before_it(press: Press) -> None:
    press.schedule(press.newsletter(), planned_until=SIX + timedelta(minutes=1), lead_minutes=60)
    assert planning.plan_due(now=SIX + timedelta(minutes=1)) == []
    assert not Alert.objects.exists()


def test_only_the_weekdays_of_the_schedule_have_digests(press: Press) -> None:
    press.schedule(press.newsletter(), weekdays=[4])  # Fridays
    planning.plan_due(now=NOON + timedelta(days=6))
    planning.plan_due(now=NOON + timedelta(days=13))
    assert list(states()) == [day(27), date(2026, 12, 4)]


def test_no_digest_is_made_before_the_first_day(press: Press) -> None:
    press.schedule(press.newsletter(), starts_on=day(26))
    planning.plan_due(now=SIX + timedelta(days=2))
    assert list(states()) == [day(26)]


def test_two_slots_of_a_day_are_two_digests(press: Press) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    press.schedule(newsletter, slot="evening", local_time=time(18, 0))
    planning.plan_due(now=SIX)
    assert set(Digest.objects.values_list("local_date", "slot")) == {
        (day(23), "evening"),
        (day(24), "main"),
        (day(24), "evening"),
    }


# --- Outages ---------------------------------------------------------------------------------------


def test_after_five_minutes_away_the_digest_still_goes_out(press: Press) -> None:
    press.schedule(press.newsletter())
    (made,) = planning.plan_due(now=SIX + timedelta(minutes=5))
    assert states() == {day(24): DigestState.DRAFT}
    assert planning.to_assemble(now=SIX + timedelta(minutes=5)) == [made]
    assert not Alert.objects.exists()


def test_after_five_hours_away_the_digest_is_missed_and_said_so_once(press: Press) -> None:
    with_alerts()
    press.schedule(press.newsletter())
    late = SIX + timedelta(hours=5)
    for _tick in range(3):
        planning.plan_due(now=late)
        planning.mark_missed(now=late)

    assert states() == {day(24): DigestState.MISSED}
    assert Alert.objects.get().text == (
        "It should have gone out at 06:00 (Europe/Paris), and nothing was running then."
    )
    assert Letter.objects.get().address == "desk@example.org"


def test_after_three_days_away_every_missed_day_is_on_record_and_the_next_is_planned(
    press: Press,
) -> None:
    press.schedule(press.newsletter())
    planning.plan_due(now=SIX + timedelta(days=2, hours=20))
    assert states() == {
        day(24): DigestState.MISSED,
        day(25): DigestState.MISSED,
        day(26): DigestState.MISSED,
        day(27): DigestState.DRAFT,
    }


@pytest.mark.parametrize("state", [DigestState.DRAFT, DigestState.HELD])
def test_a_digest_that_nobody_released_in_time_is_missed_with_its_reason(
    press: Press, state: DigestState
) -> None:
    digest = press.digest(
        press.newsletter(), state=state, reason="note", reason_facts={"text": "Too few stories."}
    )
    assert planning.mark_missed(now=digest.miss_at - TICK) == []
    assert planning.mark_missed(now=digest.miss_at) == [digest.pk]
    assert planning.mark_missed(now=digest.miss_at) == []
    assert Alert.objects.get().text == "Nobody released it in time. Too few stories."


# --- A clock that is wrong for a while ---------------------------------------------------------------


A_YEAR = timedelta(days=365)


def test_a_clock_a_year_ahead_puts_a_week_on_record_and_not_a_year(press: Press) -> None:
    press.schedule(press.newsletter())
    planning.plan_due(now=SIX + A_YEAR)
    assert Counter(states().values()) == {DigestState.MISSED: 6, DigestState.DRAFT: 1}


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=40), A_YEAR])
def test_once_the_clock_is_right_every_day_has_its_digest_again(
    press: Press, ahead: timedelta
) -> None:
    with_alerts()
    newsletter = press.newsletter()
    press.schedule(newsletter)
    planning.plan_due(now=SIX - LEAD)

    planning.plan_due(now=SIX + ahead)
    planning.mark_missed(now=SIX + ahead)
    assert states()[day(24)] == DigestState.MISSED
    for hours in range(-12, 72, 3):
        planning.plan_due(now=SIX + timedelta(hours=hours))

    found = states()
    assert [found[day(number)] for number in (24, 25, 26, 27)] == [DigestState.DRAFT] * 4
    assert not Alert.objects.filter(
        cleared_at=None, digest__local_date__in=[day(24), day(25)]
    ).exists()


def test_an_approved_digest_that_a_wrong_clock_gave_up_is_approved_again(press: Press) -> None:
    newsletter = press.newsletter()
    digest = press.approved(newsletter, local_date=day(24), due_at=SIX)
    assert freezing.freeze(digest.pk, now=SIX + A_YEAR) is freezing.Freeze.MISSED
    planning.plan_due(now=SIX - timedelta(hours=1))
    assert states() == {day(24): DigestState.APPROVED}
    assert Alert.objects.get().cleared_at is not None


def test_what_was_missed_stays_missed(press: Press) -> None:
    digest = press.digest(press.newsletter())
    planning.mark_missed(now=digest.miss_at)
    planning.plan_due(now=digest.miss_at + TICK)
    assert list(states().values()) == [DigestState.MISSED]


# --- Paused newsletters ------------------------------------------------------------------------------


def test_a_paused_newsletter_has_no_digests_and_misses_none(press: Press) -> None:
    newsletter = press.newsletter(state=NewsletterState.PAUSED)
    press.schedule(newsletter)
    for days in range(1, 40):
        planning.plan_due(now=NOON + timedelta(days=days))
    assert not Digest.objects.exists()

    Newsletter.objects.update(state=NewsletterState.LIVE)
    planning.plan_due(now=NOON + timedelta(days=39, hours=8))

    assert states() == {date(2027, 1, 2): DigestState.DRAFT}
    assert not Alert.objects.exists()


def test_a_schedule_that_was_switched_off_misses_nothing(press: Press) -> None:
    schedule = press.schedule(press.newsletter(), is_active=False)
    planning.plan_due(now=SIX + timedelta(days=5))
    Schedule.objects.update(is_active=True)
    planning.plan_due(now=SIX + timedelta(days=5, seconds=10))
    assert DigestState.MISSED not in states().values()
    schedule.refresh_from_db()
    assert schedule.planned_until > SIX + timedelta(days=5)


def test_one_schedule_that_cannot_be_read_stops_no_other(
    press: Press, caplog: pytest.LogCaptureFixture
) -> None:
    broken = press.schedule(press.newsletter("Broken"), zone="Mars/Olympus")
    press.schedule(press.newsletter("Sound"))
    assert len(planning.plan_due(now=SIX)) == 1
    assert f"Schedule {broken.pk} cannot be planned." in caplog.text


# --- Schedules that change ---------------------------------------------------------------------------


def changed(schedule: Schedule, now: datetime, **fields: object) -> int:
    for name, value in fields.items():
        setattr(schedule, name, value)
    schedule.save()
    return planning.follow_schedule(schedule, now=now)


def test_a_moved_schedule_keeps_its_slot_and_moves_the_digest_to_come(press: Press) -> None:
    schedule = press.schedule(press.newsletter())
    planning.plan_due(now=SIX - LEAD)

    assert changed(schedule, SIX - LEAD, local_time=time(7, 0)) == 1
    planning.plan_due(now=SIX - LEAD)

    digest = Digest.objects.get()
    hour = timedelta(hours=1)
    assert (digest.slot, digest.due_at, digest.miss_at) == ("main", SIX + hour, SIX + 3 * hour)
    assert digest.deadline_at == SIX + timedelta(minutes=45)


def test_a_time_moved_after_the_digest_went_out_sends_nothing_twice(press: Press) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    press.reader(newsletter)
    sent = press.frozen(newsletter, local_date=day(24), due_at=SIX, schedule=schedule)
    half_past = SIX + timedelta(minutes=30)

    assert changed(schedule, half_past, local_time=time(7, 0)) == 0
    planning.plan_due(now=SIX + timedelta(hours=1))

    assert Digest.objects.get(local_date=day(24)).due_at == sent.due_at
    assert Digest.objects.filter(local_date=day(24)).count() == 1


def test_a_time_moved_into_the_past_leaves_todays_digest_where_it_is(press: Press) -> None:
    schedule = press.schedule(press.newsletter())
    planning.plan_due(now=SIX - LEAD)
    assert changed(schedule, SIX - timedelta(minutes=30), local_time=time(5, 0)) == 0
    planning.plan_due(now=SIX - timedelta(minutes=20))
    assert Digest.objects.get(local_date=day(24)).due_at == SIX


def test_a_new_rule_holds_for_the_digest_that_is_made_already(press: Press) -> None:
    schedule = press.schedule(press.newsletter())
    planning.plan_due(now=SIX - LEAD)
    assert changed(schedule, SIX - LEAD, approval_rule=ApprovalRule.SKIP) == 1
    assert Digest.objects.get().approval_rule == ApprovalRule.SKIP
    assert changed(schedule, SIX - LEAD) == 0


def test_an_edit_after_an_outage_hides_nothing_that_was_missed(press: Press) -> None:
    schedule = press.schedule(press.newsletter())
    late = SIX + timedelta(hours=5)
    changed(schedule, late, deadline_minutes=20)
    planning.plan_due(now=late)
    assert states() == {day(24): DigestState.MISSED}


def test_a_digest_rescheduled_by_hand_is_not_moved_back_by_its_schedule(press: Press) -> None:
    schedule = press.schedule(press.newsletter())
    planning.plan_due(now=SIX - LEAD)
    digest = Digest.objects.get()
    nine = SIX + timedelta(hours=3)
    replanning.move(digest.pk, nine, now=SIX - LEAD)

    changed(schedule, SIX - LEAD, local_time=time(7, 0))

    digest.refresh_from_db()
    assert (digest.due_at, digest.deadline_at) == (nine, nine - timedelta(minutes=15))


# --- By hand -------------------------------------------------------------------------------------------


def test_by_hand_a_digest_is_found_or_made_once(press: Press) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    first = planning.digest_for(newsletter, day(24), "main", now=NOON)
    assert (first.due_at, planning.digest_for(newsletter, day(24), "main", now=NOON)) == (
        SIX,
        first,
    )


def test_by_hand_a_digest_whose_time_has_passed_waits_for_an_editor(press: Press) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    digest = planning.digest_for(newsletter, None, "main", now=NOON)
    assert digest.local_date == day(23)
    assert digest.due_at < NOON < digest.deadline_at <= digest.miss_at < digest.expires_at


@pytest.mark.parametrize(
    ("slot", "zone", "wanted", "words"),
    [
        ("noon", "Europe/Paris", day(24), "no schedule with the slot 'noon'"),
        ("main", "Pacific/Apia", date(2011, 12, 30), "no day of the calendar of Pacific/Apia"),
    ],
)
def test_by_hand_what_cannot_be_planned_is_said(
    press: Press, slot: str, zone: str, wanted: date, words: str
) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter, zone=zone)
    with pytest.raises(planning.CannotPlan, match=words):
        planning.digest_for(newsletter, wanted, slot, now=NOON)


# --- At each reader's local time -----------------------------------------------------------------------


KIRITIMATIS_SIX = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_at_local_time_everything_counts_from_the_first_clocks_of_the_world(press: Press) -> None:
    press.schedule(press.newsletter(), is_local_time=True)
    assert planning.plan_due(now=KIRITIMATIS_SIX - LEAD - TICK) == []
    (made,) = planning.plan_due(now=KIRITIMATIS_SIX - LEAD)

    digest = Digest.objects.get(pk=made)
    assert (digest.local_date, digest.local_time) == (day(24), time(6, 0))
    assert (digest.assemble_at, digest.deadline_at, digest.due_at) == (
        KIRITIMATIS_SIX - LEAD,
        KIRITIMATIS_SIX - timedelta(minutes=15),
        KIRITIMATIS_SIX,
    )
    last = KIRITIMATIS_SIX + timedelta(hours=26)
    assert (digest.miss_at, digest.expires_at) == (
        last + timedelta(hours=2),
        last + timedelta(hours=8),
    )


def test_at_local_time_ticks_again_and_again_make_one_digest_a_day(press: Press) -> None:
    press.schedule(press.newsletter(), is_local_time=True)
    for hours in range(0, 96, 6):
        planning.plan_due(now=NOON + timedelta(hours=hours))
    assert list(states()) == [day(24), day(25), day(26), day(27), day(28)]


def test_a_schedule_that_becomes_local_moves_what_is_still_to_come_and_makes_nothing_twice(
    press: Press,
) -> None:
    schedule = press.schedule(press.newsletter(), lead_minutes=48 * 60)
    planning.plan_due(now=NOON)  # the 24th and the 25th
    schedule.is_local_time = True
    schedule.save()
    now = KIRITIMATIS_SIX + TICK  # too late for the 24th: in Kiritimati it is past six
    assert planning.follow_schedule(schedule, now=now) == 1
    planning.plan_due(now=now)
    assert list(states()) == [day(24), day(25), day(26)]
    kept, moved, _made = Digest.objects.order_by("local_date")
    assert (kept.due_at, kept.local_time) == (SIX, None)
    assert (moved.due_at, moved.local_time) == (KIRITIMATIS_SIX + timedelta(days=1), time(6, 0))


def test_a_digest_made_by_hand_still_reaches_those_whose_time_is_to_come(press: Press) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter, is_local_time=True)
    digest = planning.digest_for(newsletter, day(24), "main", now=SIX)
    assert digest.local_time == time(6, 0)
    assert digest.due_at < SIX < digest.deadline_at
    assert digest.miss_at >= digest.last_due_at
    assert digest.expires_at - digest.last_due_at >= timedelta(hours=8)


def test_moving_a_local_digest_by_hand_sends_it_to_all_at_once(press: Press) -> None:
    press.schedule(press.newsletter(), is_local_time=True)
    planning.plan_due(now=KIRITIMATIS_SIX - LEAD)
    at = SIX + timedelta(hours=1)
    replanning.move(Digest.objects.get().pk, at, now=NOON)
    digest = Digest.objects.get()
    assert (digest.local_time, digest.due_at) == (None, at)
    assert (digest.miss_at, digest.expires_at) == (
        at + timedelta(hours=2),
        at + timedelta(hours=8),
    )
