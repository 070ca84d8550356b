"""How often is too often: sign-ups counted by address, network, form and altogether, in windows of time.

Beyond the first number of a limit a proof of work is asked for, beyond the second nothing is taken. The counts are
in Redis, shared by every web process. While Redis is away each process counts for itself, so limits still hold, each
times the number of processes.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import quote

import limits
from django.conf import settings
from limits.storage import MemoryStorage, RedisStorage
from redis import RedisError
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from subscriptions import redis_server

logger = logging.getLogger(__name__)

REDIS_SECONDS = 0.25  # longest wait: a reader waits with us
RETRY_SECONDS = 5.0
MOST_KEPT = 100_000  # counters in memory


class BadLimit(ValueError):
    """The text says what a limit looks like."""


@dataclass(frozen=True)
class Limit:
    """A limit on one kind of count."""

    name: str
    proof_above: int  # a proof of work is asked for beyond so many in a window
    item: limits.RateLimitItem  # and nothing is taken beyond its amount

    @cached_property
    def _key(self) -> str:
        return self.item.key_for(self.name)

    @cached_property
    def seconds(self) -> int:
        """The length of the window."""
        return self.item.get_expiry()

    def refuses(self, count: int) -> bool:
        return count > self.item.amount

    @property
    def is_shared(self) -> bool:
        """Is the limit shared by everybody, or by all readers of a form?"""
        return self.name in ("form", "all")

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


def count(hits: Hits) -> Pressure:
    """Count one sign-up; what the counts then say of it.

    What a network's limit refuses does not stay counted for the form and for all: it would use up everybody's.
    """
    counters = _counters(redis_server.key("sign-ups"))
    counts = counters.add(hits, 1)
    if any(
        limit.name == "network" and limit.refuses(n)
        for (limit, _), n in zip(hits, counts, strict=True)
    ):
        counters.add([hit for hit in hits if hit[0].is_shared], -1)
    return _pressure([limit for limit, _counted in hits], counts)


def _pressure(asked: Sequence[Limit], counts: Sequence[int]) -> Pressure:
    (of_address, counted), *others = zip(asked, counts, strict=True)
    over = [limit for limit, number in others if limit.refuses(number)]
    return Pressure(
        is_address_full=of_address.refuses(counted),
        needs_proof=any(number > limit.proof_above for limit, number in others),
        is_refused=bool(over),
        wait_seconds=max((limit.seconds for limit in over), default=0),
    )


class _Counters:
    """Counts in Redis, in one pipeline; in this process while Redis does not answer.

    A window begins with its first count.
    """

    def __init__(self, prefix: str) -> None:
        self._redis = RedisStorage(
            settings.REDIS_URL,
            key_prefix=prefix,
            client_name=quote(prefix, safe=":"),  # without spaces, as Redis wants it
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=Retry(NoBackoff(), 1),  # type: ignore[arg-type]  # for a connection that was closed meanwhile
        )
        self._script = self._redis.lua_incr_expire
        self._memory = MemoryStorage()
        self._memory_until = 0.0

    def add(self, hits: Hits, amount: int) -> list[int]:
        """The counts afterwards, in the order of the hits."""
        if time.monotonic() >= self._memory_until:
            try:
                return self._add_in_redis(hits, amount)
            except (RedisError, OSError) as error:
                logger.warning("Sign-ups are counted in this process: %s", error)
                self._memory_until = time.monotonic() + RETRY_SECONDS
        if len(self._memory.storage) > MOST_KEPT:
            self._memory.reset()
        return [self._memory.incr(limit.key(what), limit.seconds, amount) for limit, what in hits]

    def _add_in_redis(self, hits: Hits, amount: int) -> list[int]:
        try:
            return self._run_script(hits, amount)
        except NoScriptError:  # Redis has been started anew, or for the first time
            self._redis.storage.script_load(self._script.script)
            return self._run_script(hits, amount)

    def _run_script(self, hits: Hits, amount: int) -> list[int]:
        """Run the script by its name alone.

        Called as the library does, the client would ask each time whether Redis has it.
        """
        with self._redis.storage.pipeline(transaction=False) as pipeline:
            for limit, what in hits:
                key = self._redis.prefixed_key(limit.key(what))
                pipeline.evalsha(self._script.sha, 1, key, limit.seconds, amount)
            return [int(number) for number in pipeline.execute()]


@cache
def _counters(prefix: str) -> _Counters:
    return _Counters(prefix)
