"""How many calls a service may be made at this moment, for all processes together: documented, told by it, or learned.

A bucket a way in Redis, as token_bucket.py has one for mails. Single mails take from it, too (turns.py). What a service
says with an answer is believed within reason: a wait on the word of a header ends after a minute, and nothing makes us
slower than one call in two seconds but a 429.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import cast

from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.replies import wait_seconds
from subscriptions.mailing.services import service_named
from subscriptions.mailing.token_bucket import Grant, ask_redis, redis_key

# Of what it allows: clocks and networks are never quite even.
SHARE = 0.95
SLOWEST = 0.5  # calls a second, on the word of a header
LONGEST_WAIT_SECONDS = 60.0  # on the word of a header
KEPT_SECONDS = 900
# After a refusal so much slower; after so long without one so much faster.
SLOWER, FASTER, CALM_SECONDS = 0.8, 1.1, 10

# By Redis's own clock, so that those of the processes need not agree.
CLOCK = """
local time = redis.call('TIME')
local now = tonumber(ARGV[1]) or tonumber(time[1]) + tonumber(time[2]) / 1000000
"""

# One step for Redis. “rate” is what was told or learned, else what is documented; 0: none is known.
TAKE = f"""{CLOCK}
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'rate', 'until', 'seen', 'calm', 'refused')
local known, most, single = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local since = tonumber(held[2]) or now
local learned, calm = tonumber(held[3]), tonumber(held[6]) or now
local rest = (tonumber(held[4]) or 0) - now
local seen = (tonumber(held[5]) or 0) * math.exp(-math.max(0, now - since))
if rest > 0 then return {{0, string.format('%.6f', rest), 0}} end
if learned and now - calm > tonumber(ARGV[6]) then
  learned, calm = learned * tonumber(ARGV[7]), now
  redis.call('HSET', KEYS[1], 'rate', string.format('%.6f', learned), 'calm', string.format('%.6f', calm))
end
local rate = learned or known
local granted, wait, tokens = most, 0, 1
if rate > 0 then
  local burst = math.max(1, rate / 10)
  tokens = math.min(burst, (tonumber(held[1]) or 1) + math.max(0, now - since) * rate)
  if single == 1 and tokens > -math.max(1, rate) then granted = 1
  elseif tokens >= 1 then granted = math.min(most, math.floor(tokens))
  else granted, wait = 0, (1 - tokens) / rate end
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - granted), 'at', string.format('%.6f', now),
  'seen', string.format('%.6f', seen + granted))
redis.call('EXPIRE', KEYS[1], ARGV[5])
return {{granted, string.format('%.6f', wait), tonumber(held[7]) or 0}}
"""

# It came too early: nobody calls for so long, and then all a little slower. Answers how often that was so in a row.
REFUSED = f"""{CLOCK}
local held = redis.call('HMGET', KEYS[1], 'rate', 'until', 'seen', 'refused')
local ends = now + tonumber(ARGV[3])
local rate = tonumber(held[1])
if not rate and tonumber(ARGV[2]) > 0 then rate = tonumber(ARGV[2]) end
-- Calls that were under way together are refused together: that is one refusal.
if (tonumber(held[2]) or 0) <= now then
  if not rate then rate = math.max(tonumber(held[3]) or 0, 0.05) end
  rate = math.max(rate * tonumber(ARGV[4]), 0.02)
  redis.call('HINCRBY', KEYS[1], 'refused', 1)
  redis.call('HSET', KEYS[1], 'rate', string.format('%.6f', rate))
end
redis.call('HSET', KEYS[1], 'until', string.format('%.6f', math.max(tonumber(held[2]) or 0, ends)),
  'calm', string.format('%.6f', ends), 'tokens', '1', 'at', string.format('%.6f', ends))
redis.call('EXPIRE', KEYS[1], ARGV[5])
return tonumber(redis.call('HGET', KEYS[1], 'refused')) or 0
"""

# “None left” is believed where some were left since it was last believed: else it says so always.
TOLD = f"""{CLOCK}
local rate, left, reset = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('HSET', KEYS[1], 'refused', 0)
if rate > 0 then
  redis.call('HSET', KEYS[1], 'rate', string.format('%.6f', rate), 'calm', string.format('%.6f', now))
end
if left > 0 then redis.call('HSET', KEYS[1], 'hope', 1)
elseif left == 0 and redis.call('HGET', KEYS[1], 'hope') == '1' then
  redis.call('HSET', KEYS[1], 'hope', 0, 'until', string.format('%.6f', now + reset))
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 0
"""


@dataclass(frozen=True, slots=True)
class RateWords:
    """What an answer says of the calls that are still allowed; -1: nothing."""

    a_second: float = 0
    left: int = -1
    reset_seconds: float = 0


def rate_words(headers: Mapping[str, str]) -> RateWords | None:
    """Read the rate in an answer's headers, of whichever kind. None: it says nothing that could be believed."""
    for prefix in ("ratelimit-", "x-ratelimit-", "x-sib-ratelimit-"):
        left = _number(headers.get(f"{prefix}remaining", ""))
        if left is not None:
            limit = _number(headers.get(f"{prefix}limit", "")) or 0
            rate = _of_policy(headers.get(f"{prefix}policy", ""), limit)
            reset = wait_seconds({**headers, "retry-after": ""}) if left == 0 else 0
            return RateWords(rate, int(left), min(reset, LONGEST_WAIT_SECONDS))
    return None


def _of_policy(policy: str, limit: float) -> float:
    """“2;w=1”: calls a second."""
    number, _semicolon, window = policy.partition(";")
    seconds = _number(window.strip().removeprefix("w=").split(";")[0])
    calls = _number(number) or limit
    if not seconds or not calls or not SLOWEST <= calls / seconds <= 100_000:
        return 0
    return calls / seconds * SHARE


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isdecimal() and len(text) <= 10 else None


def is_counted(route: MailRoute, *, is_single: bool = False) -> bool:
    """Mail servers are asked for no calls; some services do not count those for single mails with the others."""
    service = service_named(route.service)
    return service is not None and not (is_single and service.limits.is_of_calls_for_many)


def take(route: MailRoute, most: int, *, is_single: bool = False, at: float | None = None) -> Grant:
    """Up to `most` calls; a single mail's may be ahead of its time by a second. Raises RedisAway.

    `at`, here and below: the moment, in seconds; None: now.
    """
    numbers = (_documented(route), most, int(is_single), KEPT_SECONDS, CALM_SECONDS, FASTER)
    granted, wait, refusals = cast("list[bytes]", _run(TAKE, route, at, *numbers))
    return Grant(int(granted), float(wait), int(refusals))


def give_back(route: MailRoute, calls: int) -> None:
    """Give calls back that were not made. Raises RedisAway."""
    if calls > 0 and _documented(route):
        ask_redis("hincrbyfloat", _key(route), "tokens", calls)


def note_refused(route: MailRoute, seconds: float, *, at: float | None = None) -> int:
    """How often in a row the service has refused us for coming too early. Raises RedisAway."""
    numbers = (_documented(route), seconds, SLOWER, KEPT_SECONDS)
    return int(cast("int", _run(REFUSED, route, at, *numbers)))


def note_told(route: MailRoute, words: RateWords | None, *, at: float | None = None) -> None:
    """A call was taken: no refusal comes in a row with one before it. Raises RedisAway."""
    words = words or RateWords()
    _run(TOLD, route, at, words.a_second, words.left, words.reset_seconds, KEPT_SECONDS)


def _run(script: str, route: MailRoute, at: float | None, *numbers: float) -> object:
    moment = "" if at is None else f"{at:.6f}"
    return ask_redis("eval", script, 1, _key(route), moment, *map(str, numbers))


def _documented(route: MailRoute) -> float:
    """Or as its URL says."""
    service = service_named(route.service)
    return (route.calls or service.limits.calls_a_second) * SHARE if service else 0


def _key(route: MailRoute) -> str:
    return redis_key("calls", route)


class LocalCalls:
    """The same for the threads of one process, while Redis is away. `share`: of what all processes may make."""

    def __init__(self) -> None:
        self._tokens, self._at, self._until = 1.0, time.monotonic(), 0.0
        self._lock = Lock()

    def take(self, route: MailRoute, most: int, *, share: float) -> Grant:
        rate = _documented(route) * share
        with self._lock:
            now = time.monotonic()
            if self._until > now:
                return Grant(0, self._until - now)
            if not rate:
                return Grant(most)
            self._tokens = min(max(1.0, rate / 10), self._tokens + (now - self._at) * rate)
            self._at = now
            if self._tokens < 1:
                return Grant(0, (1 - self._tokens) / rate)
            number = min(most, int(self._tokens))
            self._tokens -= number
            return Grant(number)

    def note_refused(self, seconds: float) -> None:
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)


@cache
def local_calls(name: str) -> LocalCalls:
    return LocalCalls()
