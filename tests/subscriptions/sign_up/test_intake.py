"""What a visitor sent, what a robot did, and what either is told."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis

from subscriptions import redis_server
from subscriptions.choices import Disposable, NewsletterState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.mailing.suppression import address_hash, suppress
from subscriptions.models import Consent, Letter, Newsletter, SignUpBlock, Subscriber
from subscriptions.sign_up import rate_limits
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.intake import QUICKEST_READER, Answer, SignUpRequest, Verdict, request
from subscriptions.sign_up.mailboxes import mailbox_of
from subscriptions.sign_up.rate_limits import parse_limit
from tests.builders import NOON, Press
from tests.subscriptions.proving import proof_of

FROM = Evidence("page", "https://paper.example.org/story", "203.0.113.9")
ADDRESS = "reader@example.org"


@pytest.fixture(autouse=True)
def newsletters(press: Press, no_counts: None) -> None:
    press.newsletter("Morning Briefing")
    press.newsletter("Good News")


@pytest.fixture
def now(db: None) -> datetime:
    return database_now()


def filled(now: datetime, **changes: Any) -> SignUpRequest:
    values = {
        "address": ADDRESS,
        "newsletters": ["good-news"],
        "shown": stamp(now - timedelta(seconds=20)),
    }
    return SignUpRequest(**(values | changes))


def limit(settings: Settings, **limits: str) -> None:
    parsed = {name: parse_limit(name, text) for name, text in limits.items()}
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | parsed


def test_a_wish_is_taken_with_its_proof(now: datetime) -> None:
    answer = request(
        filled(now, newsletters=["good-news", "morning-briefing", "good-news"]), FROM, now=now
    )
    assert answer == Answer(Verdict.TAKEN, letter_id=Letter.objects.get().pk)
    assert {(each.form, each.ip) for each in Consent.objects.all()} == {("page", "203.0.113.9")}
    assert Consent.objects.count() == 2


def test_it_takes_one_statement_of_the_database(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        request(filled(now), FROM, now=now)


def test_letters_to_a_new_reader_are_in_the_language_of_the_page(now: datetime) -> None:
    request(filled(now, language="en"), FROM, now=now)
    request(filled(now, address="other@example.org", language="tlh\x00"), FROM, now=now)
    assert dict(Subscriber.objects.values_list("address", "language")) == {
        ADDRESS: "en",
        "other@example.org": "",
    }


@pytest.mark.parametrize(
    ("changes", "at", "word"),
    [
        ({"address": ""}, "address", "enter your email address"),
        ({"address": "reader"}, "address", "has an @"),
        ({"address": "a" * 300 + "@example.org"}, "address", "too long"),
        ({"address": "a" * 900_000}, "address", "too long"),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, "address", "does not look like"),
        ({"address": "a\x00b@example.org"}, "address", "does not look like"),
        ({"newsletters": []}, "newsletters", "at least one"),
        ({"newsletters": ["good-news", "bad-news"]}, "newsletters", "no longer available"),
        ({"newsletters": ["closed"]}, "newsletters", "no longer available"),
        ({"newsletters": ["good\x00news"]}, "newsletters", "no longer available"),
        ({"newsletters": ["good-news"] * 101}, "newsletters", "no longer available"),
        ({"newsletters": ["1 OR 1=1"]}, "newsletters", "no longer available"),
        ({"newsletters": ["x" * 100_000]}, "newsletters", "no longer available"),
        ({"shown": ""}, "shown", "try again"),
        ({"shown": "1700000000000:forged"}, "shown", "try again"),
    ],
)
def test_each_error_stands_at_its_field_and_repeats_nothing(
    press: Press, now: datetime, changes: dict[str, Any], at: str, word: str
) -> None:
    press.newsletter("Closed", state=NewsletterState.CLOSED)
    answer = request(filled(now, **changes), FROM, now=now)
    assert answer.verdict is Verdict.WRONG
    assert list(answer.errors) == [at]
    assert word in answer.errors[at]
    assert "1=1" not in answer.errors[at]
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("waited", "is_robot"),
    [
        (timedelta(0), True),
        (QUICKEST_READER - timedelta(milliseconds=1), True),
        (QUICKEST_READER, False),
        (timedelta(days=3), False),
    ],
)
def test_who_is_quicker_than_any_reader_is_a_robot(
    now: datetime, waited: timedelta, is_robot: bool
) -> None:
    answer = request(filled(now, shown=stamp(now - waited)), FROM, now=now)
    assert answer.verdict is Verdict.TAKEN
    assert Letter.objects.exists() is not is_robot


def test_who_fills_in_the_hidden_field_is_a_robot(now: datetime) -> None:
    assert request(filled(now, trap="https://buy.example.org"), FROM, now=now) == Answer(
        Verdict.TAKEN
    )
    assert not Subscriber.objects.exists()


def test_a_slip_is_asked_about_once(now: datetime) -> None:
    answer = request(filled(now, address="reader@outlok.com"), FROM, now=now)
    assert (answer.verdict, answer.suggestion) == (Verdict.DOUBTFUL, "reader@outlook.com")
    sure = request(filled(now, address="reader@outlok.com", is_sure=True), FROM, now=now)
    assert sure.verdict is Verdict.TAKEN
    assert Letter.objects.get().address == "reader@outlok.com"


def test_every_address_is_answered_alike(press: Press, now: datetime) -> None:
    press.reader(Newsletter.objects.get(slug="good-news"), address="known@example.org")
    suppress("suppressed@example.org", SuppressionReason.COMPLAINT, now=NOON)
    SignUpBlock.objects.create(
        address_hash=address_hash("blocked@example.org"), until=now + timedelta(days=1)
    )
    for kind in ("new", "known", "suppressed", "blocked"):
        answer = request(filled(now, address=f"{kind}@example.org"), FROM, now=now)
        assert replace(answer, letter_id=None) == Answer(Verdict.TAKEN)
    assert Letter.objects.get().address == "new@example.org"


def test_beyond_its_limit_an_address_is_answered_as_before_and_nothing_is_kept(
    settings: Settings, now: datetime
) -> None:
    limit(settings, address="2/hour")
    for slug in ("good-news", "good-news", "morning-briefing"):
        answer = request(filled(now, newsletters=[slug]), replace(FROM, ip=None), now=now)
        assert answer.verdict is Verdict.TAKEN
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    ("ip", "neighbour", "stranger"),
    [
        ("203.0.113.9", "203.0.113.200", "198.51.100.9"),
        ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
    ],
)
def test_a_network_is_asked_for_a_proof_and_then_refused(
    settings: Settings, now: datetime, ip: str, neighbour: str, stranger: str
) -> None:
    limit(settings, network="1:3/hour")

    def send(number: int, sender: str, **changes: Any) -> Answer:
        sent = filled(now, address=f"reader{number}@example.org", **changes)
        return request(sent, replace(FROM, ip=sender), now=now)

    assert send(1, ip).verdict is Verdict.TAKEN
    challenged = send(2, neighbour)
    assert challenged.verdict is Verdict.CHALLENGED
    assert send(2, neighbour, proof=proof_of(challenged)).verdict is Verdict.TAKEN
    refused = send(3, ip, proof=proof_of(challenged))
    assert (refused.verdict, refused.wait_seconds) == (Verdict.REFUSED, 3600)
    assert send(4, stranger).verdict is Verdict.TAKEN
    assert Letter.objects.count() == 3


@pytest.mark.parametrize("name", ["form", "all"])
def test_a_surge_asks_everybody_for_a_proof(settings: Settings, now: datetime, name: str) -> None:
    limit(settings, **{name: "2:9/minute"})
    evidence = replace(FROM, ip=None)
    verdicts = [
        request(filled(now, address=f"reader{number}@example.org"), evidence, now=now).verdict
        for number in range(3)
    ]
    assert verdicts == [Verdict.TAKEN, Verdict.TAKEN, Verdict.CHALLENGED]
    other = request(
        filled(now, address="other@example.org"), replace(evidence, form="box"), now=now
    )
    assert (other.verdict is Verdict.CHALLENGED) is (name == "all")


def test_a_proof_is_good_for_one_sign_up(settings: Settings, now: datetime) -> None:
    limit(settings, all="0:99/minute")
    challenged = request(filled(now), FROM, now=now)
    proof = proof_of(challenged)
    assert request(filled(now, proof=proof), FROM, now=now).verdict is Verdict.TAKEN
    replayed = request(filled(now, address="other@example.org", proof=proof), FROM, now=now)
    assert replayed.verdict is Verdict.CHALLENGED
    assert replayed.challenge != challenged.challenge
    assert Letter.objects.get().address == ADDRESS


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (Disposable.ALLOW, Verdict.TAKEN),
        (Disposable.CHALLENGE, Verdict.CHALLENGED),
        (Disposable.REFUSE, Verdict.WRONG),
    ],
)
def test_a_throw_away_address_is_treated_by_the_rule(
    settings: Settings, now: datetime, policy: Disposable, verdict: Verdict
) -> None:
    settings.DISPOSABLE_ADDRESSES = policy
    answer = request(filled(now, address="reader@mail.mailinator.com"), FROM, now=now)
    assert answer.verdict is verdict


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """Nobody listens there."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    rate_limits._counters.cache_clear()
    yield
    rate_limits._counters.cache_clear()


def test_limits_hold_while_redis_is_away(no_redis: None, settings: Settings, now: datetime) -> None:
    limit(settings, network="2:3/hour")
    begun = time.monotonic()
    verdicts = [
        request(filled(now, address=f"reader{number}@example.org"), FROM, now=now).verdict
        for number in range(4)
    ]
    assert verdicts == [Verdict.TAKEN, Verdict.TAKEN, Verdict.CHALLENGED, Verdict.REFUSED]
    assert time.monotonic() - begun < 2


def test_no_address_is_kept_among_the_counts(settings: Settings, now: datetime) -> None:
    request(filled(now), FROM, now=now)
    with Redis.from_url(settings.REDIS_URL) as redis:
        keys = list(redis.scan_iter(redis_server.key("sign-ups*")))
    assert len(keys) == 4
    assert not any(b"reader" in key for key in keys)


def test_every_count_ends_with_its_window(settings: Settings, now: datetime) -> None:
    limit(settings, address="9/day", network="9/hour", form="9/minute", all="9/minute")
    for _again in range(2):
        request(filled(now), FROM, now=now)
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as redis:
        prefix = redis_server.key("sign-ups")
        keys = {key.split("/")[1]: key for key in redis.scan_iter(f"{prefix}*")}
        seconds = {name: redis.ttl(key) for name, key in keys.items()}
        assert {redis.get(key) for key in keys.values()} == {"2"}
    assert 86_390 <= seconds["address"] <= 86_400
    assert 3_590 <= seconds["network"] <= 3_600
    assert all(50 <= seconds[name] <= 60 for name in ("form", "all"))


def test_limits_hold_after_redis_has_been_started_anew(settings: Settings, now: datetime) -> None:
    limit(settings, address="1/hour")
    request(filled(now), FROM, now=now)
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.script_flush()
    request(filled(now, newsletters=["morning-briefing"]), FROM, now=now)
    assert Consent.objects.count() == 1


def test_a_connection_to_redis_that_was_closed_is_opened_again(
    settings: Settings, now: datetime
) -> None:
    limit(settings, address="1/hour")
    request(filled(now), FROM, now=now)
    name = redis_server.key("sign-ups")
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as redis:
        ours = [each["id"] for each in redis.client_list() if each["name"] == name]
        assert ours
        for number in ours:
            redis.client_kill_filter(_id=number)
        request(filled(now, newsletters=["morning-briefing"]), FROM, now=now)
        (key,) = redis.scan_iter(f"{name}*address*")
        assert redis.get(key) == "2"
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("is_away", [False, True])
def test_what_a_network_is_refused_uses_up_nothing_of_everybodys(
    settings: Settings, now: datetime, is_away: bool
) -> None:
    if is_away:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    rate_limits._counters.cache_clear()
    try:
        limit(settings, network="2:4/hour", form="8/minute", all="8/minute")
        flood = [
            request(filled(now, address=f"flood-{number}@example.org", proof="x"), FROM, now=now)
            for number in range(60)
        ]
        assert sum(answer.verdict is Verdict.REFUSED for answer in flood) == 56
        other = replace(FROM, ip="198.51.100.7")
        assert request(filled(now), other, now=now).verdict is Verdict.TAKEN
    finally:
        rate_limits._counters.cache_clear()


def test_names_for_one_mailbox_are_counted_as_one(settings: Settings, now: datetime) -> None:
    limit(settings, address="1/hour")
    for slug in ("good-news", "morning-briefing"):
        address = f"Reader+{slug}@Example.org"
        answer = request(filled(now, address=address, newsletters=[slug]), FROM, now=now)
        assert replace(answer, letter_id=None) == Answer(Verdict.TAKEN)
    assert Subscriber.objects.get().address == "Reader+good-news@example.org"  # as it was typed


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Jane.Doe+news@Gmail.com", "janedoe@gmail.com"),
        ("jane.doe@googlemail.com", "janedoe@gmail.com"),
        ("Jane.Doe+a+b@example.org", "jane.doe@example.org"),
        ("+a@example.org", "+a@example.org"),
    ],
)
def test_a_mailbox_has_one_name(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox
