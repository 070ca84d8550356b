"""Calls a second, shared by all processes: as documented, as told, as learned. In a real Redis."""

import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from subscriptions.mailing import call_bucket, token_bucket
from subscriptions.mailing.call_bucket import RateWords, rate_words
from subscriptions.mailing.mail import MailRoute, parse_mail_url


@pytest.fixture(autouse=True)
def _redis_is_asked() -> Iterator[None]:
    token_bucket._away_until = 0.0
    yield
    token_bucket._away_until = 0.0


def way(url: str = "mailgun://KEY@mg.example.org") -> MailRoute:
    route = parse_mail_url(url)
    return replace(route, name=f"{route.name} {uuid4().hex[:20]}")


class Limiter:
    """A service that takes so many calls in each second of its clock, and refuses what is more."""

    def __init__(self, limit: int) -> None:
        self.limit, self.taken, self.refused = limit, 0, 0
        self._second, self._count = 0, 0

    def call(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        is_taken = self._count <= self.limit
        self.taken += is_taken
        self.refused += not is_taken
        return is_taken


def call_for(seconds: float, route: MailRoute, limiter: Limiter, headers: dict[str, str]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        grant = call_bucket.take(route, 1)
        if not grant.number:
            time.sleep(min(grant.wait_seconds, 0.05))
        elif not limiter.call():
            call_bucket.note_refused(route, 1)
        elif words := rate_words(headers):
            call_bucket.note_told(route, words)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("mailgun://KEY@mg.example.org?calls=20", {}),
        (
            "mailgun://KEY@mg.example.org",
            {"ratelimit-limit": "20", "ratelimit-policy": "20;w=1", "ratelimit-remaining": "5"},
        ),
    ],
)
def test_nearly_all_that_a_service_allows_is_used(url: str, headers: dict[str, str]) -> None:
    limiter, route = Limiter(20), way(url)
    call_for(3.0, route, limiter, headers)
    assert limiter.taken >= 20 * 3 * 0.75  # the first second may be cut short
    assert limiter.refused <= 3


def test_a_limit_that_nobody_told_is_learned() -> None:
    limiter, route = Limiter(20), way()
    call_for(4.0, route, limiter, {})  # learns
    limiter.taken = limiter.refused = 0
    call_for(4.0, route, limiter, {})
    assert limiter.taken >= 20 * 4 * 0.6
    assert limiter.refused <= 4


def test_a_refusal_costs_its_own_wait_and_no_more() -> None:
    route = way()
    assert call_bucket.take(route, 1).number == 1
    assert call_bucket.note_refused(route, 0.5) == 1
    assert 0.3 < call_bucket.take(route, 1).wait_seconds <= 0.5
    time.sleep(0.55)
    assert call_bucket.take(route, 1).number == 1


def test_refusals_of_calls_that_were_under_way_together_count_once() -> None:
    route = way()
    assert [call_bucket.note_refused(route, 30) for _call in range(5)] == [1] * 5


def test_refusals_in_a_row_are_counted_until_one_is_taken() -> None:
    route = way()
    counts = []
    for _call in range(3):
        counts.append(call_bucket.note_refused(route, 0.01))
        time.sleep(0.03)
    assert counts == [1, 2, 3]
    call_bucket.note_told(route, RateWords())
    assert call_bucket.note_refused(route, 0.01) == 1


def test_none_left_is_waited_out() -> None:
    route = way()
    call_bucket.note_told(route, RateWords(left=3))
    call_bucket.note_told(route, RateWords(left=0, reset_seconds=5))
    assert 4 < call_bucket.take(route, 1).wait_seconds <= 5


def test_none_left_that_is_said_always_is_not_believed() -> None:
    route = way()
    for _answer in range(3):
        call_bucket.note_told(route, RateWords(left=0, reset_seconds=60))
    assert call_bucket.take(route, 1).number == 1


def test_a_single_mail_may_be_ahead_of_its_time() -> None:
    route = way("resend://KEY@")
    assert call_bucket.take(route, 1).number == 1
    assert call_bucket.take(route, 1).number == 0
    assert call_bucket.take(route, 1, is_single=True).number == 1


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, None),
        ({"ratelimit-remaining": "soon"}, None),
        ({"x-sib-ratelimit-remaining": "7", "x-sib-ratelimit-limit": "100"}, RateWords(0, 7, 0)),
        (
            {"ratelimit-remaining": "1", "ratelimit-limit": "2", "ratelimit-policy": "2;w=1"},
            RateWords(1.9, 1, 0),
        ),
        # As slow as nobody could mean, and as fast as nobody could be.
        ({"ratelimit-remaining": "1", "ratelimit-policy": "1;w=3600"}, RateWords(0, 1, 0)),
        ({"ratelimit-remaining": "1", "ratelimit-policy": "9999999999;w=1"}, RateWords(0, 1, 0)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "999999"}, RateWords(0, 0, 60)),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": "1795417205",
                "date": "Mon, 23 Nov 2026 07:00:00 GMT",  # their clock, wherever ours is
            },
            RateWords(0, 0, 5),
        ),
    ],
)
def test_what_an_answer_says_of_calls(headers: dict[str, str], words: RateWords | None) -> None:
    assert rate_words(headers) == words


def test_without_redis_a_process_takes_its_share() -> None:
    route = way("resend://KEY@")
    local = call_bucket.LocalCalls()
    assert local.take(route, 1, share=0.5).number == 1
    grant = local.take(route, 1, share=0.5)
    assert grant.number == 0
    assert grant.wait_seconds == pytest.approx(1 / (2 * 0.95 * 0.5), abs=0.1)
    local.note_refused(3)
    assert local.take(route, 1, share=1).wait_seconds > 2.9
