"""An installation for measurements: its own database, made at the start and gone at the end."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "bench"
SERVERS = ROOT / "var" / "local-servers"
DATABASE = "newsroom_bench"
REDIS_NUMBER = 4  # those before it are of the modes (newsroom/settings.py)
# Measurements empty tables: only a database that is named for it may be given.
MARK = "bench"


class BenchmarkFailed(RuntimeError):
    """One clear line about what did not work."""


@contextmanager
def installation(*, keep: bool = False) -> Iterator[None]:
    """Django is ready inside. `keep` leaves the database, and its readers, for the next time.

    Raises BenchmarkFailed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchmarkFailed("Another benchmark runs in this folder; wait for it.") from None
        is_ours = _choose_database()
        _set_up()
        try:
            yield
        finally:
            if is_ours and not keep:
                _drop_database()


def _choose_database() -> bool:
    """True: a local one, ours to drop."""
    given = os.environ.get("DATABASE_URL")
    if given:
        if MARK not in urlsplit(given).path:
            raise BenchmarkFailed(
                f"DATABASE_URL names a database without “{MARK}” in its name. Its tables would be "
                "emptied, so that is refused."
            )
        return False
    from newsroom import local_servers

    # Not those of the tests, whose PostgreSQL does not wait for the disk.
    servers = local_servers.ensure_running(SERVERS)
    local_servers.ensure_database(servers, DATABASE)
    os.environ["DATABASE_URL"] = servers.database_url_for(DATABASE)
    os.environ.setdefault("REDIS_URL", servers.redis_url_for(REDIS_NUMBER))
    return True


def _set_up() -> None:
    # Keys under var/, DEBUG off, no .env of a real installation.
    os.environ["NEWSROOM_MODE"] = "test"
    os.environ.setdefault("SITE_URL", "https://news.courier.example.org")
    os.environ.setdefault("MAIL_URL", "memory://")
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from newsroom.serving import join_servers

    join_servers()
    call_command("migrate", verbosity=0)


def _drop_database() -> None:
    import psycopg
    from django.db import connections

    from newsroom import local_servers

    connections.close_all()
    servers = local_servers.locate(SERVERS)
    with psycopg.connect(servers.database_url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
