"""How many mails may leave by a way at this moment: one token bucket a way, in Redis, for all processes together.

A tenth of it is kept for single mails, so that a confirmation never waits behind a digest. A bucket that is missing
(Redis was emptied, nothing was sent for a while) starts empty, so that nothing bursts.
"""

import time
from dataclasses import dataclass
from typing import Any, cast

import redis

from subscriptions import redis_server
from subscriptions.mailing.mail import MailRoute

KEPT_SHARE = 0.1
# What may burst: as much as flows in within a second, and never less than a single mail needs beside the kept share.
BURST_SECONDS = 1.0
SMALLEST_BURST = 2.0
# Many small slices would cost more than they send: a tenth of a second's mails at least.
SMALLEST_GRANT_SECONDS = 0.1
# A Redis that hangs is not asked again for as long.
PAUSE_SECONDS = 2.0
FORGET_SECONDS = 120

# One step for Redis, so no two processes take the same token; by Redis's clock, so theirs need not agree.
TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local rate, burst, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local least, most = tonumber(ARGV[4]), tonumber(ARGV[5])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(held[1]) or 0
local since = tonumber(held[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - since) * rate)
local granted, wait = 0, 0
if tokens - kept >= least then
  granted = math.min(most, math.floor(tokens - kept))
else
  wait = (kept + least - tokens) / rate
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - granted), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], ARGV[6])
return {granted, string.format('%.6f', wait)}
"""

_away_until = 0.0


class RedisAway(Exception):
    """Nobody knows what the other processes take."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may leave now; if none, in how many seconds some may."""

    number: int
    wait_seconds: float = 0.0
    refusals: int = 0  # of a service, in a row, before this call


@dataclass(frozen=True, slots=True)
class Shape:
    """A bucket's numbers, for a rate in mails a second."""

    rate: float
    is_single: bool = False

    @property
    def burst(self) -> float:
        return max(self.rate * BURST_SECONDS, SMALLEST_BURST)

    @property
    def kept(self) -> float:
        return 0 if self.is_single else self.burst * KEPT_SHARE

    def least(self, most: int) -> int:
        return min(most, max(1, int(self.rate * SMALLEST_GRANT_SECONDS)))


def take(route: MailRoute, most: int, *, is_single: bool = False) -> Grant:
    """Up to `most` mails, for a way with a rate. Raises RedisAway."""
    shape = Shape(route.rate, is_single)
    numbers = (shape.rate, shape.burst, shape.kept, shape.least(most), most, FORGET_SECONDS)
    granted, wait = cast("list[Any]", ask_redis("eval", TAKE, 1, _key(route), *map(str, numbers)))
    return Grant(int(granted), float(wait))


def give_back(route: MailRoute, number: int) -> None:
    """What was taken and is not needed. Raises RedisAway."""
    if number > 0:
        ask_redis("hincrbyfloat", _key(route), "tokens", number)


def redis_key(what: str, route: MailRoute) -> str:
    return redis_server.key(what, route.name)


def _key(route: MailRoute) -> str:
    return redis_key("bucket", route)


def ask_redis(command: str, *arguments: Any) -> Any:
    global _away_until
    if time.monotonic() < _away_until:
        raise RedisAway
    try:
        return getattr(redis_server.client(), command)(*arguments)
    except redis.RedisError as error:
        _away_until = time.monotonic() + PAUSE_SECONDS
        raise RedisAway from error
