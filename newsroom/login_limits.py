"""How often a password may be tried: by account and by network, counted before it is hashed, for all processes.

The more wrong ones there were, the longer the wait. While Redis is away each process counts for itself.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from typing import Any

import limits
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from digests.notices import service
from subscriptions import redis_server
from subscriptions.clock import database_now

logger = logging.getLogger(__name__)

ACCOUNT = tuple(map(limits.parse, ("5/5 minute", "20/hour", "50/day")))
NETWORK = tuple(map(limits.parse, ("50/5 minute", "300/hour")))
# A hash takes a core for a third of a second. Whoever guesses must not take it from readers.
_hashing = threading.BoundedSemaphore(2)
HASH_SECONDS = 5.0

TITLE = "Somebody may be guessing passwords"
MORE = "The log of the web process says what else is refused; this alert comes once in six hours."


class Busy(Exception):
    """Too many passwords are being looked at just now."""


def seconds_to_wait(account: str, network: str | None) -> int:
    """Counts an attempt; 0: it may be made. `account` as it was typed, whether there is such a one or not."""
    name = _name(account)
    if network is not None and (wait := _hit(NETWORK, "network", network)):
        logger.warning("Log-ins from %s are refused for %s s: too many attempts.", network, wait)
        _tell("network", f"Too many attempts to log in from {network}.")
        return wait
    wait = _hit(ACCOUNT, "account", name)
    if wait:
        found = User.objects.filter(username=account).values_list("pk", flat=True).first()
        whose = f"account {found}" if found else "an account that does not exist"
        logger.warning("Log-ins to %s are refused for %s s: too many attempts.", whose, wait)
        known = f"the account {account}" if found else whose
        _tell("account", f"Too many attempts to log in to {known}.")
    return wait


def _tell(kind: str, what: str) -> None:
    """Tell staff, with one row of each kind that keeps the hours.

    So many names make no more emails, and time does not tell which exist.
    """
    with transaction.atomic():
        text = f"{what} {MORE}"
        service.tell_again(f"log-ins by {kind}", "service.log-ins", TITLE, text, now=database_now())


def forget(account: str) -> None:
    """Forget an account's attempts, as after a right log-in."""
    for item in ACCOUNT:
        _ask("clear", item, "account", _name(account))


@contextmanager
def hashing() -> Iterator[None]:
    """Hold a turn for hashing a password. Raises Busy if none is free in time."""
    if not _hashing.acquire(timeout=HASH_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _hashing.release()


def _name(account: str) -> str:
    """Nobody reads in Redis what was typed: it may be a password in the wrong field."""
    return sha256(f"{settings.SECRET_KEY}{account.casefold().strip()}".encode()).hexdigest()[:32]


def _hit(items: tuple[limits.RateLimitItem, ...], kind: str, what: str) -> int:
    waits = [0]
    for item in items:
        if not _ask("hit", item, kind, what):
            stats = _ask("get_window_stats", item, kind, what)
            waits.append(max(1, round(stats.reset_time - time.time())))
    return max(waits)


def _ask(method: str, item: limits.RateLimitItem, kind: str, what: str) -> Any:
    """A method of the limiter's, of Redis or of this process."""
    try:
        return getattr(_redis(redis_server.key("log-ins")), method)(item, kind, what)
    except (RedisError, OSError) as error:
        logger.warning("Log-ins are counted in this process: %s", error)
        return getattr(_memory(), method)(item, kind, what)


@cache
def _memory() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@cache
def _redis(key_prefix: str) -> FixedWindowRateLimiter:
    url = settings.REDIS_URL
    storage: Storage = RedisStorage(
        f"redis+{url}" if url.startswith("unix:") else url,
        key_prefix=key_prefix,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
    )
    return FixedWindowRateLimiter(storage)
