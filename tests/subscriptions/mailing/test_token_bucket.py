"""One bucket for all processes, in a real Redis."""

import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection

from subscriptions.mailing import token_bucket, turns
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.token_bucket import RedisAway

pytestmark = pytest.mark.service

TAKER = """
import sys, time
import django
django.setup()
from subscriptions.mailing import token_bucket
from subscriptions.mailing.mail import MailRoute
route = MailRoute(sys.argv[1], "", rate=float(sys.argv[2]))
token_bucket.take(route, 1)
print("ready", flush=True)
sys.stdin.readline()
taken, end = 0, time.monotonic() + 1.5
while time.monotonic() < end:
    grant = token_bucket.take(route, 50)
    taken += grant.number
    time.sleep(min(grant.wait_seconds, 0.05))
print(taken, flush=True)
"""


@pytest.fixture(autouse=True)
def _redis_is_asked() -> Iterator[None]:
    token_bucket._away_until = 0.0
    yield
    token_bucket._away_until = 0.0


def route(rate: float) -> MailRoute:
    return MailRoute(f"test {uuid4().hex}", "", rate=rate)


def test_a_bucket_that_is_missing_starts_empty() -> None:
    grant = token_bucket.take(route(100), 50)
    assert grant.number == 0
    assert 0 < grant.wait_seconds < 1


def test_it_fills_by_its_rate_and_never_beyond_a_second() -> None:
    way = route(1000)
    token_bucket.take(way, 1)
    time.sleep(1.2)
    taken = sum(token_bucket.take(way, 50).number for _each in range(40))
    assert 850 <= taken <= 1200  # nine tenths of a second's mails, and what flows in meanwhile


def test_two_installations_on_one_redis_have_a_bucket_each(monkeypatch: pytest.MonkeyPatch) -> None:
    way = route(1000)
    token_bucket.take(way, 1)
    time.sleep(1.1)
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(connection.settings_dict, "NAME", "of_another_paper")
        assert token_bucket.take(way, 50).number == 0  # as new
    assert token_bucket.take(way, 50).number == 50


def test_a_tenth_is_kept_for_single_mails() -> None:
    way = route(20)
    token_bucket.take(way, 1)
    time.sleep(1.1)
    while token_bucket.take(way, 50).number:
        pass
    assert token_bucket.take(way, 1, is_single=True).number == 1


def test_a_slow_way_still_sends_now_and_then() -> None:
    way = route(0.5)
    grant = token_bucket.take(way, 50)
    assert grant.wait_seconds == pytest.approx(2.4, abs=0.1)  # one, and the kept tenth of two


def test_what_is_given_back_may_be_taken_again() -> None:
    way = route(100)
    token_bucket.take(way, 1)
    time.sleep(0.6)
    first = token_bucket.take(way, 50).number
    assert first
    token_bucket.give_back(way, first)
    assert token_bucket.take(way, 50).number >= first


def test_two_processes_together_take_no_more_than_the_rate() -> None:
    way = route(400)
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, way.name, "400"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _each in range(2)
    ]
    outs = [(taker.stdin, taker.stdout) for taker in takers]
    try:
        for _stdin, stdout in outs:
            assert stdout is not None
            assert stdout.readline() == "ready\n"
        for stdin, _stdout in outs:
            assert stdin is not None
            stdin.write("\n")
            stdin.flush()
        taken = [int(stdout.readline()) for _stdin, stdout in outs if stdout is not None]
    finally:
        for taker in takers:
            taker.communicate()
    assert all(taken)
    assert 0.5 * 1.5 * 400 <= sum(taken) <= 400 * (1.5 + 1 + 0.5)  # the burst, and starting apart


def test_a_redis_that_is_away_is_said_to_be_and_holds_no_single_mail_up(
    settings: LazySettings,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(RedisAway):
        token_bucket.take(route(1), 1)
    assert turns.wait(route(1), seconds=0)


def test_a_single_mail_waits_no_longer_than_it_is_told_to() -> None:
    assert not turns.wait(route(0.1), seconds=0.3)


def test_without_a_rate_nothing_is_asked(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert turns.wait(route(0), seconds=0)
    turns.give_back(route(0))
    assert token_bucket._away_until == 0
