"""Redis: asked for what each part of the service asks of it, by the very URLs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
from celery import current_app
from kombu import Queue
from kombu.exceptions import OperationalError

from newsroom.surroundings.needs import Need
from newsroom.surroundings.redis_words import refusal
from subscriptions import condition, redis_server

REDIS = "Redis"
OLDEST = 6
SECONDS = 60  # what is written is forgotten after as long
RULES = "~newsroom:* +@all -@dangerous +info"


@dataclass(frozen=True, slots=True)
class RedisAnswers:
    """None and empty texts: it was not asked."""

    refusal: str = ""
    version: int = 0
    forbidden: tuple[str, ...] = ()
    is_written: bool | None = None
    write_error: str = ""
    policy: str = ""
    bell: bool | None = None  # did a message come back by the broker's URL
    bell_error: str = field(default="")


def ask() -> RedisAnswers:
    """About a dozen short commands; what hangs is given up after a second. Raises nothing of Redis's."""
    client = redis_server.client()
    try:
        client.ping()
    except redis.RedisError as error:
        if not _is_forbidden(error):
            return RedisAnswers(refusal=refusal(str(error)))
    forbidden, write_error = _try_commands(client)
    is_heard, bell_error = _ring()
    return RedisAnswers(
        version=_version_of(client),
        forbidden=tuple(forbidden),
        is_written=not write_error,
        write_error=write_error,
        policy=condition.eviction_policy(),
        bell=is_heard,
        bell_error=bell_error,
    )


def _try_commands(client: "redis.Redis") -> tuple[list[str], str]:
    """Which of them its user may not, and what it says where it takes no writes."""
    key = redis_server.key("look", secrets.token_hex(4))
    tries: dict[str, Callable[[], object]] = {
        "SET": lambda: client.set(key, "written", ex=SECONDS),
        "GET": lambda: client.get(key),
        "EVAL": lambda: client.eval("return redis.call('TIME')", 1, key),
        "LPUSH": lambda: client.lpush(f"{key}.list", "bell"),
        "BRPOP": lambda: client.brpop([f"{key}.list"], timeout=0.01),
        "SADD": lambda: client.sadd(f"{key}.set", "queue"),
        "ZADD": lambda: client.zadd(f"{key}.sorted", {"bell": 1}),
        "DEL": lambda: client.delete(key, f"{key}.list", f"{key}.set", f"{key}.sorted"),
    }
    forbidden, written = [], ""
    for name, attempt in tries.items():
        try:
            attempt()
        except redis.RedisError as error:
            if _is_forbidden(error):
                forbidden.append(name)
            else:
                written = written or str(error)
    return forbidden, written


def _ring() -> tuple[bool, str]:
    """A message by Celery's own connection, there and back."""
    name = f"look.{secrets.token_hex(4)}"
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            channel = connection.default_channel
            with connection.Producer(channel) as producer:
                producer.publish({"look": name}, routing_key=name, exchange="", retry=False)
            is_back = Queue(name).bind(channel).get(no_ack=True) is not None
            return is_back, "" if is_back else "it does not come back"
    except (OperationalError, OSError, redis.RedisError) as error:
        return False, str(error)


def _version_of(client: "redis.Redis") -> int:
    try:
        return int(str(client.info("server")["redis_version"]).split(".")[0])
    except (redis.RedisError, KeyError, ValueError):
        return 0


def _is_forbidden(error: Exception) -> bool:
    return isinstance(error, redis.exceptions.NoPermissionError) or "NOPERM" in str(error)


def _version(a: RedisAnswers) -> str:
    if not a.version or a.version >= OLDEST:
        return ""
    return f"This is Redis {a.version}: install Redis {OLDEST} or newer."


def _rights(a: RedisAnswers) -> str:
    if not a.forbidden:
        return ""
    return f"Redis does not let its user do {', '.join(a.forbidden)}: ACL SETUSER … {RULES}"


def _writes(a: RedisAnswers) -> str:
    if a.is_written is not False or not a.write_error:
        return ""
    return (
        f"Redis does not accept writes ({a.write_error}): give it more memory (maxmemory), or "
        "name the primary in REDIS_URL."
    )


def _policy(a: RedisAnswers) -> str:
    if a.policy in ("", condition.RIGHT_POLICY):
        return ""
    return (
        f"Redis may discard what it holds: its maxmemory-policy is {a.policy}. Set it to "
        f"{condition.RIGHT_POLICY}."
    )


def _bell(a: RedisAnswers) -> str:
    if a.bell is not False or a.forbidden or a.write_error:  # which has been said
        return ""
    return (
        f"No bell of Celery's comes back by REDIS_URL ({a.bell_error}): take a single Redis, "
        f"and let its user do {RULES}"
    )


NEEDS: tuple[Need[RedisAnswers], ...] = (
    Need(
        "Redis",
        REDIS,
        (
            "It answers at `REDIS_URL`, takes the log-in and the number, and its certificate is "
            "valid where the URL begins with `rediss://`. A single server, no cluster."
        ),
        lambda a: a.refusal,
    ),
    Need("Redis version", REDIS, f"Version {OLDEST} or newer.", _version),
    Need(
        "Redis rights",
        REDIS,
        f"Its user may use our keys: `{RULES}`. The number may be shared.",
        _rights,
    ),
    Need("Redis writes", REDIS, "It takes writes: not full, and no replica.", _writes),
    Need("Redis policy", REDIS, f"`maxmemory-policy {condition.RIGHT_POLICY}`.", _policy),
    Need("bell", REDIS, "A message that Celery puts in comes out again.", _bell),
)
