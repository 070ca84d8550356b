"""DATABASE_URL: read as libpq reads it, or refused with the form that works."""

from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from psycopg import IsolationLevel

from newsroom.database_url import database

PASSWORD = "p:/@#ss é%"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://h/n", {"HOST": "h", "PORT": "", "NAME": "n", "USER": "", "PASSWORD": ""}),
        (
            f"postgresql://ada:{quote(PASSWORD, safe='')}@h:5433/a%20b",
            {"USER": "ada", "PASSWORD": PASSWORD, "PORT": "5433", "NAME": "a b"},
        ),
        ("postgres://u@[2001:db8::1]:5433/n", {"HOST": "2001:db8::1", "PORT": "5433"}),
        ("postgres://u@%2Frun%2Fpostgresql/n", {"HOST": "/run/postgresql", "PORT": ""}),
        ("postgres://u@%2Frun%2Fpostgresql:5433/n", {"HOST": "/run/postgresql", "PORT": "5433"}),
        ("postgres://u@/n?host=/run/postgresql&port=5433", {"HOST": "/run/postgresql", "PORT": "5433"}),
        ("postgres://u@a:5433,b:5434/n", {"HOST": "a,b", "PORT": "5433,5434"}),
        ("postgres://u@a,b:5434/n", {"HOST": "a,b", "PORT": "5432,5434"}),
        ("postgres://u@/n?host=a,b&port=1,2", {"HOST": "a,b", "PORT": "1,2"}),
    ],
)  # fmt: skip
def test_places_and_log_ins_are_read_as_libpq_reads_them(
    url: str, expected: dict[str, str]
) -> None:
    assert expected.items() <= database(url).items()


def test_what_the_url_says_goes_before_what_we_would() -> None:
    options = database(
        "postgres://h/n?connect_timeout=3&target_session_attrs=primary&sslmode=verify-full"
        "&sslrootcert=/our%20ca.pem&application_name=ours"
    )["OPTIONS"]
    ours: dict[str, Any] = {
        "connect_timeout": "3",
        "target_session_attrs": "primary",
        "sslmode": "verify-full",
        "sslrootcert": "/our ca.pem",
        "application_name": "ours",
    }
    assert ours.items() <= options.items()
    assert options["isolation_level"] is IsolationLevel.READ_COMMITTED
    plain = database("postgres://h/n")["OPTIONS"]
    assert (plain["connect_timeout"], plain["target_session_attrs"]) == (10, "read-write")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "DATABASE_URL must be a URL such as postgres://"),
        ("mysql://u@h/n", "must be a URL such as"),
        ("postgres://u:secret@h:port/n", "must be a URL such as"),
        ("postgres://u:se#cret@h/n", "must be a URL such as"),
        ("postgres://u:se?cret@h/n", "must be a URL such as"),
        ("postgres://u:12/secret@h/n", "must name a database"),
        ("postgres://u:secret@h:99999/n", "must be a URL such as"),
        ("postgres://u:secret@[h/n", "must be a URL such as"),
        ("postgres://u:secret@h", "must name a database after the host"),
        ("postgres://u:secret@h/", "must name a database"),
        (f"postgres://h/{'n' * 64}", "of up to 63 bytes"),
        ("postgres://h/n?conn_max_age=60", "DATABASE_URL has conn_max_age=…, which PostgreSQL's library does not"),
        ("postgres://h/n?pool=1", "DATABASE_URL has pool=…"),
        ("postgres://h/n?isolation_level=4", "DATABASE_URL has isolation_level=…"),
        ("postgres://h/n?password=secret", "write it before the @"),
        ("postgres://h/n?dbname=m", "write it after the host"),
        ("postgres://h/n?service=news", "write what the service holds"),
        ("postgres://h/n?sslmode=require&sslmode=disable", "gives an option twice"),
        ("postgres://h/n?host=/run", "names its host or port twice"),
        ("postgres://h/n?sslmode", "must be a URL such as"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_with_the_form_that_works(url: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        database(url)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "cret" not in str(refused.value)
