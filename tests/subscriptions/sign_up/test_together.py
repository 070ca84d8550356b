"""One call for many callers."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from subscriptions.sign_up import together as module
from subscriptions.sign_up.together import CallFailed, Together

PATIENCE_SECONDS = 20


class Doubling:
    """Doubles numbers, stands still while `gate` is closed, and keeps what it was asked for."""

    def __init__(
        self,
        *,
        refuses: int | None = None,
        error: type[BaseException] = ValueError,
        most: int = 25,
    ) -> None:
        self.gate = Event()
        self.gate.set()
        self.has_begun = Event()
        self.calls: list[list[int]] = []
        self.rests = 0
        self.refuses = refuses
        self.error = error
        self.together = Together(self._double, most=most, rest=self._rest)

    def _double(self, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Nothing comes of negative ones, at once."""
        self.calls.append(list(numbers))
        self.has_begun.set()
        for place, number in enumerate(numbers):
            if number < 0:
                yield place, 0
        assert self.gate.wait(PATIENCE_SECONDS)
        if self.refuses in numbers:
            raise self.error(self.refuses)
        for place, number in enumerate(numbers):
            if number >= 0:
                yield place, number * 2

    def _rest(self) -> None:
        self.rests += 1


def until(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < end:
        time.sleep(0.001)
    return is_so()


def asked_during_a_call(doubling: Doubling) -> dict[int, "Future[int]"]:
    """0 is being asked for while 1 to 5 come."""
    together = doubling.together
    doubling.gate.clear()
    with ThreadPoolExecutor(6) as pool:
        futures = {0: pool.submit(together.ask, 0)}
        assert doubling.has_begun.wait(PATIENCE_SECONDS)
        futures |= {number: pool.submit(together.ask, number) for number in range(1, 6)}
        assert until(lambda: len(together._waiting) == 5)
        doubling.gate.set()
    return futures


def test_who_is_alone_waits_for_nobody() -> None:
    doubling = Doubling()
    assert [doubling.together.ask(number) for number in (3, 4)] == [6, 8]
    assert doubling.calls == [[3], [4]]


def test_who_comes_during_a_call_shares_the_next() -> None:
    doubling = Doubling()
    futures = asked_during_a_call(doubling)
    assert {number: future.result() for number, future in futures.items()} == {
        number: number * 2 for number in range(6)
    }
    first, second = doubling.calls
    assert (first, sorted(second)) == ([0], [1, 2, 3, 4, 5])


def test_a_call_is_never_for_too_many() -> None:
    doubling = Doubling(most=2)
    futures = asked_during_a_call(doubling)
    assert sorted(future.result() for future in futures.values()) == [0, 2, 4, 6, 8, 10]
    assert [len(numbers) for numbers in doubling.calls] == [1, 2, 2, 1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_all_of_a_call_that_fails_hear_why_and_the_next_is_made(
    error: type[BaseException],
) -> None:
    doubling = Doubling(refuses=3, error=error)
    futures = asked_during_a_call(doubling)
    assert futures.pop(0).result() == 0
    for future in futures.values():
        with pytest.raises(CallFailed) as failed:
            future.result()
        assert isinstance(failed.value.__cause__, error)
    assert doubling.together.ask(4) == 8


def test_who_has_an_answer_does_not_wait_for_the_others() -> None:
    doubling = Doubling()
    doubling.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(doubling.together.ask, -1)
        assert asked.result(timeout=PATIENCE_SECONDS) == 0  # while its call stands at the gate
        doubling.gate.set()


def test_it_rests_when_nobody_comes_and_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_AFTER_SECONDS", 0.05)
    doubling = Doubling()
    assert doubling.together.ask(1) == 2
    assert until(lambda: doubling.rests == 1)
    assert doubling.together.ask(2) == 4
    assert until(lambda: doubling.rests == 2)


def test_nobody_is_forgotten_who_comes_while_it_goes_to_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "REST_AFTER_SECONDS", 0.0001)
    doubling = Doubling()

    def ask(caller: int) -> list[int]:
        told = []
        for number in range(200):
            told.append(doubling.together.ask(caller + number))
            time.sleep(number % 3 * 0.0001)  # about as long as it waits
        return told

    with ThreadPoolExecutor(4) as pool:
        futures = {caller: pool.submit(ask, caller) for caller in (0, 1000, 2000, 3000)}
        for caller, future in futures.items():
            told = future.result(timeout=PATIENCE_SECONDS)
            assert told == [(caller + number) * 2 for number in range(200)]
    assert doubling.rests > 1


def test_closing_answers_whoever_waits() -> None:
    doubling = Doubling()
    doubling.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(doubling.together.ask, 1)
        assert doubling.has_begun.wait(PATIENCE_SECONDS)
        closing = pool.submit(doubling.together.close)
        doubling.gate.set()
        closing.result(timeout=PATIENCE_SECONDS)
        assert asked.result(timeout=PATIENCE_SECONDS) == 2
    assert doubling.rests == 1
    assert doubling.together.ask(2) == 4


# Python 3.12 and later warn of what is tried here: a fork beside threads. The child uses nothing that they may hold.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_was_forked_asks_for_itself() -> None:
    """As servers do that load an application before they divide."""
    doubling = Doubling()
    assert doubling.together.ask(1) == 2
    child = os.fork()
    if child == 0:
        is_right = False
        try:
            is_right = doubling.together.ask(4) == 8
        finally:
            os._exit(0 if is_right else 1)
    end = time.monotonic() + PATIENCE_SECONDS
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert ended == (child, 0)
