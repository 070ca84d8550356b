"""What a reader filled in, and what a robot did."""

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.form_times import stamp, time_on_screen
from subscriptions.forms import QUICKEST_READER, SignUpForm
from subscriptions.models import Newsletter
from tests.builders import NOON

OFFERED = [
    Newsletter(name="Morning Briefing", slug="morning-briefing"),
    Newsletter(name="Good News", slug="good-news"),
]


def filled(**changes: Any) -> SignUpForm:
    values = {
        "address": "reader@example.org",
        "newsletters": ["good-news"],
        "shown": stamp(NOON - timedelta(seconds=20)),
        "website": "",
    }
    return SignUpForm(_Posted(values | changes), offered=OFFERED, now=NOON)


class _Posted(dict[str, Any]):
    def getlist(self, name: str) -> list[str]:
        values: list[str] = self.get(name, [])
        return values


def test_a_filled_form_gives_an_address_and_newsletters() -> None:
    form = filled(newsletters=["good-news", "morning-briefing", "good-news"])
    assert form.is_valid()
    assert form.cleaned_data["address"] == "reader@example.org"
    assert form.cleaned_data["newsletters"] == [OFFERED[1], OFFERED[0]]
    assert not form.is_from_a_robot


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("address", "reader", "has an @"),
        ("newsletters", [], "at least one"),
        ("newsletters", ["good-news", "bad-news"], "no longer offered"),
        ("newsletters", ["good\x00news"], "no longer offered"),
        ("newsletters", ["1 OR 1=1"], "no longer offered"),
        ("shown", "", "once more"),
        ("shown", "1700000000000:forged", "once more"),
    ],
)
def test_each_error_stands_at_its_field_and_repeats_nothing(
    field: str, value: Any, word: str
) -> None:
    form = filled(**{field: value})
    assert list(form.errors) == [field]
    assert word in str(form.errors[field])
    assert "1=1" not in str(form.errors)


def test_who_fills_in_the_hidden_field_is_a_robot() -> None:
    form = filled(website="https://buy.example.org")
    assert form.is_valid()
    assert form.is_from_a_robot


@pytest.mark.parametrize(
    ("waited", "is_robot"),
    [
        (timedelta(0), True),
        (QUICKEST_READER - timedelta(milliseconds=1), True),
        (QUICKEST_READER, False),
        (timedelta(days=30), False),
    ],
)
def test_who_is_quicker_than_any_reader_is_a_robot(waited: timedelta, is_robot: bool) -> None:
    form = filled(shown=stamp(NOON - waited))
    assert form.is_valid()
    assert form.is_from_a_robot is is_robot


def test_a_time_is_known_to_the_millisecond() -> None:
    assert time_on_screen(stamp(NOON), now=NOON + timedelta(milliseconds=1500)) == timedelta(
        milliseconds=1500
    )
