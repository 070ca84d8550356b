"""Is this process to end? Set by a TERM, read between slices, so that a restart leaves nothing in doubt."""

import threading

_ending = threading.Event()


def begin() -> None:
    _ending.set()


def has_begun() -> bool:
    return _ending.is_set()


def wait(seconds: float) -> bool:
    """True as soon as the end has begun, False after that time."""
    return _ending.wait(seconds)
