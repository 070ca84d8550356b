"""The guardian: waits until nobody uses the private servers any more, stops both cleanly, and ends.

It also runs as a script, in a process of its own that may wait for days and shall stay small; therefore this file holds
what is needed to see and to stop a server, and imports nothing of the project (which would load Celery and more).

Three lock files, all flock(2), make its life safe against every kill:

`users.lock`     shared by every process that uses the servers; exclusive while they are being stopped.
`start.lock`     exclusive for whoever starts or stops servers.
`guardian.lock`  exclusive for the life of the guardian. Whoever finds it free takes it and hands it, already locked, to
                 the guardian it spawns, so there is never a moment with two.
"""

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Consecutive commands in a terminal or a Makefile should not restart the servers each time.
GRACE_SECONDS = 2.0
# A last checkpoint on a slow disk takes a while; after that the server is made to crash safely.
STOP_SECONDS = 30.0
POLL_SECONDS = 0.01
CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """One server as it is seen from outside, by whoever did not start it."""

    home: Path
    """Its data folder, which is also its working directory."""
    socket: Path
    pid_file: Path
    """Its first line is the process id; stale after a kill -9."""
    stop_signal: signal.Signals
    abort_signal: signal.Signals
    """For one that does not heed the first. No committed data are lost by it."""


def postgres_server(folder: Path, sockets: Path) -> Server:
    home = folder / "postgres"
    return Server(
        home=home,
        # A folder of its own: run by root, PostgreSQL's unprivileged user owns this one only.
        socket=sockets / "pg" / ".s.PGSQL.5432",
        pid_file=home / "postmaster.pid",
        stop_signal=signal.SIGINT,
        abort_signal=signal.SIGQUIT,
    )


def redis_server(folder: Path, sockets: Path) -> Server:
    home = folder / "redis"
    return Server(
        home=home,
        socket=sockets / "redis.sock",
        pid_file=home / "redis.pid",
        stop_signal=signal.SIGTERM,
        abort_signal=signal.SIGKILL,
    )


def listener(server: Server) -> int | None:
    """The process that listens on the server's socket, as the kernel knows it; None if nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CONNECT_SECONDS)
        try:
            client.connect(str(server.socket))
            if hasattr(socket, "SO_PEERCRED"):
                raw = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            else:  # macOS: level SOL_LOCAL, option LOCAL_PEERPID
                raw = client.getsockopt(0, 2, 4)
        except OSError:
            return None
    return int(struct.unpack_from("i", raw)[0])


def recorded(server: Server) -> int | None:
    """The process id in the pid file, which may be stale."""
    try:
        first = server.pid_file.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    except OSError:
        return None
    return int(first) if first.strip().isdigit() else None


def owner(server: Server) -> int | None:
    """The living process of the pid file, if it really is this server and not one that got its number."""
    pid = recorded(server)
    return pid if pid is not None and _works_in(pid, server.home) else None


def stop(server: Server) -> None:
    """Stop whoever works in the server's home or holds its socket; returns when they are gone."""
    for pid in {pid for pid in (listener(server), owner(server)) if pid}:
        for number in (server.stop_signal, server.abort_signal, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if _wait_until_gone(pid):
                break


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    try:  # A zombie is gone, even where the container's first process never collects it.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2][1] == "Z"
    except OSError:
        return Path("/proc/self").exists()


def _wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while not is_gone(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _works_in(pid: int, home: Path) -> bool:
    try:
        return os.path.samestat(os.stat(f"/proc/{pid}/cwd"), home.stat())  # noqa: PTH116 - a link
    except PermissionError:  # PostgreSQL under another user, in a container that hides its links
        with contextlib.suppress(OSError):
            return os.fsencode(home) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        if not Path("/proc/self").exists():
            return _command_names(pid, home)
    return False


def _command_names(pid: int, home: Path) -> bool:
    """For systems without /proc. Redis shows its socket, PostgreSQL its data folder."""
    shown = subprocess.run(  # noqa: S603 - the only variable is a number
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607 - wherever ps is
        capture_output=True,
        check=False,
    ).stdout
    return os.fsencode(home) in shown or b"redis-server unixsocket:" in shown


@contextlib.contextmanager
def sockets_lock(sockets: Path) -> Iterator[None]:
    """Hold the lock of a folder of sockets: one process alone starts servers there, or removes their sockets.

    Its file lies beside the sockets, since the locks of a data folder go with it when it is deleted: the guardian of
    the old folder would then remove the sockets of the new one's servers.
    """
    path = sockets.with_name(f"{sockets.name}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():  # a stranger's file keeps nobody waiting
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Watch:
    """What a guardian is given: inherited descriptors of the lock files, and where the servers are."""

    guardian_lock: int
    start_lock: int
    users_lock: int
    users_file: Path
    servers: tuple[Server, ...]
    sockets: Path

    def run(self) -> None:
        while not self._stopped_unused():
            pass
        # Free this one first: whoever waits for the others then finds it free and spawns anew.
        os.close(self.guardian_lock)

    def _stopped_unused(self) -> bool:
        fcntl.flock(self.users_lock, fcntl.LOCK_EX)
        last_joined = os.fstat(self.users_lock).st_mtime_ns
        fcntl.flock(self.users_lock, fcntl.LOCK_UN)
        time.sleep(GRACE_SECONDS)
        fcntl.flock(self.start_lock, fcntl.LOCK_EX)
        try:
            fcntl.flock(self.users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self.start_lock, fcntl.LOCK_UN)
            return False
        if os.fstat(self.users_lock).st_mtime_ns != last_joined:
            # Somebody came and went during the grace: it begins anew.
            fcntl.flock(self.users_lock, fcntl.LOCK_UN)
            fcntl.flock(self.start_lock, fcntl.LOCK_UN)
            return False
        with sockets_lock(self.sockets):
            if not self._is_superseded():
                for server in self.servers:
                    stop(server)
                self._remove_sockets()
        return True

    def _is_superseded(self) -> bool:
        """Was the data folder deleted and made anew? Then newer servers may use these sockets."""
        try:
            return not os.path.samestat(self.users_file.stat(), os.fstat(self.users_lock))
        except OSError:
            return False

    def _remove_sockets(self) -> None:
        for path in sorted(self.sockets.rglob("*"), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        with contextlib.suppress(OSError):
            self.sockets.rmdir()


def main(arguments: list[str]) -> None:
    """Arguments: data folder, socket folder, descriptors of guardian.lock, start.lock, users.lock."""
    folder, sockets = Path(arguments[0]), Path(arguments[1])
    guardian_lock, start_lock, users_lock = map(int, arguments[2:5])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Watch(
        guardian_lock=guardian_lock,
        start_lock=start_lock,
        users_lock=users_lock,
        users_file=folder / "users.lock",
        servers=(redis_server(folder, sockets), postgres_server(folder, sockets)),
        sockets=sockets,
    ).run()


if __name__ == "__main__":
    main(sys.argv[1:])
