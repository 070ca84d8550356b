"""What stands in the logs of real processes, and what never does."""

import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from celery import Celery
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    ImproperlyConfigured,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousFileOperation,
    TooManyFieldsSent,
)
from django.core.handlers.exception import response_for_exception
from django.db import OperationalError, connection
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from psycopg.errors import DeadlockDetected

from newsroom import logs, redis_url
from newsroom.env import Environment
from newsroom.processes import Program, beat, web, worker
from subscriptions import redis_server
from subscriptions.clock import database_now
from subscriptions.links import Scope, sign
from subscriptions.models import Letter
from subscriptions.public_ids import new_public_id
from tests.builders import Press
from tests.faults.test_lost_servers import free_port
from tests.flows.office import _redis
from tests.mail_server import MailServer
from tests.newsroom.test_starting import database_away
from tests.subscriptions.conftest import ask

ROOT = Path(__file__).parents[2]
LATER = "later.reader@example.org"
READER = "Sarah.O'Neill+news@example.org"


def start(program: Program, **environment: str) -> subprocess.Popen[str]:
    """On the database of the tests, as one that is started by hand."""
    here = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}")
    keys = {name: getattr(settings, name) for name in ("SECRET_KEY", "SUPPRESSION_KEY")}
    ours = {
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        "NEWSROOM_MODE": "test",
        "DATABASE_URL": here.geturl(),
        "MAIL_URL": "memory://",
    }
    return subprocess.Popen(
        [sys.executable, *program.arguments],
        cwd=ROOT,
        env=os.environ | keys | ours | {"LINK_KEYS": ",".join(settings.LINK_KEYS)} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def log_of(process: subprocess.Popen[str], until: str) -> str:
    """All it has written when it has said so, and has ended."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if re.search(until, line):
            break
    process.terminate()
    return said + process.communicate(timeout=60)[0]


def token_paths() -> Iterator[str]:
    """Yield the path of every address that the project knows with a token in it."""

    def below(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from below(pattern.url_patterns, path)
            elif "<str:token>" in path:
                yield "/" + path

    yield from below(get_resolver().url_patterns, "")


# --- What is cut -----------------------------------------------------------------------------------------


def test_the_project_has_addresses_with_tokens() -> None:
    assert len(list(token_paths())) >= 11


@pytest.mark.parametrize("token", ["bT8Gs3cret", "a" * 58, "ends-with-a-dash-", "x.y~z%20"])
def test_a_link_says_what_it_is_for_and_not_whose(token: str) -> None:
    for path in token_paths():
        link = path.replace("<str:token>", token)
        for text in (f"Not Found: {link}", f"https://news.example.org{link}?lang=fr", f'"{link}"'):
            assert logs.discreet(text) == text.replace(token, "…")


@pytest.mark.parametrize("scope", Scope)
def test_a_token_is_cut_wherever_it_stands(scope: Scope, settings: object) -> None:
    token = sign(scope, *(new_public_id() for _each in range(scope.value[1])))
    assert logs.discreet(f"leave {token} bounces+{token}@example.org") == "leave … …@example.org"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("{'reader@example.org': (550, b'no')}", "{'…@example.org': (550, b'no')}"),
        (
            "550 5.1.1 <Sarah.O'Neill+news@example.org>... Unknown",
            "550 5.1.1 <…@example.org>... Unknown",
        ),
        (
            "DETAIL:  Key (address)=(é.ü@exämple.org) exists",
            "DETAIL:  Key (address)=(…@exämple.org) exists",
        ),
        ("/preferences/?address=reader%40example.org", "…%40example.org"),
        ("?to=%27reader%40example.org%27", "…%40example.org%27"),
        ("a%40b%40example.org", "a%40…%40example.org"),
        ("''@example.org @example.org", "''…@example.org @example.org"),
        ("postgres://newsroom:p@ss@db.example.org/n", "postgres://…@db.example.org/n"),
        ("redis://:secret@127.0.0.1:6379/0", "redis://…@127.0.0.1:6379/0"),
        ("mail@host ready.", "mail@host ready."),
        ("Morning Briefing, Mon 30 Nov 2026 is frozen for 5 readers.",) * 2,
        ("GET /preferences/ and /stop and /confirm", "GET /preferences/ and /stop and /confirm"),
        ("/preferences/manage/ /preferences/address/",) * 2,
        ("Message-ID <7f9c2ba4e88f827d@news.example.org>", "Message-ID <…@news.example.org>"),
    ],
)
def test_addresses_and_passwords_are_cut_and_all_else_is_not(text: str, cut: str) -> None:
    assert logs.discreet(text) == cut


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a@",
        "a.",
        "'",
        "{{",
        "`{",
        "%",
        "%00",
        "%40",
        "%40a",
        "?a=%27",
        "/confirm/",
        "://",
        "://a",
        "-é",
    ],
)
def test_a_long_line_is_read_in_a_moment(unit: str) -> None:
    """A request for an address of 60 KB puts the address in the log."""
    begun = time.process_time()
    logs.discreet(unit * (200_000 // len(unit)))
    assert time.process_time() - begun < 1


# --- In real processes -----------------------------------------------------------------------------------------


@pytest.mark.service
def test_the_web_log_holds_no_link_of_a_reader(transactional_db: None) -> None:
    port = free_port()
    server = start(Program("web", (*web(port).arguments, "--access-log")))
    site = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(f"{site}/healthz"))
    secrets = ["shortAndForged", sign(Scope.MANAGE, new_public_id()), "b" * 58]
    for path in token_paths():
        for secret in secrets:
            link = site + path.replace("<str:token>", secret)
            for method in ("GET", "POST", "PUT"):
                requests.request(method, link, headers={"Referer": link}, timeout=20)
    requests.get(f"{site}/preferences/?address={READER}", timeout=20)
    requests.get(f"{site}/nowhere/?address={READER}", timeout=20)
    requests.get(f"{site}/the-end", timeout=20)
    log = log_of(server, "/the-end")
    assert "WARNING django.request: Not Found: /preferences/manage/…/address/" in log
    assert '"GET /confirm/…/ HTTP/1.1" 404' in log
    for secret in (*secrets, READER, READER.partition("@")[0]):
        assert secret not in log


def answers(url: str) -> bool:
    try:
        requests.get(url, timeout=5)
    except requests.ConnectionError:
        return False
    return True


@pytest.mark.service
def test_a_worker_says_which_letter_was_refused_and_not_whose(transactional_db: None) -> None:
    newsletter = Press().newsletter()
    for reader in (READER, LATER):
        ask(reader, newsletter, now=database_now())
    replies = {READER: f"550 5.1.1 <{READER}> unknown", LATER: f"451 4.2.0 <{LATER}> later"}
    mail = worker("mail", "mail", 1)
    with _redis() as broker, MailServer(rcpt=replies.__getitem__) as server:
        bell = Celery(broker=redis_url.parse(broker).broker_url, set_as_current=False)
        bell.conf.broker_transport_options = {"global_keyprefix": redis_server.key()}
        bell.send_task("subscriptions.tasks.sweep_letters", queue="mail")
        log = log_of(start(mail, REDIS_URL=broker, MAIL_URL=server.url), "will be tried again")
    for letter in Letter.objects.all():
        assert re.search(rf"WARNING \S+: Letter {letter.pk} w", log)
    assert "…@example.org" in log
    for reader in (READER, LATER):
        assert reader not in log
        assert reader.partition("@")[0] not in log


@pytest.mark.service
def test_workers_and_beat_write_at_the_level_they_were_told(
    transactional_db: None, tmp_path: Path
) -> None:
    """Started as the documents say, and with Celery's own options."""
    file = tmp_path / "worker.log"
    celery = ("-m", "celery", "-A", "newsroom.celery", "worker", "-Q", "errands", "-P", "threads")
    ready = r"^\d{4}-.* INFO celery\.\S+: .*ready\.$"
    with _redis() as broker:

        def begun(level: str, *options: str) -> subprocess.Popen[str]:
            return start(Program("w", (*celery, *options)), LOG_LEVEL=level, REDIS_URL=broker)

        lower, louder = begun("info", "-n", "a@%h"), begun("ERROR", "-n", "b@%h", "-l", "INFO")
        quiet, filed = begun("WARNING", "-n", "c@%h"), begun("INFO", "-n", "d@%h", "-f", str(file))
        scheduler = start(beat(), LOG_LEVEL="debug", REDIS_URL=broker)
        log_of(lower, ready)
        log_of(louder, ready)
        log_of(scheduler, " DEBUG celery.beat:")
        wait_until(lambda: file.exists() and "ready." in file.read_text())
        for process in (quiet, filed):
            process.terminate()
            assert " INFO " not in process.communicate(timeout=60)[0]


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize("word", ["LOUD", "10", "info,debug"])
def test_a_level_that_is_none_is_said(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", word)
    with pytest.raises(ImproperlyConfigured, match=r"LOG_LEVEL is .*; write one of DEBUG, INFO"):
        logs.level(Environment(tmp_path))


# --- A database that is away -----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/preferences/", "/archive/x/", "/admin/", "/confirm/x/"])
def test_without_a_database_pages_ask_to_come_again(client: Client, path: str) -> None:
    client.raise_request_exception = False
    client.cookies[settings.SESSION_COOKIE_NAME] = "of somebody on the staff"
    with database_away():
        response = client.get(path)
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response["Retry-After"] == "5"
    assert response["Cache-Control"] == "no-store"
    assert "again in a few minutes" in response.content.decode()


def lines(error: Exception, name: str = "django.request") -> int:
    record = logging.LogRecord(name, logging.ERROR, "", 0, "Failed: /", None, None)
    try:
        raise error
    except type(error) as raised:
        record.exc_info = (type(raised), raised, raised.__traceback__)
    logs.NoFaultOfOurs().filter(record)
    return logs.DiscreetFormatter().format(record).count("\n") + 1


@pytest.mark.parametrize(
    "error",
    [
        TooManyFieldsSent("too many fields"),
        RequestDataTooBig("too much"),
        SuspiciousFileOperation("out of the folder"),
        DisallowedHost("who is that?"),
        BadRequest("no"),
        PermissionDenied(),
        MultiPartParserError("torn"),
        Http404(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_wrong_request_is_one_line_that_says_where(
    error: Exception, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    request = RequestFactory().get("/preferences/manage/x\n2026 ERROR forged/")
    request.user = AnonymousUser()
    try:
        raise error
    except type(error) as raised:
        response = response_for_exception(request, raised)
    assert response.status_code < 500
    for record in caplog.records:
        assert logs.NoFaultOfOurs().filter(record)
        line = logs.DiscreetFormatter().format(record)
        assert "\n" not in line
        assert "/preferences/manage/" in line


def test_an_outage_is_a_line_and_a_fault_its_traceback() -> None:
    assert (
        lines(OperationalError("connection to server failed: Connection refused\nIs it up?")) == 1
    )
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = DeadlockDetected("deadlock detected")
    assert lines(deadlock) > 3
    assert lines(ValueError("x")) > 3
    assert lines(OperationalError("gone"), "subscriptions.tasks") > 3
