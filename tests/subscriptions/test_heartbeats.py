"""Who did what when, by the database's clock; and who does it next."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import F

from subscriptions import heartbeats
from subscriptions.clock import database_now
from subscriptions.models import Heartbeat
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


def turn() -> bool:
    return heartbeats.take_turn("tick", after=30, every=10)


def age(seconds: float) -> None:
    Heartbeat.objects.update(at=database_now() - timedelta(seconds=seconds))


def test_whoever_is_rung_for_leaves_no_turn_to_others() -> None:
    heartbeats.note("tick", "errands")
    assert not turn()
    age(29)
    assert not turn()
    age(31)
    assert turn()
    assert not turn()
    assert set(Heartbeat.objects.values_list("name", "is_alone")) == {
        ("tick", True),
        ("errands", False),
    }


def test_who_did_it_alone_goes_on_as_often_as_a_bell_would_ring() -> None:
    assert turn()  # nobody ever has
    age(9)
    assert not turn()
    age(11)
    assert turn()
    heartbeats.note("tick")  # the bell rings again
    age(11)
    assert not turn()


def test_a_clock_that_was_ahead_once_stops_nothing() -> None:
    heartbeats.note("tick")
    Heartbeat.objects.update(at=F("at") + timedelta(days=365))
    assert turn()
    assert Heartbeat.objects.get().at < database_now() + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_has_the_turn() -> None:
    assert sorted(at_once(*[turn] * 8)) == [False] * 7 + [True]
    age(31)
    assert sorted(at_once(*[turn] * 8)) == [False] * 7 + [True]


def test_staff_are_told_once_until_it_works_again() -> None:
    fault = ValueError("no such zone")
    assert [heartbeats.failed("step x", fault) for _each in range(3)] == [True, False, False]
    assert Heartbeat.objects.get().failures == 3
    assert Heartbeat.objects.get().error == "ValueError: no such zone"
    heartbeats.worked(["step x"])
    assert (Heartbeat.objects.get().failures, Heartbeat.objects.get().error) == (0, "")
    assert heartbeats.failed("step x", fault)


def test_a_database_that_was_away_for_a_moment_is_no_news() -> None:
    away = OperationalError("terminating connection")
    assert [heartbeats.failed("step x", away) for _each in range(4)] == [False, False, True, False]


def test_what_an_error_says_fits_its_row() -> None:
    heartbeats.failed("step x", ValueError("ü\0" * 400))
    assert len(Heartbeat.objects.get().error) <= 300
