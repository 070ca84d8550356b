"""Calls a second, shared by all processes: as documented, as told, as learned. In a real Redis."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from types import MappingProxyType
from uuid import uuid4

import pytest

from digests.delivery.pace.pacing import LONGEST_NAP_SECONDS
from digests.delivery.pace.slice_sizes import slice_size
from subscriptions.mailing import call_bucket, token_bucket
from subscriptions.mailing.call_bucket import RateWords, rate_words
from subscriptions.mailing.mail import MailRoute, parse_mail_url
from subscriptions.mailing.services import all_services

pytestmark = pytest.mark.service

BEGIN = 1_000_000.25  # by the test's clock, in the midst of a second


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

    def call(self, at: float) -> bool:
        second = int(at)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        is_taken = self._count <= self.limit
        self.taken += is_taken
        self.refused += not is_taken
        return is_taken


def call_for(
    seconds: float,
    route: MailRoute,
    limiter: Limiter,
    headers: Mapping[str, str] = MappingProxyType({}),
    *,
    connections: int = 1,
    answers_after: float = 0.02,
    begin: float = BEGIN,
) -> None:
    """As so many connections do, of however many processes: what they share is in Redis. The test turns the clock."""
    due = [(begin + 0.001 * number, number) for number in range(connections)]
    while due[0][0] < begin + seconds:
        now, number = heappop(due)
        grant = call_bucket.take(route, 1, at=now)
        pause = min(grant.wait_seconds, LONGEST_NAP_SECONDS)
        if grant.number:
            pause = answers_after
            if not limiter.call(now):
                call_bucket.note_refused(route, 1, at=now + pause)
            elif (words := rate_words(headers)) or grant.refusals:
                call_bucket.note_told(route, words, at=now + pause)
        heappush(due, (now + max(pause, 0.001), number))


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
    call_for(30, route, limiter, headers, connections=2)
    assert limiter.taken >= 20 * 30 * 0.9
    assert limiter.refused <= 3


@pytest.mark.parametrize("connections", [1, 3, 8])
@pytest.mark.parametrize("answers_after", [0.3, 1.2])
def test_two_calls_a_second_of_a_hundred_readers_each(
    connections: int, answers_after: float
) -> None:
    """Resend's limits. Where an answer takes longer than a call may be apart, one connection cannot reach them."""
    limiter, route = Limiter(2), way("resend://KEY@")
    call_for(40, route, limiter, connections=connections, answers_after=answers_after)
    readers = limiter.taken * slice_size(all_services()["resend"])
    possible = 2 * 100 * min(1, connections * 0.5 / answers_after)
    assert readers >= 40 * possible * 0.8
    assert limiter.refused <= 3


def test_a_limit_that_nobody_told_is_learned() -> None:
    limiter, route = Limiter(20), way()
    call_for(20, route, limiter, connections=2)  # learns
    limiter.taken = limiter.refused = 0
    call_for(30, route, limiter, connections=2, begin=BEGIN + 20)
    assert limiter.taken >= 20 * 30 * 0.8
    assert limiter.refused <= 8


def test_a_refusal_costs_its_own_wait_and_no_more() -> None:
    route = way()
    assert call_bucket.take(route, 1, at=BEGIN).number == 1
    assert call_bucket.note_refused(route, 7, at=BEGIN) == 1
    assert call_bucket.take(route, 1, at=BEGIN + 1).wait_seconds == pytest.approx(6)
    assert call_bucket.take(route, 1, at=BEGIN + 7.01).number == 1


def test_refusals_of_calls_that_were_under_way_together_count_once() -> None:
    route = way()
    assert [call_bucket.note_refused(route, 30) for _call in range(5)] == [1] * 5


def test_refusals_in_a_row_are_counted_until_one_is_taken() -> None:
    route = way()
    assert [call_bucket.note_refused(route, 1, at=BEGIN + 5 * call) for call in range(3)] == [
        1,
        2,
        3,
    ]
    assert call_bucket.take(route, 1, at=BEGIN + 60).refusals == 3
    call_bucket.note_told(route, None, at=BEGIN + 60)
    assert call_bucket.take(route, 1, at=BEGIN + 120).refusals == 0
    assert call_bucket.note_refused(route, 1, at=BEGIN + 120) == 1


def test_none_left_is_waited_out() -> None:
    route = way()
    call_bucket.note_told(route, RateWords(left=3), at=BEGIN)
    call_bucket.note_told(route, RateWords(left=0, reset_seconds=5), at=BEGIN)
    assert call_bucket.take(route, 1, at=BEGIN).wait_seconds == pytest.approx(5)


def test_none_left_that_is_said_always_is_not_believed() -> None:
    route = way()
    for _answer in range(3):
        call_bucket.note_told(route, RateWords(left=0, reset_seconds=60))
    assert call_bucket.take(route, 1).number == 1


def test_a_single_mail_may_be_ahead_of_its_time_and_a_digest_waits_for_it() -> None:
    route = way("resend://KEY@")
    assert call_bucket.take(route, 1, at=BEGIN).number == 1
    alone = call_bucket.take(route, 1, at=BEGIN)
    assert alone.number == 0
    assert call_bucket.take(route, 1, is_single=True, at=BEGIN).number == 1
    assert call_bucket.take(route, 1, is_single=True, at=BEGIN).number == 1
    assert call_bucket.take(route, 1, is_single=True, at=BEGIN).number == 0
    assert call_bucket.take(route, 1, at=BEGIN).wait_seconds > alone.wait_seconds + 1


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
