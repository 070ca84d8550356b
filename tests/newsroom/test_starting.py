"""Before a web server, a worker or beat does anything: the key is the database's, or the process refuses to start."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from pytest_django import Settings

from newsroom import starting
from newsroom.processes import Program, beat, web, worker
from subscriptions.mailing import suppression
from subscriptions.models import SuppressionCanary
from tests.faults.test_lost_servers import free_port
from tests.newsroom.unheard import broker_at
from tests.own_redis import OwnRedis

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[2]
STRANGE_KEY = "the key of another installation, or one that was lost"


@pytest.fixture(autouse=True)
def _nothing_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    monkeypatch.setattr(suppression, "_proved", set())


@contextmanager
def database(**changes: object) -> Iterator[None]:
    """Connections are made in another way meanwhile."""
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(changes)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(kept)


def database_away() -> AbstractContextManager[None]:
    """No server listens at its port."""
    return database(HOST="127.0.0.1", PORT=str(free_port()))


def start(program: Program, **environment: str) -> subprocess.Popen[str]:
    parts = urlsplit(settings.DATABASE_URL)
    here = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    keys = {
        "SECRET_KEY": settings.SECRET_KEY,
        "LINK_KEYS": ",".join(settings.LINK_KEYS),
        "SUPPRESSION_KEY": settings.SUPPRESSION_KEY,
    }
    return subprocess.Popen(
        [sys.executable, *program.arguments],
        cwd=ROOT,
        env=os.environ | {"NEWSROOM_MODE": "test", "DATABASE_URL": here} | keys | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def programs(folder: Path) -> list[Program]:
    return [web(free_port()), worker("w", "mail,default", 1), beat()]


def lines_of(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Exit status, and what it says of itself: Celery and granian have their own lines."""
    said = process.communicate(timeout=60)[0]
    assert "Traceback" not in said
    return process.returncode, [it for it in said.splitlines() if it.startswith("newsroom: ")]


def test_with_another_key_nothing_starts(transactional_db: None, tmp_path: Path) -> None:
    suppression.prove_key_unchanged()
    started = [start(program, SUPPRESSION_KEY=STRANGE_KEY) for program in programs(tmp_path)]
    for process in started:
        status, said = lines_of(process)
        assert status == 1
        assert len(said) == 1
        assert "SUPPRESSION_KEY is not the key of this database" in said[0]


def test_nor_with_keys_that_sign_nothing(transactional_db: None, tmp_path: Path) -> None:
    started = [start(it, LINK_KEYS=f"a,{settings.LINK_KEYS[0]}") for it in programs(tmp_path)]
    for process in started:
        status, said = lines_of(process)
        assert status == 1
        assert said == [
            "newsroom: Every key of LINK_KEYS needs 32 or more random characters: links are signed with them."
        ]


def test_nor_with_an_env_that_cannot_be_read(tmp_path: Path) -> None:
    started = [start(it, SITE_URL="nowhere") for it in programs(tmp_path)]
    for process in started:
        assert lines_of(process) == (
            1,
            ["newsroom: SITE_URL must be a full address such as https://news.example.org."],
        )


def test_the_check_knows_another_key_and_writes_the_first_one_down(
    db: None, settings: Settings
) -> None:
    call_command("check", databases=["default"])
    assert SuppressionCanary.objects.count() == 1
    settings.SUPPRESSION_KEY = STRANGE_KEY
    with pytest.raises(SystemCheckError, match="put the old key back"):
        call_command("check", databases=["default"])


def test_a_database_that_does_not_answer_is_no_success(transactional_db: None) -> None:
    with database_away(), pytest.raises(OperationalError):
        call_command("check", databases=["default"])


def test_workers_wait_for_a_database_that_is_away(transactional_db: None) -> None:
    with database_away():
        assert not starting.is_fit()
    assert starting.is_fit()


def test_and_for_their_tables(transactional_db: None) -> None:
    options = connection.settings_dict["OPTIONS"] | {"options": "-c search_path=nowhere"}
    with database(OPTIONS=options):
        assert not starting.is_fit()
    assert starting.is_fit()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OwnRedis.fill, "Redis does not accept writes"),
        (OwnRedis.evict, "its maxmemory-policy is allkeys-lru. Set it to noeviction."),
    ],
)
def test_a_redis_that_is_not_as_it_should_be_is_a_line_of_the_log(
    transactional_db: None,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    state: Callable[[OwnRedis], None],
    words: str,
) -> None:
    with OwnRedis(tmp_path) as server, broker_at(server.url):
        assert starting.is_fit()
        assert caplog.messages == []
        state(server)
        assert starting.is_fit()
    assert words in caplog.text


class TestTheWebServerWithoutItsDatabase:
    def test_it_answers_503_until_the_database_does(self, transactional_db: None) -> None:
        with database_away():
            site = starting.guarded(greeting)
            assert call(site, "/") == ("503 Service Unavailable", "5")
            assert call(site, "/admin/") == ("503 Service Unavailable", "5")
        site._next_look = 0.0  # type: ignore[attr-defined]  # a second later
        assert call(site, "/") == ("200 OK", None)
        with database_away():
            assert call(site, "/") == ("200 OK", None)  # the pages' own affair from now on

    def test_load_balancers_are_answered(self, transactional_db: None) -> None:
        with database_away():
            site = starting.guarded(greeting)
            assert call(site, "/healthz") == call(site, "/readyz") == ("200 OK", None)

    def test_a_database_that_was_there_puts_nothing_in_between(
        self, transactional_db: None
    ) -> None:
        assert starting.guarded(greeting) is greeting


def greeting(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Good morning."]


def call(site: Callable[..., object], path: str) -> tuple[str, str | None]:
    """Status, and Retry-After."""
    told: list[tuple[str, str | None]] = []
    site(
        {"PATH_INFO": path},
        lambda status, headers: told.append((status, dict(headers).get("Retry-After"))),
    )
    return told[0]
