"""Asking Redis something of our own: briefly, so that one that hangs holds nobody up."""

from functools import cache

import redis
from django.conf import settings
from django.db import connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from subscriptions import installation

TIMEOUT_SECONDS = 1.0


def key(*words: str) -> str:
    """Under the prefix that all keys of this installation have; the database's name parts those of tests."""
    database = str(connection.settings_dict["NAME"])
    return installation.redis_prefix(settings.INSTALLATION, database) + ":".join(words)


def client() -> "redis.Redis":
    """What it raises is a redis.RedisError: whatever is wrong, Redis is away."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
