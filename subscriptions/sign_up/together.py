"""Calls of several threads at the same moment, made as one: whoever comes while one is under way joins the next."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")

REST_AFTER_SECONDS = 5.0
CLOSE_SECONDS = 5.0  # longest wait for a call that is under way


class CallFailed(RuntimeError):
    """Its cause is what the call raised."""


class _Seat(Generic[Asked, Told]):
    """One caller's place in a call; `is_answered` opens when the caller may go."""

    __slots__ = ("asked", "error", "is_answered", "told")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.told: list[Told] = []
        self.error: BaseException | None = None
        self.is_answered = threading.Lock()
        self.is_answered.acquire()

    def tell(self, told: Told) -> None:
        self.told.append(told)
        self.is_answered.release()

    def fail(self, error: BaseException | None) -> None:
        self.error = error
        self.is_answered.release()


class Together(Generic[Asked, Told]):
    """A lone caller waits for nobody; under load the number in a call grows by itself.

    `call` gets what up to `most` threads asked for and yields an answer for each, with its place among them, in any
    order: who has an answer need not wait for the others. It runs in a thread of its own, so that the next call begins
    as soon as one has ended: a caller who made it would first have to wait for its turn among all those who have just
    been answered. The thread ends by itself, after `rest` (which closes its connections), when nobody has asked for
    some seconds.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Asked]], Iterable[tuple[int, Told]]],
        *,
        most: int,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._call = call
        self._most = most
        self._rest = rest
        self._waiting: deque[_Seat[Asked, Told]] = deque()
        self._has_come = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_leaving = False
        self._turn = threading.Lock()  # to come, or to be gone

    def ask(self, asked: Asked) -> Told:
        """Raises CallFailed, and RuntimeError where no thread can be started."""
        seat = _Seat[Asked, Told](asked)
        with self._turn:
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                thread = threading.Thread(target=self._run, name="together", daemon=True)
                thread.start()
                self._thread = thread
            self._waiting.append(seat)
        if not self._has_come.is_set():
            self._has_come.set()
        seat.is_answered.acquire()
        if not seat.told:
            raise CallFailed from seat.error
        return seat.told[0]

    def close(self) -> None:
        """Rest as soon as nobody waits, and return then, or after CLOSE_SECONDS. The next to ask begins anew."""
        with self._turn:
            thread = self._thread
        if thread is None or not thread.is_alive():
            return
        self._is_leaving = True
        try:
            self._has_come.set()
            thread.join(CLOSE_SECONDS)
        finally:
            self._is_leaving = False

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._has_come.clear()
                while self._waiting:
                    self._answer()
        finally:
            self._rest()

    def _is_over(self) -> bool:
        if self._waiting or (not self._is_leaving and self._has_come.wait(REST_AFTER_SECONDS)):
            return False
        with self._turn:
            if not self._waiting:
                self._thread = None
            return self._thread is None

    def _answer(self) -> None:
        seats = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
        unanswered = dict(enumerate(seats))
        failure: BaseException | None = None
        try:
            for place, told in self._call([seat.asked for seat in seats]):
                unanswered.pop(place).tell(told)
        except BaseException as error:  # noqa: BLE001 - nobody is left waiting, whatever it is
            failure = error
        for seat in unanswered.values():
            seat.fail(failure)
