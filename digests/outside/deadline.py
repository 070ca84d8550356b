"""A time limit that holds against a server which sends one byte at a time."""

import os
import socket
import threading
from time import monotonic
from typing import Self

from digests.outside.failures import TooSlow


class Deadline:
    """Cuts the connection when time is up, wherever it is: a byte a second resets every other timeout."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends_at = monotonic() + seconds
        self._watched: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._drop()

    def remaining(self) -> float:
        self.check()
        return self.ends_at - monotonic()

    def check(self) -> None:
        if monotonic() >= self.ends_at:
            raise TooSlow(f"The server took longer than {self.seconds:g} s.")

    def watch(self, connected: socket.socket) -> None:
        # A duplicate, because TLS takes the first socket's descriptor away from it.
        with self._lock:
            self._drop()
            self._watched = socket.socket(fileno=os.dup(connected.fileno()))

    def _cut(self) -> None:
        with self._lock:
            if self._watched is not None:
                _shut(self._watched)

    def _drop(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the server was faster
