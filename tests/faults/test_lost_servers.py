"""F4, F5: Redis and PostgreSQL that die under the workers. They are this test's own, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from digests import ledger
from digests.choices import Outcome
from newsroom import database_url, local_servers
from newsroom.local_servers import guardian
from newsroom.processes import web
from tests.builders import Press
from tests.faults.accounts import assert_sound, see_through
from tests.faults.crew import CONNECTIONS, ROOT, Crew, SinkProcess, wait_until
from tests.faults.sink import DELAY, HOLD, TAKEN
from tests.newsroom.local_servers.office import Office, kill
from tests.smtp_sink import Rule

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

READERS = 500
UNHURRIED = Rule("ACCEPTED", f"{DELAY}0.004", then=TAKEN)


@pytest.fixture
def office(open_folder: Path) -> Iterator[Office]:
    office = Office(open_folder / "servers")
    local_servers.ensure_running(office.folder)
    yield office
    office.close()


@pytest.fixture
def crew_alone(
    office: Office,
    sink: SinkProcess,
    tmp_path: Path,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Crew]:
    """On a PostgreSQL of its own, which this process uses too."""
    local_servers.ensure_database(office.servers, "faults")
    ours = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(
            database_url.database(office.servers.database_url_for("faults"))
        )
        try:
            call_command("migrate", verbosity=0)
            crew = Crew(tmp_path, sink, servers=office.servers)
            yield crew
            crew.close()
            print(crew.said())  # noqa: T201 - shown by pytest when the test fails
        finally:
            connection.close()
            connection.settings_dict.clear()
            connection.settings_dict.update(ours)


@pytest.mark.parametrize("how", ["killed", "emptied"])
def test_sending_and_pages_go_on_without_redis(
    crew: Crew, office: Office, tmp_path: Path, how: str
) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    # One connection waits there until its worker is killed: however slow this machine is, the digest is not through.
    crew.sink.behaves(Rule("ACCEPTED", HOLD, then=TAKEN, after=READERS // 5, times=1))
    crew.use_redis(office.servers.redis_url_for(0))
    pages = Pages(crew, tmp_path)
    moments = [READERS // 5]

    def hurt() -> None:
        if moments and crew.sink.taken >= moments[0]:
            moments.clear()
            if how == "killed":
                kill(office.pids()["redis"])
            else:
                with redis.Redis.from_url(office.servers.redis_url_for(0)) as client:
                    client.flushall()
            # A worker that is started now must find its work as well.
            crew.kill()

    try:
        found = see_through(crew, digest, meanwhile=hurt)
        answers = {path: pages.get(path) for path in ("/", "/healthz", "/readyz")}
    finally:
        pages.stop()

    assert moments == []
    assert set(answers.values()) == {200}
    assert_sound(found, readers, most_doubts=CONNECTIONS)


def test_postgresql_restarted_within_a_send_costs_no_answer(
    crew_alone: Crew, office: Office
) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    crew_alone.environment["LEASE_SECONDS"] = "20"
    crew_alone.sink.behaves(UNHURRIED)
    moments = [READERS // 5, READERS // 2]

    def restart() -> None:
        if moments and crew_alone.sink.taken >= moments[0]:
            moments.pop(0)
            pid = office.pids()["postgres"]
            os.kill(pid, signal.SIGQUIT)  # an immediate shutdown: no goodbye to anybody
            wait_until(lambda: guardian.is_gone(pid))
            connection.close()
            local_servers.ensure_running(office.folder)

    found = see_through(crew_alone, digest, meanwhile=restart)

    assert moments == []
    assert_sound(found, readers, most_doubts=0)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(found.copies.values()) == {1}


class Pages:
    """The web server, on the same database and Redis."""

    def __init__(self, crew: Crew, folder: Path) -> None:
        self._port = free_port()
        with (folder / "web.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *web(self._port).arguments],
                cwd=ROOT,
                env=crew.surroundings(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: self.get("/healthz") == 200)

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}{path}", timeout=10
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
