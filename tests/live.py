"""Who is still inside the live server of the tests."""

import threading
from typing import Any

from django.core.signals import request_finished, request_started
from django.dispatch import Signal

PATIENCE = 10.0  # seconds; an answer of ours that takes longer is broken


class Door:
    """Counts the requests that the live server is answering; lets nobody in while it is closed.

    Chromium closes a page without waiting for what the page has just asked for (composer and live page ask again and
    again). Such a request, still running while the test's tables are emptied, is a deadlock for one of the two.
    """

    def __init__(
        self, started: Signal = request_started, finished: Signal = request_finished
    ) -> None:
        self._inside = 0
        self._open = True
        self._changed = threading.Condition()
        started.connect(self._enter)
        finished.connect(self._leave)

    def open(self) -> None:
        with self._changed:
            self._open = True

    def close(self) -> None:
        """Return when everybody has left."""
        with self._changed:
            self._open = False
            left = self._changed.wait_for(lambda: self._inside == 0, PATIENCE)
        assert left, f"{self._inside} requests were not answered in {PATIENCE} seconds."

    def _enter(self, **_: Any) -> None:
        if _is_of_the_test_itself():
            return
        with self._changed:
            if not self._open:
                raise ConnectionAbortedError  # The WSGI server takes it for a visitor who went away, and is silent.
            self._inside += 1

    def _leave(self, **_: Any) -> None:
        if _is_of_the_test_itself():
            return
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()


def _is_of_the_test_itself() -> bool:
    """Django's test client asks in the thread of the test, which waits for it."""
    return threading.current_thread() is threading.main_thread()
