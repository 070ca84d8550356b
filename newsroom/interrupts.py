"""Ctrl-C and TERM in a command that starts others: they end it at once, and in order.

Python throws a KeyboardInterrupt away that comes while a weak reference is dropped or an object deleted, of which a
migration does thousands.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
AGAIN_SECONDS = 0.2


@contextmanager
def heeded() -> Iterator[None]:
    """Inside, Ctrl-C and TERM raise KeyboardInterrupt, again and again until it has come through. Main thread only.

    What whoever started us has told us to ignore (nohup, a shell's background) stays ignored.
    """
    before = {
        number: handler
        for number in (*ENDING, signal.SIGALRM)
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        _calm()
        for number, handler in before.items():
            signal.signal(number, handler)


def term_as_ctrl_c() -> None:
    """Where nothing is lost: TERM raises KeyboardInterrupt from now on."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise KeyboardInterrupt


def _calm() -> None:
    """The next one may come while this one is being stopped."""
    while signal.getsignal(signal.SIGALRM) is _interrupt:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            continue
