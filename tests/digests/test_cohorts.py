"""One local time all over the world: never before the first clocks, never after the last, each zone by its own."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.cohorts import FIRST_ZONE, SPREAD, moments
from digests.timing import resolve

ZONES = sorted(available_timezones() - {"localtime"})
DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@settings(deadline=None, max_examples=40)
@given(day=DAYS, at=TIMES)
def test_no_zone_is_before_the_first_or_after_the_last(day: date, at: time) -> None:
    first = resolve(day, at, FIRST_ZONE)
    assert first is not None
    found = moments(day, at, "Europe/Paris")
    assert set(ZONES) <= set(found)
    # A zone that jumps over the day itself goes with home, which is within the same bounds.
    assert first.at <= min(found.values())
    assert max(found.values()) <= first.at + SPREAD


@given(day=DAYS, at=TIMES, zone=st.sampled_from(ZONES), home=st.sampled_from(ZONES))
@settings(deadline=None, max_examples=40)
def test_a_readers_clock_shows_the_time_or_has_jumped_over_it(
    day: date, at: time, zone: str, home: str
) -> None:
    found = moments(day, at, home)
    shown = found[zone].astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    exact = resolve(day, at, ZoneInfo(zone))
    if exact is None:
        assert found[zone] == found[""]
    elif shown != wanted:  # a gap: later by its length, as RFC 5545 has it
        assert timedelta(0) < shown - wanted <= timedelta(hours=2)


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Pacific/Kiritimati", "2026-03-28T16:30"),
        ("Pacific/Auckland", "2026-03-28T17:30"),
        ("Asia/Kathmandu", "2026-03-29T00:45"),
        ("Europe/Paris", "2026-03-29T04:30"),
        ("Pacific/Honolulu", "2026-03-29T16:30"),
        ("Pacific/Pago_Pago", "2026-03-29T17:30"),
    ],
)
def test_each_zone_has_its_own_moment(zone: str, utc: str) -> None:
    found = moments(date(2026, 3, 29), time(6, 30), "Europe/Paris")
    assert found[zone] == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_time_that_clocks_jump_over_comes_later_and_one_that_comes_twice_comes_first() -> None:
    spring = moments(date(2026, 3, 29), time(2, 30), "UTC")
    assert spring["Europe/Paris"] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 there
    autumn = moments(date(2026, 10, 25), time(2, 30), "UTC")
    assert autumn["Europe/Paris"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_zone_without_the_day_goes_with_home() -> None:
    found = moments(date(2011, 12, 30), time(6, 0), "Europe/Paris")
    assert found["Pacific/Apia"] == found[""] == datetime(2011, 12, 30, 5, 0, tzinfo=UTC)
