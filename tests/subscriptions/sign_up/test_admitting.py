"""Sign-ups of the same moment: each gets its own answer, and none spoils or delays another."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count
from threading import Event

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from redis import Redis

from subscriptions import redis_server
from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Consent, Letter, Newsletter, Subscriber
from subscriptions.sign_up import admitting, opt_in, rate_limits
from subscriptions.sign_up.intake import Verdict
from subscriptions.sign_up.rate_limits import parse_limit
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE
from tests.subscriptions.sign_up.taking import sign_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_counts")]
ADDRESS = "reader@example.org"


@pytest.fixture(autouse=True)
def open_limits(settings: Settings) -> None:
    everyone = "1000/hour"
    settings.SIGN_UP_LIMITS = {
        name: parse_limit(name, everyone) for name in settings.SIGN_UP_LIMITS
    }


@pytest.fixture
def slug(db: None) -> str:
    newsletter: Newsletter = Press().newsletter()
    return newsletter.slug


def visitor(address: str, slug: str) -> Verdict | int | None:
    """In a thread of its own, that leaves nothing behind."""
    try:
        return sign_up(address, [slug])
    finally:
        connection.close()


def test_of_one_address_they_make_one_letter(slug: str) -> None:
    told = at_once(*[partial(sign_up, ADDRESS, [slug])] * 24)
    assert [pk for pk in told if pk is not None] == [Letter.objects.get().pk]
    assert Consent.objects.count() == 1


def test_of_many_each_gets_its_own_answer(slug: str) -> None:
    suppress("reader9@example.org", SuppressionReason.COMPLAINT, now=NOON)

    def sign_up_as(number: int) -> Verdict | type[Exception] | int | None:
        # A NUL is refused by the database, and no edge lets one through.
        evidence = replace(EVIDENCE, source_url="\x00") if number == 8 else EVIDENCE
        try:
            wanted = "unknown" if number == 7 else slug
            return sign_up(f"reader{number}@example.org", [wanted], evidence)
        except DataError as error:
            return type(error)

    for _again in range(5):
        Subscriber.objects.all().delete()
        answers = at_once(*(partial(sign_up_as, number) for number in range(12)))
        letters = dict(Letter.objects.values_list("address", "pk"))
        expected = {number: letters.get(f"reader{number}@example.org") for number in range(12)}
        assert dict(enumerate(answers)) == expected | {7: Verdict.WRONG, 8: DataError}
        assert len(letters) == 9
        assert Consent.objects.count() == 9


def test_each_is_counted_once_even_where_their_call_fails(settings: Settings, slug: str) -> None:
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"all": parse_limit("all", "6:8/hour")}
    Subscriber.objects.create(address=ADDRESS)
    people = [f"reader{number}@example.org" for number in range(9)]
    with ThreadPoolExecutor(10) as pool:
        with transaction.atomic():  # the first call has to wait for this row, and is given up
            Subscriber.objects.select_for_update().get(address=ADDRESS)
            held = pool.submit(visitor, ADDRESS, slug)
            told = list(pool.map(partial(visitor, slug=slug), people))
        told.append(held.result(timeout=10))
    assert told.count(Verdict.CHALLENGED) == 2
    assert told.count(Verdict.REFUSED) == 2
    assert Letter.objects.count() == 6
    with Redis.from_url(settings.REDIS_URL) as redis:
        (key,) = redis.scan_iter(redis_server.key("sign-ups*/all/*"))
        assert redis.get(key) == b"10"


def test_a_reader_whose_row_is_held_makes_nobody_else_wait(slug: str) -> None:
    Subscriber.objects.create(address=ADDRESS)
    with ThreadPoolExecutor(9) as pool:
        with transaction.atomic():
            Subscriber.objects.select_for_update().get(address=ADDRESS)
            held = pool.submit(visitor, ADDRESS, slug)
            others = [pool.submit(visitor, f"{number}@example.org", slug) for number in range(8)]
            assert all(other.result(timeout=10) for other in others)
            assert not held.done()
        assert held.result(timeout=10)


def test_who_owes_a_proof_does_not_wait_for_those_who_are_kept(slug: str) -> None:
    kept: list[opt_in.Row] = []

    def keep(rows: Sequence[opt_in.Row]) -> list[opt_in.Kept | None]:
        kept.extend(rows)
        return [(True, None)] * len(rows)

    row = opt_in.row_of(ADDRESS, [slug], EVIDENCE, now=NOON)
    hits = rate_limits.hits_of("hash", None, "page")
    both = [admitting.Candidate(hits, row, owes_proof) for owes_proof in (False, True)]
    answers = admitting._admit(both, keep)
    place, admission = next(answers)
    assert (place, admission.kept, kept) == (1, None, [])
    ((place, admission),) = answers
    assert (place, admission.kept, kept) == (0, (True, None), [row])


def test_a_lost_connection_loses_nobody(slug: str) -> None:
    before = at_rest()
    assert sign_up("first@example.org", [slug])
    (shared,) = connected() - before
    cut(shared)
    assert sign_up("second@example.org", [slug])
    assert sign_up("third@example.org", [slug])
    assert Letter.objects.count() == 3
    assert len(connected() - before) == 1


def test_nor_does_one_that_the_visitors_thread_had_as_well(slug: str) -> None:
    """As when the server is started anew: the thread has asked the database already, and is cut off too."""
    before = at_rest()
    assert sign_up("first@example.org", [slug])
    has_asked, is_cut = Event(), Event()

    def come() -> Verdict | int | None:
        assert Newsletter.objects.exists()
        has_asked.set()
        assert is_cut.wait(10)
        return visitor("second@example.org", slug)

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(come)
        assert has_asked.wait(10)
        both = connected() - before
        assert len(both) == 2
        cut(*both)
        is_cut.set()
        assert isinstance(told.result(timeout=10), int)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_call_that_was_kept_though_its_answer_was_lost_is_no_error(
    slug: str, *, is_known: bool
) -> None:
    if is_known:
        Subscriber.objects.create(address=ADDRESS)
    row = opt_in.row_of(ADDRESS, [slug], EVIDENCE, now=NOON)
    opt_in.keep([row])
    candidate = admitting.Candidate([], row, owes_proof=False)
    assert admitting.keep_alone(candidate) == (True, None)
    assert Letter.objects.count() == 1


def connected() -> set[int]:
    """Who else uses this database, such as threads that served pages to other tests."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def cut(*pids: int) -> None:
    with connection.cursor() as cursor:
        for pid in pids:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def at_rest() -> set[int]:
    """Who is connected while nobody signs up."""
    admitting.close()
    return connected()


def is_let_go(before: set[int]) -> bool:
    """A backend leaves a moment after its client."""
    admitting.close()
    end = time.monotonic() + 10
    while connected() - before and time.monotonic() < end:
        time.sleep(0.01)
    return not connected() - before


def test_plans_are_made_anew_as_calls_double(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    """What was planned for the empty tables of a new newspaper must not last. What PostgreSQL plans then is its own
    affair, and depends on what it last counted; benchmarks/signup.py shows it."""
    monkeypatch.setattr(admitting, "_calls", count(1))
    anew_after = []
    for number in range(1, 10):
        row = opt_in.row_of(f"reader{number}@example.org", [slug], EVIDENCE, now=NOON)
        with CaptureQueriesContext(connection) as asked:
            assert admitting._keep_together([row])[0]
        if "DISCARD PLANS" in (query["sql"] for query in asked):
            anew_after.append(number)
    assert anew_after == [1, 2, 4, 8]
    assert Letter.objects.count() == 9


def test_it_lets_go_of_the_database_and_takes_it_up_again(slug: str) -> None:
    before = at_rest()
    assert sign_up("first@example.org", [slug])
    assert connected() - before
    assert is_let_go(before)
    assert sign_up("second@example.org", [slug])
