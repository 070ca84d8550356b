"""How often is too often: sign-ups counted by address, network, form and altogether, in windows of time.

Beyond the first number of a limit a proof of work is asked for, beyond the second nothing is taken. The counts are
in Redis, shared by every web process. While Redis is away each process counts for itself, so limits still hold, each
times the number of processes.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Any
from urllib.parse import quote

import limits
from django.conf import settings
from limits.storage import MemoryStorage
from redis import ConnectionPool, RedisError
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import NoScriptError

from subscriptions import redis_server

logger = logging.getLogger(__name__)

REDIS_SECONDS = 0.25  # longest wait: a reader waits with us
RETRY_SECONDS = 5.0
MOST_KEPT = 100_000  # counters in memory
# All counts in one step, and in one word, which is quicker read than many. A window begins with its first count.
# What a network's limit refuses is not counted for the form and for all: it would use up what is everybody's.
BEGINS, COUNTS = (
    -1,
    0,
)  # a sign-up, with its address; and a number: what follows it is not counted beyond
COUNT = """
local counts, is_open = {}, true
for number, key in ipairs(KEYS) do
  local seconds, most = ARGV[2 * number - 1], tonumber(ARGV[2 * number])
  is_open = is_open or most == -1
  counts[number] = 0
  if is_open then
    counts[number] = redis.call('INCR', key)
    if counts[number] == 1 then
      redis.call('EXPIRE', key, seconds)
    end
    is_open = most <= 0 or counts[number] <= most
  end
end
return table.concat(counts, ' ')
"""
COUNT_SHA = hashlib.sha1(COUNT.encode(), usedforsecurity=False).hexdigest()  # Redis's name for it


class BadLimit(ValueError):
    """The text says what a limit looks like."""


@dataclass(frozen=True)
class Limit:
    """Of one kind of thing that is counted."""

    name: str
    proof_above: int  # a proof of work is asked for beyond so many in a window
    item: limits.RateLimitItem  # and nothing is taken beyond its amount

    @cached_property
    def _key(self) -> str:
        return self.item.key_for(self.name)

    @cached_property
    def seconds(self) -> int:
        """Of its window."""
        return self.item.get_expiry()

    @cached_property
    def gate(self) -> int:
        """BEGINS, COUNTS, or beyond how many nothing that follows is counted."""
        return {"address": BEGINS, "network": self.item.amount}.get(self.name, COUNTS)

    def key(self, counted: str) -> str:
        return f"{self._key}/{counted}"


Hit = tuple[Limit, str]
Hits = Sequence[Hit]  # of one sign-up; its address's first


def parse_limit(name: str, text: str) -> Limit:
    """Read `20:400/hour`, or `20/hour` where no proof is asked for. Raises BadLimit."""
    first, colon, rest = text.partition(":")
    try:
        item = limits.parse(rest if colon else first)
        proof_above = int(first) if colon else item.amount
    except ValueError:
        raise BadLimit(f"{text!r} is no limit; write one such as 20:400/hour.") from None
    if not 0 <= proof_above <= item.amount:
        raise BadLimit(f"{text!r} refuses before it asks for a proof.")
    return Limit(name, proof_above, item)


@dataclass(frozen=True, slots=True)
class Pressure:
    """What the counts say of one sign-up."""

    is_address_full: bool
    needs_proof: bool
    is_refused: bool
    wait_seconds: int  # after which the window that refused has surely passed

    @property
    def is_none(self) -> bool:
        return not (self.is_address_full or self.needs_proof or self.is_refused)


def hits_of(address: str, network: str | None, form: str, *, kind: str = "") -> Hits:
    """What one sign-up counts for. `address` may be a hash; without a network, none is counted.

    `kind`: something else than a sign-up, under the same limits, but counted by itself.
    """
    chosen = settings.SIGN_UP_LIMITS
    counted = [("address", address)]
    if network is not None:
        counted.append(("network", network))
    counted += [("form", form), ("all", "")]
    return [(chosen[name], kind + what) for name, what in counted]


def press(all_hits: Sequence[Hits]) -> list[Pressure]:
    """Count sign-ups in one step, as if one had come after the other; what the counts then say of each."""
    counts = iter(_count([hit for hits in all_hits for hit in hits]))
    return [_pressure(hits, list(islice(counts, len(hits)))) for hits in all_hits]


def _pressure(hits: Hits, counts: Sequence[int]) -> Pressure:
    (of_address, counted), *others = zip((limit for limit, _what in hits), counts, strict=True)
    over = [limit for limit, count in others if _refuses(limit, count)]
    return Pressure(
        is_address_full=_refuses(of_address, counted),
        needs_proof=any(count > limit.proof_above for limit, count in others),
        is_refused=bool(over),
        wait_seconds=max((limit.seconds for limit in over), default=0),
    )


def _refuses(limit: Limit, count: int) -> bool:
    return count > limit.item.amount


def _count(hits: Sequence[Hit]) -> list[int]:
    counters = _counters(redis_server.key("sign-ups"))
    return counters.count(hits)


class _Counters:
    """In Redis, in one round trip; in this process while Redis does not answer."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._connections = ConnectionPool.from_url(
            settings.REDIS_URL,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            client_name=quote(prefix, safe=":"),  # without spaces, as Redis wants it
        )
        self._thread = threading.local()
        self._memory = MemoryStorage()
        self._memory_until = 0.0

    def count(self, hits: Sequence[Hit]) -> list[int]:
        if time.monotonic() >= self._memory_until:
            try:
                return self._count_in_redis(hits)
            except (RedisError, OSError) as error:
                logger.warning("Sign-ups are counted in this process: %s", error)
                self._memory_until = time.monotonic() + RETRY_SECONDS
        return self._count_in_memory(hits)

    def _count_in_redis(self, hits: Sequence[Hit]) -> list[int]:
        keys = [f"{self._prefix}:{limit.key(counted)}" for limit, counted in hits]
        windows = (word for limit, _counted in hits for word in (limit.seconds, limit.gate))
        arguments = [len(keys), *keys, *windows]
        try:
            return self._ask("EVALSHA", COUNT_SHA, *arguments)
        except NoScriptError:  # Redis has been started anew
            return self._ask("EVAL", COUNT, *arguments)

    def _ask(self, *command: object) -> list[int]:
        connection = self._own_connection()
        try:
            connection.send_command(*command, check_health=False)
            counts: bytes = connection.read_response()
        except ConnectionLost:  # closed since the last time; sending opens it again
            connection.send_command(*command, check_health=False)
            counts = connection.read_response()
        return [int(each) for each in counts.split()]

    def _own_connection(self) -> Any:
        """This thread's: taking one from a pool and giving it back costs more than asking."""
        if not hasattr(self._thread, "connection"):
            pool = self._connections
            self._thread.connection = pool.connection_class(**pool.connection_kwargs)
        return self._thread.connection

    def _count_in_memory(self, hits: Sequence[Hit]) -> list[int]:
        if len(self._memory.storage) > MOST_KEPT:
            self._memory.reset()
        counts, is_open = [], True
        for limit, counted in hits:
            is_open = is_open or limit.gate == BEGINS
            count = self._memory.incr(limit.key(counted), limit.seconds) if is_open else 0
            is_open = is_open and (limit.gate <= COUNTS or count <= limit.gate)
            counts.append(count)
        return counts


@cache
def _counters(prefix: str) -> _Counters:
    return _Counters(prefix)
