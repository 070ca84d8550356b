"""One call for many callers."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from subscriptions.sign_up.together import Together

PATIENCE_SECONDS = 20


class Doubling:
    """Doubles numbers, stands still while `gate` is closed, and keeps what it was asked for."""

    def __init__(self, *, refuses: int | None = None) -> None:
        self.gate = Event()
        self.gate.set()
        self.has_begun = Event()
        self.together: list[list[int]] = []
        self.alone: list[int] = []
        self.refuses = refuses

    def many(self, numbers: Sequence[int]) -> list[int]:
        self.together.append(list(numbers))
        self.has_begun.set()
        assert self.gate.wait(PATIENCE_SECONDS)
        if self.refuses in numbers:
            raise ValueError(self.refuses)
        return [number * 2 for number in numbers]

    def one(self, number: int) -> int:
        self.alone.append(number)
        if number == self.refuses:
            raise ValueError(number)
        return number * 2


def asked_during_a_call(doubling: Doubling, *, most: int) -> dict[int, "Future[int]"]:
    """0 is being asked for while 1 to 5 come."""
    together = Together(doubling.many, doubling.one, most=most, failures=ValueError)
    doubling.gate.clear()
    with ThreadPoolExecutor(6) as pool:
        futures = {0: pool.submit(together.ask, 0)}
        assert doubling.has_begun.wait(PATIENCE_SECONDS)
        futures |= {number: pool.submit(together.ask, number) for number in range(1, 6)}
        end = time.monotonic() + PATIENCE_SECONDS
        while len(together._waiting) < 5 and time.monotonic() < end:
            time.sleep(0.001)
        doubling.gate.set()
    return futures


def test_who_is_alone_waits_for_nobody() -> None:
    doubling = Doubling()
    together = Together(doubling.many, doubling.one, most=25, failures=ValueError)
    assert [together.ask(number) for number in (3, 4)] == [6, 8]
    assert doubling.together == [[3], [4]]


def test_who_comes_during_a_call_shares_the_next() -> None:
    doubling = Doubling()
    futures = asked_during_a_call(doubling, most=25)
    assert {number: future.result() for number, future in futures.items()} == {
        number: number * 2 for number in range(6)
    }
    first, second = doubling.together
    assert (first, sorted(second)) == ([0], [1, 2, 3, 4, 5])


def test_a_call_is_never_for_too_many() -> None:
    doubling = Doubling()
    futures = asked_during_a_call(doubling, most=2)
    assert sorted(future.result() for future in futures.values()) == [0, 2, 4, 6, 8, 10]
    assert [len(numbers) for numbers in doubling.together] == [1, 2, 2, 1]


def test_nobody_spoils_the_call_of_others() -> None:
    doubling = Doubling(refuses=3)
    futures = asked_during_a_call(doubling, most=25)
    with pytest.raises(ValueError, match="3"):
        futures.pop(3).result()
    assert sorted(future.result() for future in futures.values()) == [0, 2, 4, 8, 10]
    assert sorted(doubling.alone) == [1, 2, 3, 4, 5]


def test_who_is_refused_alone_hears_why() -> None:
    doubling = Doubling(refuses=3)
    together = Together(doubling.many, doubling.one, most=25, failures=ValueError)
    with pytest.raises(ValueError, match="3"):
        together.ask(3)
    assert together.ask(4) == 8
