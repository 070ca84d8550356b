"""Real servers for every test that wants a database; builders of valid rows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.signals import setting_changed
from django.db import connection
from django.dispatch import receiver
from pytest_django.plugin import DjangoDbBlocker
from redis import Redis

from newsroom.serving import join_servers
from subscriptions import reader_language, redis_server
from subscriptions.mailing import suppression
from subscriptions.models import SuppressionCanary
from tests.builders import Press
from tests.live import Door

# What a test may ask for that needs a server.
OF_SERVERS = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only tests that need no server")
    parser.addoption("--served", action="store_true", help="only the others")


def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-django looks for its database. A worker of xdist joins the servers of its parent."""
    if config.getoption("quick"):
        return
    join_servers()
    if settings.NEEDS_LOCAL_SERVERS:
        _wait_for_no_disk()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("quick") and not config.getoption("served"):
        return
    kept, left_out = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        is_wanted = _needs_servers(item) == config.getoption("served")
        (kept if is_wanted else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def _needs_servers(item: pytest.Item) -> bool:
    marks = {mark.name for mark in item.iter_markers()}
    asked_for = set(getattr(item, "fixturenames", ()))
    return bool(marks & {"service", "browser", "fault", "django_db"} or asked_for & OF_SERVERS)


def _wait_for_no_disk() -> None:
    """What PostgreSQL has written outlives its own end and a kill -9; only a power cut would take it.

    Half of the suite's time went to the disk. The setting stays with the servers of tests.
    """
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as own:
        own.execute("ALTER SYSTEM SET fsync = off")
        own.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def door_of_the_live_server() -> Door:
    return Door()


@pytest.fixture(autouse=True)
def _no_visitor_stays_for_the_flush(
    request: pytest.FixtureRequest, door_of_the_live_server: Door
) -> Iterator[None]:
    """After the database and before any page: what pages have left running ends before the tables are emptied."""
    door_of_the_live_server.open()
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    door_of_the_live_server.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """As pytest-django's; at the end nobody keeps the database, since one that is in use cannot be dropped."""
    with django_db_blocker.unblock():
        suppression.prove_key_unchanged()  # once a process: no test counts these queries
        SuppressionCanary.objects.all().delete()
        connection.close()


@receiver(setting_changed)
def _browsers_speak_anew(*, setting: str, **_: object) -> None:
    """What a browser's languages mean is remembered."""
    if setting == "LANGUAGES":
        reader_language._first_supported.cache_clear()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where every user of the machine can reach it, unlike pytest's own: `nobody` runs PostgreSQL for a root without
    namespaces."""
    folder = Path(tempfile.mkdtemp(prefix="the news room é "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def press(db: None) -> Press:
    """A publisher with the means to print: builds rows that are valid in every respect."""
    return Press()


@pytest.fixture
def no_counts(db: None) -> None:
    """Limits count from nothing, whatever other tests have sent."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        for key in redis.scan_iter(redis_server.key("sign-ups*")):
            redis.delete(key)
