"""What a process still does at its end."""

from collections.abc import Callable
from multiprocessing.util import Finalize

PRIORITY = 10  # above what multiprocessing does for itself


def at_end(function: Callable[[], object]) -> None:
    """Call a function at exit, also in processes of multiprocessing, granian's among them: they never come to atexit.

    Finalize is what multiprocessing ends its own affairs with. Its manual does not name it; a test holds it to this.
    """
    Finalize(None, function, exitpriority=PRIORITY)
