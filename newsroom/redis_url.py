"""REDIS_URL, read once: what redis-py (pages, limits, the cache) and Celery are each told of the same server.

Both read URLs, each in its own way. So what stands here is written anew for each of them, in full; what one of them
would pass over is refused. Certificates are verified by both unless `ssl_cert_reqs=none` is written.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

PORT = 6379
EXAMPLE = "redis://user:password@host:6379/0"
FILES = {
    "ssl_ca_certs": "the authority's certificate",
    "ssl_certfile": "our own certificate",
    "ssl_keyfile": "its key",
}
TLS = frozenset({*FILES, "ssl_cert_reqs"})
VERIFIED = frozenset({"required", "cert_required"})
UNVERIFIED = frozenset({"none", "cert_none"})
# Where what is often written belongs.
BELONGS = {
    "db": "write the number after the host: redis://host:6379/4",
    "virtual_host": "write the number as ?db=4",
    "username": "write it before the @: {scheme}://user:password@…",
    "password": "write it before the @: {scheme}://user:password@…",
    "ssl": "write rediss:// instead",
    "ssl_check_hostname": "a name is checked with its certificate; ssl_cert_reqs=none turns both off",
}


@dataclass(frozen=True, slots=True)
class RedisPlace:
    url: str = field(repr=False)  # for redis-py, and what is built on it
    broker_url: str = field(repr=False)  # for Celery
    broker_tls: dict[str, Any] | None  # CELERY_BROKER_USE_SSL; None without TLS


def parse(text: str) -> RedisPlace:
    """Parse REDIS_URL. Raises ImproperlyConfigured; its message never contains the password."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise _no_url() from None
    if parts.scheme not in {"redis", "rediss", "unix"} or parts.fragment or port == 0:
        raise _no_url()
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs):
        raise ImproperlyConfigured("REDIS_URL gives an option twice: write each once.")
    if parts.scheme == "unix":
        return _socket(parts, query)
    return _server(parts, port or PORT, query)


def _server(parts: SplitResult, port: int, query: dict[str, str]) -> RedisPlace:
    if not parts.hostname:
        raise _no_url()
    is_tls = parts.scheme == "rediss"
    _refuse_others(parts.scheme, query, TLS if is_tls else frozenset())
    number = _number(parts.path.removeprefix("/") or "0", "after the host: redis://host:6379/4")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{parts.scheme}://{_login(parts)}{host}:{port}/{number}"
    if not is_tls:
        return RedisPlace(place, place, None)
    files = {name: path for name, path in query.items() if name in FILES}
    for name, path in files.items():
        _must_be_readable(name, path)
    is_verified = _is_verified(query.get("ssl_cert_reqs", "required"))
    options = {
        "ssl_cert_reqs": "required" if is_verified else "none",
        "ssl_check_hostname": str(is_verified),
        **files,
    }
    broker_tls = {
        "ssl_cert_reqs": ssl.CERT_REQUIRED if is_verified else ssl.CERT_NONE,
        "ssl_check_hostname": is_verified,
        **files,
    }
    return RedisPlace(f"{place}?{urlencode(options)}", place, broker_tls)


def _socket(parts: SplitResult, query: dict[str, str]) -> RedisPlace:
    if parts.hostname or not parts.path.startswith("/"):
        raise ImproperlyConfigured(
            "REDIS_URL must name its socket by a whole path: unix:///run/redis/redis.sock?db=0, or "
            "unix://user:password@/run/redis/redis.sock?db=0."
        )
    _refuse_others("unix", query, frozenset({"db"}))
    number = _number(query.get("db", "0"), "as unix:///run/redis/redis.sock?db=4")
    path = f"{_login(parts)}{quote(unquote(parts.path))}"
    return RedisPlace(
        f"unix://{path}?db={number}", f"redis+socket://{path}?virtual_host={number}", None
    )


def _login(parts: SplitResult) -> str:
    user, password = (quote(unquote(it or ""), safe="") for it in (parts.username, parts.password))
    if user and not password:
        raise ImproperlyConfigured(
            f"REDIS_URL has a user without a password: write {EXAMPLE}, or redis://:password@host:6379/0 where there "
            "is a password only."
        )
    return f"{user}:{password}@" if password else ""


def _refuse_others(scheme: str, query: dict[str, str], known: frozenset[str]) -> None:
    for name in query:
        if name in known:
            continue
        if name in TLS and scheme == "redis":
            raise ImproperlyConfigured(
                f"REDIS_URL has {name}, which is for TLS: write rediss:// for a server that speaks it."
            )
        where = BELONGS.get(name, "leave it out").format(scheme=scheme)
        raise ImproperlyConfigured(f"REDIS_URL has {name}=…, which means nothing there: {where}.")


def _number(text: str, form: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise ImproperlyConfigured(f"REDIS_URL must name its database by a number, {form}.")
    return str(int(text))


def _is_verified(word: str) -> bool:
    if word.lower() not in VERIFIED | UNVERIFIED:
        raise ImproperlyConfigured(
            "REDIS_URL has an ssl_cert_reqs that is neither required (the default) nor none."
        )
    return word.lower() in VERIFIED


def _must_be_readable(name: str, path: str) -> None:
    try:
        Path(path).read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no path"
        raise ImproperlyConfigured(
            f"REDIS_URL names {path} as {FILES[name]} ({name}), which cannot be read: {why}."
        ) from error


def _no_url() -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"REDIS_URL must be a URL such as {EXAMPLE}, rediss://… for TLS, or unix:///run/redis/redis.sock?db=0 "
        "(special characters written as %23 and the like)."
    )
