"""The pace of one process while Redis is away: its share of the rate, as if every live process sent as well."""

import time
from dataclasses import dataclass, field
from functools import cache
from threading import Lock

from subscriptions.mailing.token_bucket import Grant, Shape


@dataclass(slots=True)
class LocalBucket:
    """The same bucket as Redis keeps, for the threads of this process. Starts empty."""

    tokens: float = 0.0
    at: float = field(default_factory=time.monotonic)
    lock: Lock = field(default_factory=Lock)

    def take(self, rate: float, most: int) -> Grant:
        """`rate`: this process's share, in mails a second."""
        shape = Shape(rate)
        least = shape.least(most)
        with self.lock:
            now = time.monotonic()
            self.tokens = min(shape.burst, self.tokens + (now - self.at) * rate)
            self.at = now
            free = self.tokens - shape.kept
            if free < least:
                return Grant(0, (least - free) / rate)
            number = min(most, int(free))
            self.tokens -= number
            return Grant(number)

    def give_back(self, number: int) -> None:
        with self.lock:
            self.tokens += number


@cache
def local_bucket(name: str) -> LocalBucket:
    """The one of this process for a way out."""
    return LocalBucket()
