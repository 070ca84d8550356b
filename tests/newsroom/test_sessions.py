"""What a session of the database is like, whatever the server's own settings are."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from newsroom import sessions

STRANGE = {
    "default_transaction_isolation": "serializable",
    "DateStyle": "German, DMY",
    "standard_conforming_strings": "off",
    "TimeZone": "Asia/Kathmandu",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "0",
}


@pytest.fixture
def strange_database(transactional_db: None) -> Iterator[None]:
    """As an administrator has set it for other programs."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        for setting, value in STRANGE.items():
            cursor.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    connection.close()
    yield
    with connection.cursor() as cursor:
        for setting in STRANGE:
            cursor.execute(f"ALTER DATABASE {name} RESET {setting}")
    connection.close()


def shown(setting: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        return str(cursor.fetchone()[0])


def test_what_the_server_is_set_to_is_not_believed(strange_database: None) -> None:
    assert shown("default_transaction_isolation") == "read committed"
    assert shown("standard_conforming_strings") == "on"
    assert shown("DateStyle").startswith("ISO")
    with transaction.atomic():
        assert shown("transaction_isolation") == "read committed"
    with connection.cursor() as cursor:
        cursor.execute("SELECT '2026-03-04 05:06:07+00'::timestamptz, length('\\\\')")
        assert cursor.fetchone() == (datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), 2)


def test_nobody_holds_rows_for_ever(strange_database: None) -> None:
    assert shown("idle_in_transaction_session_timeout") in {"1min", "60s"}
    assert settings.HANGS_AFTER_SECONDS == 60
    assert shown("lock_timeout") == f"{sessions.LOCK_SECONDS}s"


def test_over_tcp_the_server_notices_a_host_that_is_gone(strange_database: None) -> None:
    """By a socket there is no host that could go."""
    is_tcp = not connection.get_connection_params()["host"].startswith("/")
    assert shown("tcp_keepalives_idle") == ("15" if is_tcp else "0")


def test_a_migration_may_take_its_time(transactional_db: None) -> None:
    call_command("migrate", verbosity=0)
    assert shown("idle_in_transaction_session_timeout") == "0"
    assert shown("lock_timeout") == "0"
    connection.close()
    assert shown("lock_timeout") != "0"
