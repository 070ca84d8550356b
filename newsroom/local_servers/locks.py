"""Who uses the servers, who starts them, who guards them: three lock files (guardian.py explains them).

Descriptors are close-on-exec: a program that a user process starts and forgets does not keep the servers for ever, and
one that really uses them joins by itself. A fork without exec (Celery's prefork pool, multiprocessing) shares its
parent's lock: the servers stay until the last of the family has ended.
"""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from newsroom.local_servers import guardian
from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.launching import launch_detached

# Longer than a guardian needs to stop both servers, and than a first start on a slow disk.
WAIT_SECONDS = 120.0
POLL_SECONDS = 0.01

# Descriptors of users.lock that this process holds until it ends, by data folder.
_held: dict[Path, int] = {}


def join(folder: Path) -> None:
    """Hold this process's shared lock from now on. Waits while a guardian is stopping the servers."""
    path = folder / "users.lock"
    if folder in _held and _is_open_file(_held[folder], path):
        return
    descriptor = _open(path)
    _acquire(descriptor, fcntl.LOCK_SH, f"The servers in {folder} are still being stopped")
    os.utime(descriptor)
    _held[folder] = descriptor


@contextlib.contextmanager
def starting(folder: Path) -> Iterator[None]:
    """The right to start servers; one process has it at a time."""
    descriptor = _open(folder / "start.lock")
    try:
        _acquire(
            descriptor, fcntl.LOCK_EX, f"Another process is still starting the servers in {folder}"
        )
        yield
    finally:
        # Explicitly, since a child that another thread forked meanwhile has this descriptor too.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def is_guarded(folder: Path) -> bool:
    descriptor = _open(folder / "guardian.lock")
    try:
        # Shared, so that those who only ask do not take one another for a guardian.
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def ensure_guardian(folder: Path, sockets: Path) -> None:
    """Spawn the guardian unless one lives."""
    names = ("guardian.lock", "start.lock", "users.lock")
    descriptors = [_open(folder / name) for name in names]
    try:
        if _try(descriptors[0], fcntl.LOCK_EX):
            launch_detached(
                [
                    # Isolated and without site-packages: starts in 30 ms, and nothing can shadow it.
                    *(sys.executable, "-I", "-S", guardian.__file__),
                    *(str(folder), str(sockets), *map(str, descriptors)),
                ],
                working_folder=Path("/"),
                log=folder / "log" / "guardian.log",
                pass_descriptors=descriptors,
            )
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _is_open_file(descriptor: int, path: Path) -> bool:
    """False when a daemon closed all its files, or when the folder was deleted and made anew."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _acquire(descriptor: int, kind: int, complaint: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not _try(descriptor, kind):
        if time.monotonic() > deadline:
            raise LocalServerError(
                f"{complaint} after {WAIT_SECONDS:.0f} seconds: end that process, then try again."
            )
        time.sleep(POLL_SECONDS)
