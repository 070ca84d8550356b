"""DATABASE_URL, read as libpq reads it, and what every process of ours needs of a connection beside it."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import IsolationLevel
from psycopg.pq import Conninfo

SCHEMES = frozenset({"postgres", "postgresql", "psql", "pgsql"})
EXAMPLE = "postgres://user:password@host:5432/name"
LONGEST_NAME = 63  # bytes, as PostgreSQL keeps them
# One of the hosts before the path: a name, a socket's folder (%2Frun%2Fpostgresql), an IPv6 address in brackets.
PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(?P<port>\d*))?")
OPTIONS = {
    "application_name": "newsroom",
    "connect_timeout": 10,
    "target_session_attrs": "read-write",
    # A server that is gone without a word is given up within half a minute.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# Of libpq's words, those that stand elsewhere in the URL, or would name another database behind its back.
ELSEWHERE = {
    "user": f"write it before the @: {EXAMPLE}",
    "password": f"write it before the @: {EXAMPLE}",
    "dbname": f"write it after the host: {EXAMPLE}",
    "service": f"write what the service holds: {EXAMPLE}",
    "replication": "leave it out",
    "client_encoding": "it is UTF8 in any case; leave it out",
}


def database(url: str) -> dict[str, Any]:
    """Django's words for it. Raises ImproperlyConfigured, without repeating a password."""
    found = _parts(url)
    # They live as long as a session, which a pooler may share out after each statement.
    found["DISABLE_SERVER_SIDE_CURSORS"] = True
    # What the URL says goes before what we would.
    found["OPTIONS"] = OPTIONS | found["OPTIONS"]
    found["OPTIONS"]["isolation_level"] = IsolationLevel.READ_COMMITTED  # said at each transaction
    return found


def _parts(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url.strip())
        login, _at, places = parts.netloc.rpartition("@")
    except ValueError:
        raise _no_url() from None
    user, colon, password = login.partition(":")
    query = _options(parts.query)
    hosts, ports = _places(places)
    if parts.scheme not in SCHEMES or parts.fragment or (colon and not user):
        raise _no_url()
    if (hosts and "host" in query) or (ports and "port" in query):
        raise ImproperlyConfigured(
            "DATABASE_URL names its host or port twice: write them before the path, or as ?host=…&port=…, not both."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _name(parts.path),
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": query.pop("host", hosts),
        "PORT": query.pop("port", ports),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


def _places(text: str) -> tuple[str, str]:
    """Hosts and ports; of several, libpq tries one after the other."""
    found = [PLACE.fullmatch(place) for place in text.split(",")]
    matches = [match for match in found if match]
    if len(matches) < len(found) or any(
        match["port"] and int(match["port"]) > 65535 for match in matches
    ):
        raise _no_url()
    hosts = ",".join(unquote(match["host"].strip("[]")) for match in matches)
    ports = [match["port"] or "" for match in matches]
    return hosts, ",".join(port or "5432" for port in ports) if any(ports) else ""


def _options(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    except ValueError:
        raise _no_url() from None
    if len(dict(pairs)) < len(pairs):
        raise ImproperlyConfigured("DATABASE_URL gives an option twice: write each once.")
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    for name, _value in pairs:
        if name in ELSEWHERE:
            raise ImproperlyConfigured(
                f"DATABASE_URL has {name}=…, which does not belong there: {ELSEWHERE[name]}."
            )
        if name not in known:
            raise ImproperlyConfigured(
                f"DATABASE_URL has {name}=…, which PostgreSQL's library does not know: leave it out. Its words are "
                "such as sslmode=verify-full, sslrootcert=/path and connect_timeout=5."
            )
    return dict(pairs)


def _name(path: str) -> str:
    raw = path.removeprefix("/")
    name = unquote(raw)
    if not name or "/" in raw or "\0" in name or len(name.encode()) > LONGEST_NAME:
        raise ImproperlyConfigured(
            f"DATABASE_URL must name a database after the host, of up to {LONGEST_NAME} bytes: {EXAMPLE}."
        )
    return name


def _no_url() -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"DATABASE_URL must be a URL such as {EXAMPLE}, or postgres://user@/name?host=/run/postgresql for a socket "
        "(special characters written as %23 and the like)."
    )
