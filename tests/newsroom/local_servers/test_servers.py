"""Where the servers listen, how they are set, and that one of each kind runs."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import kombu
import psycopg
import psycopg.conninfo
import pytest
import redis

from newsroom import local_servers
from tests.newsroom.local_servers.office import Office

pytestmark = pytest.mark.service


def test_to_locate_creates_and_starts_nothing(office: Office) -> None:
    servers = local_servers.locate(office.folder)

    assert not office.folder.exists()
    assert not servers.sockets.exists()


def test_a_link_and_its_target_are_the_same_place(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data")

    assert local_servers.locate(tmp_path / "link") == local_servers.locate(tmp_path / "data")
    assert local_servers.locate(tmp_path / "other") != local_servers.locate(tmp_path / "data")


def test_addresses_of_a_long_path_with_spaces_stay_short_and_plain(tmp_path: Path) -> None:
    servers = local_servers.locate(tmp_path / ("ein sehr langer Ordnername für Zeitungen " * 5))

    host = psycopg.conninfo.conninfo_to_dict(servers.database_url_for("paper"))["host"]
    assert isinstance(host, str)
    assert len(os.fsencode(f"{host}/.s.PGSQL.5432")) < 80
    for address in (host, servers.redis_url_for(0), servers.broker_url_for(0)):
        assert address.isascii()
        assert " " not in address


def test_an_odd_database_name_survives_the_address(tmp_path: Path) -> None:
    url = local_servers.locate(tmp_path).database_url_for("Blatt/für?alle#5%")

    assert psycopg.conninfo.conninfo_to_dict(url)["dbname"] == "Blatt/für?alle#5%"


@pytest.mark.service
def test_all_three_addresses_lead_to_the_servers(office: Office) -> None:
    office.joined()

    with office.connect() as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("paper",)
    with redis.Redis.from_url(office.servers.redis_url_for(7)) as client:
        client.rpush("bell", "ring")
    with kombu.Connection(office.servers.broker_url_for(7)) as broker:
        channel = broker.default_channel
        # Typed for any broker; the one of Redis has its client.
        assert channel.client.lrange("bell", 0, -1) == [b"ring"]  # type: ignore[attr-defined]
    assert urlsplit(office.servers.redis_url_for(7)).scheme == "unix"


@pytest.mark.service
def test_the_servers_are_durable_private_and_on_no_network(office: Office) -> None:
    office.joined()

    with office.connect() as connection:
        names = "listen_addresses fsync server_encoding TimeZone lc_collate max_connections"
        shown = [
            connection.execute(
                "SELECT CASE WHEN %s = 'lc_collate' THEN (SELECT datcollate FROM pg_database"
                " WHERE datname = current_database()) ELSE current_setting(%s, true) END",
                [name, name],
            ).fetchone()
            for name in names.split()
        ]
    assert shown == [("",), ("on",), ("UTF8",), ("UTC",), ("C",), ("200",)]
    with redis.Redis.from_url(office.servers.redis_url_for(0), decode_responses=True) as client:
        expected = {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        assert {name: client.config_get(name)[name] for name in expected} == expected
    # The user nobody, who runs PostgreSQL for a root without namespaces, may pass through to its socket.
    assert office.servers.sockets.stat().st_mode & 0o066 == 0
    for folder in (office.postgres.home, office.redis.home):
        assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.service
def test_processes_that_start_at_once_share_one_server_of_each_kind(office: Office) -> None:
    users = [office.user() for _ in range(4)]
    for user in users:
        user.begin("join")

    assert [user.answer() for user in users] == ["joined"] * 4
    assert len(office.guardians()) == 1
    log = (office.folder / "log" / "postgres.log").read_text(encoding="utf-8")
    assert log.count("ready to accept connections") == 1
    assert (office.folder / "log" / "redis.log").read_text().count("Server initialized") == 1


@pytest.mark.service
def test_joining_again_starts_nothing(office: Office) -> None:
    user = office.joined()
    servers = office.pids()

    for _ in range(10):
        assert user.ask("join") == "joined"

    assert office.pids() == servers
    log = (office.folder / "log" / "postgres.log").read_text(encoding="utf-8")
    assert log.count("ready to accept connections") == 1


STRANGERS = {
    "PGPORT": "1",
    "PGHOSTADDR": "127.0.0.9",
    "PGSERVICE": "elsewhere",
    "PGOPTIONS": "-c no.such=setting -c nonsense",
    "PGTARGETSESSIONATTRS": "standby",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGDATESTYLE": "German",
    "PGSSLMODE": "verify-full",
    "PGCLIENTENCODING": "LATIN1",
    "PGUSER": "nobody_of_ours",
}


def test_what_a_terminal_says_of_other_servers_reaches_none_of_ours() -> None:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", SAY_WHERE],
        cwd=Path(__file__).parents[3],
        env=kept | STRANGERS | {"NEWSROOM_MODE": "test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["newsroom_test", "UTF8"], done.stderr


SAY_WHERE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_database(), current_setting('client_encoding')")
    print(*cursor.fetchone())
"""
