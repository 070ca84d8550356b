"""Real servers for every test that wants a database; builders of valid rows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from newsroom.serving import join_servers
from tests.builders import Press


def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-django looks for its database. A worker of xdist joins the servers of its parent."""
    join_servers()


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
        for key in redis.scan_iter(f"newsroom:{connection.settings_dict['NAME']}:sign-ups*"):
            redis.delete(key)
