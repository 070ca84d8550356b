"""Real servers, asked: what they are like is seen, told, and forgotten when it is put right."""

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from newsroom import starting
from newsroom.surroundings import database, redis, relay
from newsroom.surroundings.needs import Need, unmet
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.models import Heartbeat
from tests.mail_server import MailServer
from tests.newsroom.test_starting import database as connected
from tests.newsroom.unheard import broker_at
from tests.own_redis import OwnRedis
from tests.pooler import PROGRAM, Pooler


def said(needs: tuple[Need[Any], ...], answers: object) -> str:
    return " ".join(finding.text for finding in unmet(needs, answers))


def test_ours_are_as_they_must_be(transactional_db: None, settings: Settings) -> None:
    settings.MAIL_ROUTES = {"digests": parse_mail_url("console://")}
    told = StringIO()
    call_command("check_surroundings", "--without-site", stdout=told)
    assert told.getvalue().startswith("PostgreSQL, Redis, site and mail server are as they must be")


@pytest.fixture
def latin(transactional_db: None) -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_latin"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(
            f"CREATE DATABASE \"{name}\" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


def test_a_database_of_another_encoding_ends_start_and_migration(latin: str) -> None:
    with connected(NAME=latin):
        with pytest.raises(SystemExit, match="The database is encoded in LATIN1"):
            starting.is_fit()
        found = run_checks(tags=["database"], databases=["default"])
    assert any("encoded in LATIN1" in message.msg for message in found if message.is_serious())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"NAME": "of_nobody"}, "has no database"),
        ({"USER": "nobody_of_ours"}, "CREATE ROLE"),
        ({"HOST": "127.0.0.1", "PORT": "1"}, "Nobody listens"),
        ({"HOST": "no-host.invalid"}, "is not known"),
        ({"HOST": "/nowhere"}, "has no socket"),
    ],
)
def test_a_database_that_refuses_is_told_in_words(
    transactional_db: None, change: dict[str, str], words: str
) -> None:
    with connected(**change):
        assert words in said(database.NEEDS, database.ask())


@pytest.mark.skipif(not PROGRAM, reason="needs pgbouncer")
def test_a_pooler_may_pool_by_transaction_and_not_by_statement(
    transactional_db: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pooler")
    folder.chmod(0o777)
    for parent in folder.parents[:3]:
        parent.chmod(0o755)
    with Pooler(folder) as pooler:
        by_it = {"HOST": "127.0.0.1", "PORT": str(pooler.port), "USER": "newsroom"}
        with connected(**by_it):
            assert said(database.NEEDS, database.ask()) == ""
        pooler.kill()
        pooler.start("statement")
        with connected(**by_it), pytest.raises(SystemExit, match="pool_mode = transaction"):
            starting.is_fit()


class TestRedis:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[OwnRedis]:
        with OwnRedis(tmp_path) as server:
            yield server

    def ask(self, url: str) -> str:
        with broker_at(url):
            return said(redis.NEEDS, redis.ask())

    def test_what_its_user_may_not_is_named(self, db: None, server: OwnRedis) -> None:
        assert self.ask(server.url) == ""
        assert self.ask(server.let_in("news", "x", *redis.RULES.split())) == ""
        strict = server.let_in("strict", "x", "~newsroom:*", "+@all", "-@scripting", "-@set")
        assert "does not let its user do EVAL, SADD" in self.ask(strict)
        other = server.let_in("other", "x", "~elsewhere:*", "+@all")
        assert "does not let its user do SET, GET, EVAL, LPUSH, BRPOP" in self.ask(other)

    def test_a_wrong_log_in_number_or_scheme_is_told_in_words(
        self, db: None, server: OwnRedis
    ) -> None:
        place = f"127.0.0.1:{server.port}"
        assert "refuses this user or password" in self.ask(f"redis://news:wrong@{place}/0")
        assert "no database of this number" in self.ask(f"redis://{place}/99")
        server.client.config_set("requirepass", "secret")
        assert "Redis wants a password" in self.ask(f"redis://{place}/0")
        assert self.ask(f"redis://:secret@{place}/0") == ""
        server.kill()
        assert "Nobody listens" in self.ask(f"redis://{place}/0")

    def test_a_fault_is_logged_shown_and_forgotten_when_it_is_put_right(
        self, transactional_db: None, server: OwnRedis, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.evict()
        with broker_at(server.url), caplog.at_level(logging.WARNING):
            assert starting.is_fit()
            assert "its maxmemory-policy is allkeys-lru" in caplog.text
            answer = Client().get("/readyz", {"role": "surroundings"})
            assert answer.status_code == 503
            assert "set up as it should be: Redis policy." in str(answer.json())
            assert "allkeys" not in str(
                [it for it in answer.json()["troubles"] if it["part"] != "redis"]
            )
            staff = Client()
            staff.force_login(User.objects.create_superuser("chief"))
            desk = staff.get("/admin/").content.decode()
            assert "its maxmemory-policy is allkeys-lru" in desk
            server.client.config_set("maxmemory-policy", "noeviction")
            assert starting.is_fit()
        assert not Heartbeat.objects.filter(name__startswith="look ").exists()
        assert Client().get("/readyz", {"role": "surroundings"}).status_code == 200


class TestMailServers:
    def ask(self, settings: Settings, url: str) -> str:
        settings.MAIL_ROUTES = {"digests": parse_mail_url(url)}
        return said(relay.NEEDS, relay.ask())

    # smtplib leaves a socket open where no TLS can be begun.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_they_are_connected_to_as_for_a_mail(self, settings: Settings) -> None:
        with MailServer() as server:
            place = server.url.removeprefix("smtp://")
            assert self.ask(settings, f"smtp://{place}?tls=none") == ""
            refused = self.ask(settings, f"smtp://user:verysecret@{place}?tls=none")
            assert "MAIL_URL: " in refused
            assert "verysecret" not in refused
            assert "does not offer it" in self.ask(settings, f"smtp://{place}?tls=starttls")
            assert "does not begin with TLS" in self.ask(settings, f"smtp://{place}?tls=implicit")
        assert "nobody listens" in self.ask(settings, "smtp://127.0.0.1:1")
        assert "not known" in self.ask(settings, "smtp://no-host.invalid")

    def test_services_are_not_asked(self, settings: Settings) -> None:
        assert self.ask(settings, "postmark://TOKEN@") == ""


def test_check_deploy_has_the_whole_list(transactional_db: None, settings: Settings) -> None:
    settings.MAIL_ROUTES = {"digests": parse_mail_url("smtp://127.0.0.1:1")}
    settings.SITE_URL = "https://127.0.0.1:1"
    settings.SECURE_PROXY_SSL_HEADER = None
    told = [message.msg for message in run_checks(include_deployment_checks=True)]
    for words in (
        "SITE_URL (https://127.0.0.1:1) is not answered",
        "TRUST_PROXY is 0",
        "MAIL_URL: ",
    ):
        assert any(words in message for message in told), words
