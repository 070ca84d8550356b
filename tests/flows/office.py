"""An installation of its own for a flow: an empty database, a Redis database, a paper and a mail server."""

import os
import random
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings
from psycopg import sql

from tools.demo.catcher import Catcher
from tools.demo.paper import Paper

ROOT = Path(__file__).parents[2]
# The suite, the demo and development have the first few; every server we run on has 64.
REDIS_NUMBERS = range(16, 64)


@dataclass(frozen=True, slots=True)
class Office:
    """What a process of this installation finds in its environment."""

    environment: dict[str, str]
    maildir: Path
    feed_url: str
    paper_url: str


@contextmanager
def open_office(folder: Path) -> Iterator[Office]:
    maildir = folder / "mail"
    with (
        _database() as database_url,
        _redis() as redis_url,
        Paper(now=datetime.now(UTC)) as paper,
        Catcher(maildir) as catcher,
    ):
        ours = {
            "NEWSROOM_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "newsroom.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SITE_URL": f"http://127.0.0.1:{_free_port()}",
            "MAIL_URL": f"smtp://127.0.0.1:{catcher.port}?connections=2",
            "FETCH_ALLOW": paper.address,
            "FLOW_FOLDER": str(folder),
            "FLOW_FEED_URL": paper.feed_url,
            "FLOW_PAPER_URL": paper.url,
        }
        yield Office(dict(os.environ) | ours, maildir, paper.feed_url, paper.url)


@contextmanager
def _database() -> Iterator[str]:
    name = f"newsroom_flow_{secrets.token_hex(4)}"
    statement = sql.Identifier(name)
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(statement))
        try:
            yield urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(statement))


@contextmanager
def _redis() -> Iterator[str]:
    number = random.SystemRandom().choice(REDIS_NUMBERS)
    parts = urlsplit(settings.REDIS_URL)
    place = f"{parts.scheme}://{parts.netloc}"
    is_socket = parts.scheme == "unix"
    url = f"{place}{parts.path}?db={number}" if is_socket else f"{place}/{number}"
    client = redis.Redis.from_url(url)
    try:
        client.flushdb()
        yield url
    finally:
        client.flushdb()
        client.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
