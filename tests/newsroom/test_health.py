"""What load balancers and monitoring are answered, and what staff see on the desk of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as ours
from django.db import connection
from django.test import Client
from pytest_django import Settings

from subscriptions import heartbeats
from subscriptions.clock import database_now
from subscriptions.mailing import suppression
from subscriptions.models import Heartbeat
from tests.builders import Press
from tests.newsroom.test_starting import database_away
from tests.newsroom.unheard import broker_at, no_broker
from tests.own_redis import OwnRedis
from tests.staff import chief, signed_in

QUEUES = [f"queue {name}" for name in ("mail", "default", "delivery", "errands")]


@pytest.fixture
def house(db: None) -> None:
    """All is well: whatever should be done has just been done, by bells."""
    heartbeats.note("tick", "letters", "errands", "deliveries", *QUEUES)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    with OwnRedis(tmp_path) as server:
        yield server


def ask(role: str = "") -> tuple[int, dict[str, object]]:
    answer = Client().get("/readyz", {"role": role} if role else {})
    return answer.status_code, answer.json()


def parts(role: str = "") -> set[str]:
    _status, told = ask(role)
    return {trouble["part"] for trouble in told["troubles"]}  # type: ignore[attr-defined]


def age(*rows: str, seconds: float = 70) -> None:
    Heartbeat.objects.filter(name__in=rows).update(at=database_now() - timedelta(seconds=seconds))


# --- How probes come ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7", "10.0.0.7:8000", "[fd00::7]", "any.internal", ""])
@pytest.mark.parametrize("redirect", [False, True])
def test_probes_come_by_address_and_without_tls(
    house: None, settings: Settings, path: str, host: str, redirect: bool
) -> None:
    settings.SECURE_SSL_REDIRECT = redirect
    headers = {"host": host} if host else {}
    for method in (Client().get, Client().head):
        answer = method(path, headers=headers)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
    assert Client().post(path, headers=headers).status_code == 405


def test_pages_are_still_asked_for_by_name_and_with_tls(house: None, settings: Settings) -> None:
    assert Client().get("/", headers={"host": "10.0.0.7"}).status_code == 400
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/").status_code == 301


# --- What takes a web server out ------------------------------------------------------------------------------


def test_a_house_in_order(house: None) -> None:
    assert ask() == (200, {"ready": True, "postgresql": True, "redis": True, "troubles": []})
    for role in ("web", "all", "tick", "letters", "redis", "steps", *ours.QUEUES):
        assert ask(role)[0] == 200


def test_a_database_that_is_away_takes_it_out(transactional_db: None) -> None:
    with database_away():
        status, told = ask()
        assert Client().get("/healthz").status_code == 200
    assert (status, told["ready"], told["postgresql"]) == (503, False, False)
    assert told["troubles"] == [{"part": "web", "text": "The database does not answer."}]
    assert ask()[0] == 200


def test_so_does_another_key(
    house: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppression, "_proved", set())
    suppression.prove_key_unchanged()
    settings.SUPPRESSION_KEY = "the key of another installation"
    assert ask()[0] == 503


def test_so_do_tables_that_are_missing(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE subscriptions_heartbeat RENAME TO elsewhere")
    try:
        status, told = ask()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO subscriptions_heartbeat")
    assert status == 503
    assert "manage.py migrate" in str(told["troubles"])


def test_nothing_else_does(db: None) -> None:
    """No worker, no beat, no Redis: pages go on."""
    with no_broker():
        status, told = ask()
        assert status == 200
        assert told["redis"] is False
        assert parts() == {"redis", "tick", "letters", *ours.QUEUES}
        for role in ("all", "tick", "letters", "redis", "delivery"):
            assert ask(role)[0] == 503


# --- What monitoring hears ------------------------------------------------------------------------------------


def test_a_role_that_there_is_not_is_said(db: None) -> None:
    status, told = ask("beat")
    assert status == 400
    assert "tick" in str(told["error"])


def test_a_beat_that_is_dead_is_told_while_workers_stand_in(house: None) -> None:
    """So is one that rings at another Redis: nobody hears it either."""
    age("tick", seconds=40)
    assert ask("tick")[0] == 200
    assert heartbeats.take_turn("tick", after=30, every=10)
    assert parts() == {"tick"}
    status, told = ask("tick")
    assert status == 503
    assert "with the same REDIS_URL" in str(told)
    assert ask("letters")[0] == 200
    heartbeats.note("tick")
    assert ask("tick")[0] == 200


@pytest.mark.parametrize("name", ours.QUEUES)
def test_a_queue_that_nobody_serves_is_told(house: None, name: str) -> None:
    age(f"queue {name}")
    assert parts() == {name}
    assert ask(name)[0] == ask("all")[0] == 503
    assert ask()[0] == 200


def test_a_step_that_fails_is_told_without_its_details(house: None) -> None:
    heartbeats.failed("step freezing digests", ValueError("reader@example.org"))
    status, told = ask("steps")
    assert status == 503
    assert "freezing digests" in str(told)
    assert "reader@" not in str(told)


def fine(_server: OwnRedis) -> None:
    """As it starts."""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (fine, ""),
        (OwnRedis.fill, "Redis does not accept writes"),
        (OwnRedis.follow_nobody, "Redis does not accept writes"),
        (OwnRedis.kill, "Redis does not accept writes"),
        (OwnRedis.evict, "maxmemory-policy is allkeys-lru. Set it to noeviction."),
    ],
)
def test_redis_is_asked_to_write_and_for_its_policy(
    house: None, own_redis: OwnRedis, state: Callable[[OwnRedis], None], words: str
) -> None:
    state(own_redis)
    with broker_at(own_redis.url):
        status, told = ask("redis")
    assert status == (503 if words else 200)
    assert words in str(told["troubles"])
    assert str(own_redis.port) not in str(told)


# --- The desk --------------------------------------------------------------------------------------------------


def desk(role: str = "publisher") -> str:
    return signed_in(role).get("/admin/").content.decode()


def test_the_desk_says_when_something_was_last_looked_for(house: None, press: Press) -> None:
    shown = desk()
    assert "Last check for due digests: " in shown
    assert "second" in shown.partition("Last check for due digests: ")[2][:20]
    assert "Servers need attention" not in shown


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (nullcontext, "No worker has served the queue “delivery”"),
        (no_broker, "Redis does not accept writes"),
    ],
)
def test_the_desk_needs_no_worker_to_tell_that_there_is_none(
    house: None, press: Press, away: Callable[[], AbstractContextManager[None]], words: str
) -> None:
    age("tick", "queue delivery")
    with away():
        shown = chief().get("/admin/").content.decode()
    assert words in shown
    assert "Nobody checks for due digests" in shown


def test_the_desk_shows_staff_why_a_step_fails(house: None, press: Press) -> None:
    heartbeats.failed("step planning digests", KeyError("Mars/Olympus"))
    assert "KeyError: &#x27;Mars/Olympus&#x27;" in desk()
    assert "A regular task failed the last time: planning digests." in desk("curator")
