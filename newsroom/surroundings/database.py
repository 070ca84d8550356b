"""PostgreSQL, and a pooler in front of it."""

from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection, transaction

from newsroom.surroundings.database_words import refusal
from newsroom.surroundings.needs import Need
from subscriptions.models.folding import FOLDING

POSTGRESQL, POOLER = "PostgreSQL", "Pooler"
OLDEST = 15
READ_COMMITTED = "read committed"

ASK = """
SELECT pg_encoding_to_char(d.encoding), d.datcollversion, pg_database_collation_actual_version(d.oid),
       current_setting('transaction_isolation'), current_setting('DateStyle'),
       current_setting('standard_conforming_strings'), has_schema_privilege(current_schema(), 'CREATE'),
       (SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
         WHERE a.attrelid = to_regclass('subscriptions_subscriber') AND a.attname = 'address'), pg_backend_pid()
  FROM pg_database d WHERE d.datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class DatabaseAnswers:
    """None and empty texts: it was not asked."""

    refusal: str = ""
    version: int = 0
    encoding: str = ""
    collation_of_addresses: str | None = None
    collation_kept: str | None = None  # the version of the C library's, when the database was made
    collation_used: str | None = None
    isolation: str = ""
    date_style: str = ""
    standard_strings: str = ""
    may_create: bool | None = None
    backends: tuple[int, ...] = ()  # who answered within one transaction
    is_by_statement: bool = False  # the pooler said so


def ask() -> DatabaseAnswers:
    """Two statements in one transaction. Raises nothing of the database's."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            version = int(getattr(connection, "pg_version", 0)) // 10_000
            if version < OLDEST:
                return DatabaseAnswers(version=version)
            cursor.execute(ASK)
            row = cursor.fetchone()
            cursor.execute("SELECT pg_backend_pid()")
            backends = (row[8], cursor.fetchone()[0])
    except Error as error:
        by_statement = "statement pooling" in str(error)
        return DatabaseAnswers(
            refusal="" if by_statement else refusal(str(error)), is_by_statement=by_statement
        )
    return DatabaseAnswers(
        version=version,
        encoding=row[0],
        collation_kept=row[1],
        collation_used=row[2],
        isolation=row[3],
        date_style=row[4],
        standard_strings=row[5],
        may_create=row[6],
        collation_of_addresses=row[7],
        backends=backends,
    )


def _version(a: DatabaseAnswers) -> str:
    if not a.version or a.version >= OLDEST:
        return ""
    return (
        f"This is PostgreSQL {a.version}: install PostgreSQL {OLDEST} or newer, and move the "
        "database there."
    )


def _encoding(a: DatabaseAnswers) -> str:
    if a.encoding in ("", "UTF8"):
        return ""
    name = settings.DATABASES["default"]["NAME"]
    return (
        f"The database is encoded in {a.encoding}, so names and mails are lost in it: make "
        f"another with CREATE DATABASE {name} … "
        "ENCODING 'UTF8' TEMPLATE template0; and restore a dump there."
    )


def _folding(a: DatabaseAnswers) -> str:
    if a.collation_of_addresses in (None, FOLDING):
        return ""
    return (
        f"Addresses are folded by the collation {a.collation_of_addresses}, so suppressed "
        "readers may be mailed: restore the dump with its collations, or ALTER TABLE "
        "subscriptions_subscriber ALTER address "
        f'TYPE varchar(254) COLLATE "{FOLDING}";'
    )


def _collation(a: DatabaseAnswers) -> str:
    if a.collation_kept == a.collation_used or None in (a.collation_kept, a.collation_used):
        return ""
    name = settings.DATABASES["default"]["NAME"]
    return (
        f"The C library sorts otherwise than when the database was made ({a.collation_kept}, "
        f"now {a.collation_used}): REINDEX DATABASE "
        f'"{name}"; ALTER DATABASE "{name}" REFRESH COLLATION VERSION;'
    )


def _sessions(a: DatabaseAnswers) -> str:
    wrong = [
        f"{name} is {value}"
        for name, value, is_right in (
            ("the isolation", a.isolation, a.isolation == READ_COMMITTED),
            ("DateStyle", a.date_style, a.date_style.startswith("ISO")),
            ("standard_conforming_strings", a.standard_strings, a.standard_strings == "on"),
        )
        if value and not is_right
    ]
    if not wrong:
        return ""
    return (
        f"What a connection asks for does not reach the database ({', '.join(wrong)}), so a "
        "pooler drops it: write the same into the "
        "database, as ALTER DATABASE … SET DateStyle = 'ISO'; or take another pooler."
    )


def _rights(a: DatabaseAnswers) -> str:
    if a.may_create is not False:
        return ""
    ours = settings.DATABASES["default"]
    return (
        f"User {ours['USER']} may make no tables here, so migrations fail: ALTER DATABASE "
        f"{ours['NAME']} OWNER TO {ours['USER']};"
    )


def _pooling(a: DatabaseAnswers) -> str:
    if not a.is_by_statement and len(set(a.backends)) < 2:
        return ""
    return (
        "The pooler shares connections out by statement: let it pool by transaction or by session "
        "(pool_mode = transaction)."
    )


NEEDS: tuple[Need[DatabaseAnswers], ...] = (
    Need(
        "database",
        POSTGRESQL,
        (
            "It answers at `DATABASE_URL`, takes the log-in and its TLS is in order; a primary, "
            "since a standby takes no writes."
        ),
        lambda a: a.refusal,
        stops=True,
    ),
    Need("database version", POSTGRESQL, f"Version {OLDEST} or newer.", _version, stops=True),
    Need(
        "database encoding",
        POSTGRESQL,
        (
            "The database is encoded in UTF8, whatever its locale: `ENCODING 'UTF8' TEMPLATE "
            "template0`."
        ),
        _encoding,
        stops=True,
    ),
    Need(
        "folding",
        POSTGRESQL,
        (
            'Any collation. Addresses have the collation `"C"` of their own, which a restored '
            "dump must keep."
        ),
        _folding,
        stops=True,
    ),
    Need(
        "collation",
        POSTGRESQL,
        "After an upgrade of the C library its indexes are built anew.",
        _collation,
    ),
    Need(
        "database rights",
        POSTGRESQL,
        "The user owns the database, or may create in its schema; no extension is needed.",
        _rights,
    ),
    Need(
        "sessions",
        POSTGRESQL,
        (
            "Isolation, `DateStyle`, `standard_conforming_strings`, time zone and time limits as "
            "you like: each connection asks for its own."
        ),
        _sessions,
        stops=True,
    ),
    Need(
        "pooling",
        POOLER,
        (
            "It pools by transaction or by session, not by statement; parameters that PostgreSQL "
            "reports (`DateStyle`, `TimeZone`, …) follow the client, as PgBouncer does it."
        ),
        _pooling,
        stops=True,
    ),
)
