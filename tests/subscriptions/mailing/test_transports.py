"""A way out in trouble rests, returns by one connection, and is down when it fails again and again."""

from datetime import timedelta

import pytest

from subscriptions.mailing import transports
from subscriptions.mailing.mail import MailRoute
from subscriptions.models import TransportState
from tests.builders import NOON

pytestmark = pytest.mark.django_db
WAY = "smtp mail.example.org"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_way_that_nobody_complained_about_is_well() -> None:
    assert transports.standing_of(WAY, now=NOON) == transports.WELL


def test_after_trouble_it_rests_as_long_as_the_server_asks() -> None:
    transports.note_trouble(WAY, "429", rest_seconds=120, now=NOON)
    assert transports.standing_of(WAY, now=NOON + seconds(119)).rests
    later = transports.standing_of(WAY, now=NOON + seconds(121))
    assert (later.rests, later.connections, later.has_failed) == (False, 1, True)


def test_connections_that_fail_together_are_one_failure() -> None:
    for _connection in range(8):
        transports.note_trouble(WAY, "refused", rest_seconds=10, now=NOON)
    assert TransportState.objects.get().failures == 1


def test_each_failure_in_a_row_lets_it_rest_longer_and_the_third_is_down_once() -> None:
    now, rests, downs = NOON, [], []
    for _time in range(7):
        downs.append(transports.note_trouble(WAY, "refused", rest_seconds=10, now=now))
        until = TransportState.objects.get().rests_until
        rests.append((until - now).total_seconds())
        now = until
    assert rests == [10, 20, 40, 80, 160, 300, 300]
    assert downs == [False, False, True, False, False, False, False]
    assert transports.standing_of(WAY, now=now).is_down


def test_a_mail_taken_ends_it_but_not_within_the_rest() -> None:
    for _time in range(3):
        now = NOON + seconds(100 * _time)
        transports.note_trouble(WAY, "refused", rest_seconds=10, now=now)
    transports.note_success(WAY, now=now)  # of a connection from before
    assert transports.standing_of(WAY, now=now).is_down
    transports.note_success(WAY, now=now + seconds(60))
    standing = transports.standing_of(WAY, now=now + seconds(60))
    assert (standing.is_down, standing.has_failed, standing.connections) == (False, False, 1)


def test_it_grows_by_one_connection_at_a_time_until_it_is_well() -> None:
    transports.note_trouble(WAY, "4.7.28", rest_seconds=600, now=NOON)
    now = NOON + seconds(601)
    transports.grow(WAY, most=4, now=now + seconds(20))
    assert transports.standing_of(WAY, now=now).connections == 1  # nothing was taken yet
    transports.note_success(WAY, now=now)
    seen = []
    for step in range(6):
        at = now + seconds(10 * step)
        transports.grow(WAY, most=4, now=at)
        transports.grow(WAY, most=4, now=at)  # another worker, at the same moment
        seen.append(transports.standing_of(WAY, now=at).connections)
    assert seen == [1, 2, 3, None, None, None]


def test_an_old_trouble_slows_nobody_down() -> None:
    transports.note_trouble(WAY, "refused", rest_seconds=10, now=NOON)
    assert transports.standing_of(WAY, now=NOON + timedelta(hours=12)) == transports.WELL
    transports.note_trouble(WAY, "refused", rest_seconds=10, now=NOON + timedelta(hours=12))
    assert TransportState.objects.get().failures == 1


def test_letters_take_the_first_way_that_is_not_down() -> None:
    main, other = MailRoute(WAY, ""), MailRoute("mailgun", "")
    assert transports.usable([main, other], now=NOON) == main
    TransportState.objects.create(name=WAY, rests_until=NOON, grows_at=NOON, down_since=NOON)
    assert transports.usable([main, other], now=NOON) == other
    TransportState.objects.create(name="mailgun", rests_until=NOON, grows_at=NOON, down_since=NOON)
    assert transports.usable([main, other], now=NOON) == main
