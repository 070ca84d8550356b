"""Calls of several threads at the same moment, made as one: whoever comes while one is under way joins the next."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class _Seat(Generic[Asked, Told]):
    """One caller's place in a call. `told` holds the answer; it is empty where the call that took it has failed."""

    __slots__ = ("asked", "is_taken", "told")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.is_taken = False
        self.told: list[Told] = []


class Together(Generic[Asked, Told]):
    """A lone caller waits for nobody; under load the number in a call grows by itself.

    `together` gets what up to `most` threads asked for and returns an answer for each, in their order. It does all of
    them or, raising one of `failures`, none: then each thread asks `alone` for its own, so that nobody spoils or delays
    another's.
    """

    def __init__(
        self,
        together: Callable[[Sequence[Asked]], Sequence[Told]],
        alone: Callable[[Asked], Told],
        *,
        most: int,
        failures: type[Exception],
    ) -> None:
        self._together = together
        self._alone = alone
        self._most = most
        self._failures = failures
        self._waiting: deque[_Seat[Asked, Told]] = deque()
        self._turn = Lock()

    def ask(self, asked: Asked) -> Told:
        """Raises what `alone` raises."""
        seat = _Seat[Asked, Told](asked)
        self._waiting.append(seat)
        with self._turn:
            while not seat.is_taken:
                self._call()
        return seat.told[0] if seat.told else self._alone(asked)

    def _call(self) -> None:
        seats = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
        for seat in seats:
            seat.is_taken = True
        try:
            answers = self._together([seat.asked for seat in seats])
        except self._failures as error:
            logger.warning("A call for %s failed; now each alone: %s", len(seats), error)
            return
        for seat, answer in zip(seats, answers, strict=True):
            seat.told.append(answer)
