from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.timing import Kind, Resolved, occurrences, resolve

EVERY_DAY = range(7)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "utc", "kind"),
    [
        ("Europe/Paris", "2026-07-01T06:00", "2026-07-01T04:00", Kind.EXACT),
        ("Europe/Paris", "2026-01-31T06:00", "2026-01-31T05:00", Kind.EXACT),
        ("Europe/Paris", "2026-03-29T01:59", "2026-03-29T00:59", Kind.EXACT),
        ("Europe/Paris", "2026-03-29T02:00", "2026-03-29T01:00", Kind.SHIFTED),
        ("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:30", Kind.SHIFTED),
        ("Europe/Paris", "2026-03-29T03:00", "2026-03-29T01:00", Kind.EXACT),
        ("Europe/Paris", "2026-10-25T01:59", "2026-10-24T23:59", Kind.EXACT),
        ("Europe/Paris", "2026-10-25T02:00", "2026-10-25T00:00", Kind.REPEATED),
        ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30", Kind.REPEATED),
        ("Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00", Kind.EXACT),
        ("America/New_York", "2026-03-07T07:00", "2026-03-07T12:00", Kind.EXACT),
        ("America/New_York", "2026-03-08T07:00", "2026-03-08T11:00", Kind.EXACT),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30", Kind.SHIFTED),
        ("America/New_York", "2026-10-31T07:00", "2026-10-31T11:00", Kind.EXACT),
        ("America/New_York", "2026-11-01T07:00", "2026-11-01T12:00", Kind.EXACT),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", Kind.REPEATED),
        # Lord Howe moves by half an hour.
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:40", Kind.SHIFTED),
        ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30", Kind.EXACT),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", Kind.REPEATED),
        ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30", Kind.EXACT),
        # Midnight itself is missing.
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00", Kind.SHIFTED),
        ("Africa/Cairo", "2026-04-24T00:30", "2026-04-23T22:30", Kind.SHIFTED),
        ("Africa/Cairo", "2026-10-29T23:30", "2026-10-29T20:30", Kind.REPEATED),
        ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00", Kind.SHIFTED),
        ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30", Kind.REPEATED),
        # The hour before midnight is missing, and the day after takes it.
        ("America/Nuuk", "2026-03-28T23:30", "2026-03-29T01:30", Kind.SHIFTED),
        ("Asia/Kathmandu", "2026-06-15T06:00", "2026-06-15T00:15", Kind.EXACT),
        ("Pacific/Kiritimati", "2026-06-15T06:00", "2026-06-14T16:00", Kind.EXACT),
        ("Pacific/Pago_Pago", "2026-06-15T06:00", "2026-06-15T17:00", Kind.EXACT),
        ("Europe/London", "2028-02-29T06:00", "2028-02-29T06:00", Kind.EXACT),
        ("Asia/Tokyo", "2026-12-31T06:00", "2026-12-30T21:00", Kind.EXACT),
        ("Pacific/Apia", "2011-12-29T06:00", "2011-12-29T16:00", Kind.EXACT),
        ("Pacific/Apia", "2011-12-31T06:00", "2011-12-30T16:00", Kind.EXACT),
        ("UTC", "2026-06-15T06:00", "2026-06-15T06:00", Kind.EXACT),
    ],
)  # fmt: skip
def test_a_local_time_is_one_moment(zone: str, local: str, utc: str, kind: Kind) -> None:
    wanted = datetime.fromisoformat(local)
    found = resolve(wanted.date(), wanted.time(), ZoneInfo(zone))
    assert found == Resolved(moment(utc), kind)


@pytest.mark.parametrize("hour", range(24))
def test_the_day_that_samoa_left_out_has_no_moment(hour: int) -> None:
    assert resolve(date(2011, 12, 30), time(hour), ZoneInfo("Pacific/Apia")) is None


def test_the_first_and_the_last_place_on_earth_are_25_hours_apart() -> None:
    day, at_six = date(2026, 6, 15), time(6)
    first = resolve(day, at_six, ZoneInfo("Pacific/Kiritimati"))
    last = resolve(day, at_six, ZoneInfo("Pacific/Pago_Pago"))
    assert first
    assert last
    assert last.at - first.at == timedelta(hours=25)


def test_a_fold_in_the_given_time_changes_nothing() -> None:
    paris, day = ZoneInfo("Europe/Paris"), date(2026, 10, 25)
    assert resolve(day, time(2, 30, fold=1), paris) == resolve(day, time(2, 30), paris)


def test_occurrences_come_on_their_weekdays_in_order() -> None:
    found = list(
        occurrences(
            {0, 4}, time(6), ZoneInfo("Europe/Paris"), moment("2026-06-01"), moment("2026-06-13")
        )
    )
    assert found == [
        (date(2026, 6, 1), moment("2026-06-01T04:00")),
        (date(2026, 6, 5), moment("2026-06-05T04:00")),
        (date(2026, 6, 8), moment("2026-06-08T04:00")),
        (date(2026, 6, 12), moment("2026-06-12T04:00")),
    ]


def test_after_is_outside_and_until_is_inside() -> None:
    utc, six = ZoneInfo("UTC"), time(6)
    first, second = moment("2026-06-01T06:00"), moment("2026-06-02T06:00")
    assert list(occurrences(EVERY_DAY, six, utc, first, second)) == [(date(2026, 6, 2), second)]
    assert list(occurrences(EVERY_DAY, six, utc, second, second)) == []


def test_clock_changes_neither_skip_nor_double_a_day() -> None:
    for zone in ("Europe/Paris", "America/New_York", "Africa/Cairo", "America/Nuuk"):
        for at in (time(0), time(2, 30), time(7), time(23, 30)):
            found = list(
                occurrences(
                    EVERY_DAY, at, ZoneInfo(zone), moment("2026-01-01T12:00"), moment("2026-12-31")
                )
            )
            days = [day for day, _at in found]
            assert days == sorted(set(days))
            assert days[-1] - days[0] == timedelta(days=len(days) - 1)


def test_samoas_missing_day_is_left_out_and_its_neighbours_are_not() -> None:
    found = occurrences(
        EVERY_DAY, time(6), ZoneInfo("Pacific/Apia"), moment("2011-12-28"), moment("2012-01-01")
    )
    assert [day.day for day, _at in found] == [28, 29, 31, 1]


def test_the_31st_and_leap_day_come_only_where_they_exist() -> None:
    found = occurrences(
        EVERY_DAY, time(6), ZoneInfo("UTC"), moment("2027-01-01"), moment("2029-01-01")
    )
    days = [day for day, _at in found]
    assert sum(day.day == 31 for day in days) == 14
    assert [day for day in days if (day.month, day.day) == (2, 29)] == [date(2028, 2, 29)]


@given(
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    st.times(),
    st.sampled_from(
        ["Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Pacific/Apia"]
    ),
)
def test_only_shifted_times_show_another_clock(day: date, at: time, zone: str) -> None:
    found = resolve(day, at, ZoneInfo(zone))
    if found is None:
        assert (zone, day) == ("Pacific/Apia", date(2011, 12, 30))
        return
    shown = found.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    wanted = datetime.combine(day, at)
    assert (shown == wanted) == (found.kind is not Kind.SHIFTED)
    assert timedelta(0) <= shown - wanted <= timedelta(hours=1)
