"""What the calendar shows: what was, what is and what will be, in its own zone, in a fixed number of queries."""

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.choices import DigestState
from digests.models import Preflight
from digests.plan import planning
from digests.plan.calendar import Day, days, occurrence
from subscriptions.models import Newsletter
from tests.builders import MONDAY_NOON as NOON
from tests.builders import Press

MONDAY = date(2026, 11, 23)
ONE = timedelta(days=1)


def week(**options: int) -> list[Day]:
    return days(MONDAY, MONDAY + 7 * ONE, now=NOON, zone="Europe/Paris", **options)


def told(shown: list[Day]) -> dict[int, list[str]]:
    return {
        day.day.day: [
            f"{entry.clock} {entry.newsletter} {entry.digest.state if entry.digest else 'planned'}"
            for entry in day.entries
        ]
        for day in shown
        if day.entries
    }


def test_digests_and_what_schedules_will_make_stand_on_their_days(press: Press) -> None:
    briefing, weekly = press.newsletter(), press.newsletter("Good News")
    press.schedule(briefing, weekdays=[0, 1, 2])
    press.schedule(weekly, weekdays=[4], local_time=time(16, 0))
    press.digest(briefing, state=DigestState.MISSED)
    planning.plan_due(now=NOON + timedelta(hours=12))
    assert told(week()) == {
        23: ["13:00 Morning Briefing missed"],
        24: ["06:00 Morning Briefing draft"],
        25: ["06:00 Morning Briefing planned"],
        27: ["16:00 Good News planned"],
    }
    assert told(week(newsletter_id=weekly.pk)) == {27: ["16:00 Good News planned"]}


def test_today_is_that_of_the_house_and_a_day_that_of_the_newsletter(press: Press) -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # it is Tuesday in Paris
    newsletter = press.newsletter()
    press.schedule(newsletter, zone="America/Los_Angeles", local_time=time(20, 0))
    shown = days(MONDAY, MONDAY + 7 * ONE, now=late, zone="Europe/Paris")
    assert [day.day for day in shown if day.is_today] == [MONDAY + ONE]
    # Eight in the evening of Monday is in the night to Tuesday here, and Monday's all the same.
    first = next(entry for day in shown for entry in day.entries)
    assert (first.day, first.clock, first.zone) == (MONDAY, "20:00", "America/Los_Angeles")


def test_newsletters_at_rest_and_days_before_the_first_plan_nothing(press: Press) -> None:
    press.schedule(press.newsletter(), starts_on=MONDAY + 3 * ONE)
    press.schedule(press.newsletter("Paused", state="paused"))
    press.schedule(press.newsletter("Off"), is_active=False)
    assert sorted(told(week())) == [26, 27, 28, 29]


def test_what_needs_a_person_is_told_from_what_does_not(press: Press) -> None:
    newsletter = press.newsletter()
    for place, state in enumerate(["held", "missed", "skipped", "draft"]):
        press.digest(newsletter, local_date=MONDAY + place * ONE, state=state)
    blocked = press.digest(newsletter, local_date=MONDAY + 4 * ONE)
    Preflight.objects.create(digest=blocked, ran_at=NOON, blocking=1)
    assert [day.alarming for day in week()] == [1, 1, 0, 0, 1, 0, 0]


def test_each_entry_says_what_comes_next(press: Press) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    press.digest(newsletter)
    press.digest(newsletter, local_date=MONDAY + ONE, assembled_at=None)
    press.digest(
        newsletter,
        local_date=MONDAY + 2 * ONE,
        state="skipped",
        reason="note",
        reason_facts={"text": "A holiday."},
    )
    assert [entry.says for day in week()[:4] for entry in day.entries] == [
        "to be approved by 12:45",
        "assembled at 01:00",
        "A holiday.",
        "assembled at Wed 25 Nov, 18:00",
    ]


def test_only_an_occurrence_to_come_can_be_planned_by_hand(press: Press) -> None:
    schedule = press.schedule(press.newsletter(), weekdays=[1])
    assert occurrence(schedule, MONDAY, now=NOON) is None
    assert occurrence(schedule, MONDAY - 6 * ONE, now=NOON) is None
    found = occurrence(schedule, MONDAY + ONE, now=NOON)
    assert found is not None
    assert found.clock == "06:00"


def test_the_number_of_queries_does_not_grow_with_the_newsletters(press: Press) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            told(week())
            [entry.says for day in week() for entry in day.entries]
        return len(captured) // 2

    def house(number: int) -> None:
        for place in range(number):
            newsletter = press.newsletter(f"Letter {Newsletter.objects.count()} {place}")
            press.schedule(newsletter)
            Preflight.objects.create(digest=press.digest(newsletter), ran_at=NOON)

    house(2)
    few = queries()
    house(40)
    assert queries() == few <= 3
