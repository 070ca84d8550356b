"""The door of the live server: nobody is inside while the tables are emptied."""

import threading
import time
from collections.abc import Callable

import pytest
from django.dispatch import Signal

from tests.live import Door

STARTED, FINISHED = Signal(), Signal()


def in_a_thread(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_it_closes_when_the_last_visitor_has_left() -> None:
    door = Door(STARTED, FINISHED)
    entered, answered = threading.Event(), threading.Event()

    def visit() -> None:
        STARTED.send(sender=None)
        entered.set()
        answered.wait(10)
        FINISHED.send(sender=None)

    visitor = in_a_thread(visit)
    assert entered.wait(10)
    closing = in_a_thread(door.close)
    time.sleep(0.05)
    assert closing.is_alive()
    answered.set()
    visitor.join(10)
    closing.join(10)
    assert not closing.is_alive()


def test_nobody_enters_a_closed_door() -> None:
    door = Door(STARTED, FINISHED)
    door.close()
    refused: list[type[BaseException]] = []

    def visit() -> None:
        try:
            STARTED.send(sender=None)
        except ConnectionAbortedError as error:
            refused.append(type(error))

    in_a_thread(visit).join(10)
    assert refused == [ConnectionAbortedError]
    door.open()
    in_a_thread(visit).join(10)
    assert refused == [ConnectionAbortedError]


@pytest.mark.parametrize("signal", [STARTED, FINISHED])
def test_the_test_itself_passes_a_closed_door(signal: Signal) -> None:
    door = Door(STARTED, FINISHED)
    door.close()
    signal.send(sender=None)
    door.close()  # Nobody was counted, in or out.
