"""Is this process to end? Set by a TERM or QUIT, read between slices, so that a restart leaves nothing in doubt."""

import mmap
import threading

_ending = threading.Event()
# One byte that children have in common with the process that has forked them: it alone hears the signal.
_told = mmap.mmap(-1, 1)


def begin() -> None:
    _told[0] = 1
    _ending.set()


def has_begun() -> bool:
    return _told[0] == 1


def wait(seconds: float) -> bool:
    """True as soon as the end has begun, False after that time."""
    return _ending.wait(seconds)
