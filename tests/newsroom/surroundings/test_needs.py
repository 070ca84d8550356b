"""Each need by itself: what is said of answers that are not as they must be. No server is asked."""

from dataclasses import replace

import pytest
from django.conf import settings

from newsroom.surroundings import database, docs, looking, redis, relay, site
from newsroom.surroundings.database import DatabaseAnswers
from newsroom.surroundings.database_words import refusal
from newsroom.surroundings.needs import Finding, unmet
from newsroom.surroundings.redis import RedisAnswers
from newsroom.surroundings.relay import RelayAnswers
from newsroom.surroundings.site import SiteAnswers

DATABASE = DatabaseAnswers(
    "", 15, "UTF8", "C", "2.36", "2.36", "read committed", "ISO, MDY", "on", True, (7, 7)
)  # fmt: skip
REDIS = RedisAnswers("", 7, (), True, "", "noeviction", True)
SITE = SiteAnswers(
    url="https://news.example.org", trusts_proxy=True, status=200, installation="a", ours="a", is_secure=True
)  # fmt: skip


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    assert "\n" not in findings[0].text
    return findings[0]


@pytest.mark.parametrize(
    ("change", "stops", "words"),
    [
        ({"version": 14}, True, "This is PostgreSQL 14: install PostgreSQL 15 or newer"),
        ({"encoding": "LATIN1"}, True, "encoded in LATIN1"),
        ({"encoding": "SQL_ASCII"}, True, "ENCODING 'UTF8' TEMPLATE template0; and restore a dump"),
        ({"collation_of_addresses": "default"}, True, "ALTER address TYPE varchar(254) COLLATE \"C\""),
        ({"collation_used": "2.41"}, False, "REFRESH COLLATION VERSION"),
        ({"isolation": "serializable"}, True, "(the isolation is serializable)"),
        ({"date_style": "German, DMY"}, True, "(DateStyle is German, DMY)"),
        ({"standard_strings": "off"}, True, "(standard_conforming_strings is off)"),
        ({"may_create": False}, False, "OWNER TO"),
        ({"backends": (7, 8)}, True, "pool_mode = transaction"),
        ({"is_by_statement": True}, True, "pool_mode = transaction"),
        ({"refusal": "It refuses."}, True, "It refuses."),
    ],
)  # fmt: skip
def test_of_the_database(change: dict[str, object], stops: bool, words: str) -> None:
    assert list(unmet(database.NEEDS, DATABASE)) == []
    found = only(list(unmet(database.NEEDS, replace(DATABASE, **change))))  # type: ignore[arg-type]
    assert words in found.text
    assert found.stops is stops


def test_nothing_is_said_of_what_was_not_asked() -> None:
    assert list(unmet(database.NEEDS, DatabaseAnswers())) == []
    assert list(unmet(redis.NEEDS, RedisAnswers())) == []
    assert list(unmet(relay.NEEDS, RelayAnswers())) == []
    nothing = SiteAnswers(url="http://news.example.org", trusts_proxy=False)
    assert list(unmet(site.NEEDS, nothing)) == []
    before_the_tables = replace(DATABASE, collation_of_addresses=None)
    assert list(unmet(database.NEEDS, before_the_tables)) == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('FATAL:  password authentication failed for user "news"', "refuses user {user} with this password"),
        ('FATAL:  database "newsroom_x" does not exist', "ENCODING 'UTF8' TEMPLATE template0;"),
        ('FATAL:  role "news" does not exist', "CREATE ROLE {user} LOGIN PASSWORD"),
        ("connection failed: … port 1 failed: Connection refused\n\tIs the server running", "Nobody listens at"),
        ("failed to resolve host 'nohost.invalid': [Errno -2]", "is not known: write another"),
        ("connection timeout expired", "or let its firewall pass us"),
        ("FATAL:  no pg_hba.conf entry for host", "add a line to its pg_hba.conf"),
        ("SSL error: certificate verify failed", "sslrootcert=/path"),
        ("server does not support SSL, but SSL was required", "speaks no TLS"),
        ("session is read-only", "is a standby"),
        ("FATAL:  no such database: news", "add it to [databases]"),
        ("FATAL:  unsupported startup parameter: options", "leave it out of DATABASE_URL"),
        ("FATAL: Passwort falsch", "(FATAL: Passwort falsch): look at DATABASE_URL"),
    ],
)  # fmt: skip
def test_what_a_database_says_is_told_with_what_to_write(said: str, words: str) -> None:
    assert words.format(user=settings.DATABASES["default"]["USER"]) in refusal(said)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 5}, "This is Redis 5: install Redis 6 or newer."),
        ({"forbidden": ("EVAL", "SADD")}, "does not let its user do EVAL, SADD: ACL SETUSER … ~newsroom:*"),
        ({"forbidden": ("SET",), "bell": False}, "does not let its user do SET"),
        ({"is_written": False, "write_error": "READONLY"}, "does not accept writes (READONLY)"),
        ({"is_written": False, "write_error": "OOM", "bell": False}, "does not accept writes (OOM)"),
        ({"policy": "allkeys-lru"}, "its maxmemory-policy is allkeys-lru. Set it to noeviction."),
        ({"bell": False, "bell_error": "nothing"}, "No bell of Celery's comes back by REDIS_URL (nothing)"),
        ({"refusal": "It refuses."}, "It refuses."),
    ],
)  # fmt: skip
def test_of_redis(change: dict[str, object], words: str) -> None:
    assert list(unmet(redis.NEEDS, REDIS)) == []
    found = only(list(unmet(redis.NEEDS, replace(REDIS, **change))))  # type: ignore[arg-type]
    assert words in found.text
    assert not found.stops  # all goes on without Redis


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"error": "nobody listens there", "status": 0, "is_secure": None}, "is not answered, seen from here: nobody"),
        ({"status": 301, "leads_to": "https://www.example.org/"}, "leads on to https://www.example.org/"),
        ({"status": 404}, "answers 404 for /healthz"),
        ({"installation": "b"}, "another program or installation"),
        ({"installation": None}, "another program or installation"),
        ({"is_secure": False}, "let the proxy set X-Forwarded-Proto"),
        ({"is_secure": False, "trusts_proxy": False}, "TRUST_PROXY is 0: no HSTS is sent"),
        ({"is_secure": None, "trusts_proxy": False}, "TRUST_PROXY is 0: no HSTS is sent"),
        ({"picture": "the answer is 404"}, "not found at MEDIA_URL (/media/): the answer is 404"),
    ],
)  # fmt: skip
def test_of_the_proxy(change: dict[str, object], words: str) -> None:
    assert list(unmet(site.NEEDS, SITE)) == []
    found = only(list(unmet(site.NEEDS, replace(SITE, **change))))  # type: ignore[arg-type]
    assert words in found.text


def test_a_web_server_that_speaks_tls_itself_needs_no_proxy() -> None:
    assert list(unmet(site.NEEDS, replace(SITE, trusts_proxy=False))) == []


def test_of_mail_servers() -> None:
    answers = RelayAnswers(tls={"MAIL_URL": "not valid", "MAIL_FALLBACK_URL": "expired"})
    found = only(list(unmet(relay.NEEDS, answers)))
    assert "MAIL_URL: not valid. " in found.text
    assert "MAIL_FALLBACK_URL: expired. " in found.text


def test_the_table_of_the_documents_is_that_of_the_checks() -> None:
    page = docs.PAGE.read_text(encoding="utf-8")
    assert docs.written(page) == page, "run `python -m newsroom.surroundings.docs`"
    assert docs.table() in page


def test_each_need_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({need.name for need in looking.ALL}) == len(looking.ALL)
    assert all(need.must.endswith(".") for need in looking.ALL)
