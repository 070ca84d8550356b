"""A data folder with the processes that use it, for tests with real servers and real kills."""

import contextlib
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import psycopg.conninfo
import pytest
import redis

from newsroom import local_servers
from newsroom.local_servers import guardian

ROOT = Path(__file__).parents[3]
ENDED_SECONDS = 15.0
NOBODY = pwd.getpwnam("nobody")

# A user process: obeys the words it reads from its standard input, answers each with a line.
USER = """
import os, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from newsroom import local_servers
for word in sys.stdin:
    try:
        if word == "join\\n":
            servers = local_servers.ensure_running(Path(sys.argv[1]))
            local_servers.ensure_database(servers, "paper")
            print("joined", flush=True)
        elif word == "fork\\n":
            child = os.fork()
            if child == 0:
                import time
                time.sleep(60)
            print(child, flush=True)
        elif word == "spawn\\n":
            quiet = subprocess.DEVNULL
            stray = subprocess.Popen(["sleep", "60"], stdin=quiet, stdout=quiet, stderr=quiet)
            print(stray.pid, flush=True)
    except local_servers.LocalServerError as error:
        print(f"refused: {error}", flush=True)
"""


class User:
    """A process that may use the servers of a folder."""

    def __init__(self, folder: Path, command: list[str], **options: object) -> None:
        self.process = subprocess.Popen(  # type: ignore[call-overload]
            [*command, "-c", USER, str(folder), str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            **options,
        )

    def begin(self, word: str) -> None:
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        return str(self.process.stdout.readline()).strip()

    def ask(self, word: str) -> str:
        self.begin(word)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(ENDED_SECONDS)
        self.process.stdout.close()


class Office:
    """A data folder and whoever works with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.users: list[User] = []
        self.strays: list[int] = []

    @property
    def servers(self) -> local_servers.Servers:
        return local_servers.locate(self.folder)

    @property
    def postgres(self) -> guardian.Server:
        return guardian.postgres_server(self.servers.folder, self.servers.sockets)

    @property
    def redis(self) -> guardian.Server:
        return guardian.redis_server(self.servers.folder, self.servers.sockets)

    def user(self, command: list[str] | None = None, **options: object) -> User:
        user = User(self.folder, command or [sys.executable], **options)
        self.users.append(user)
        return user

    def joined(self) -> User:
        user = self.user()
        assert user.ask("join") == "joined"
        return user

    def pids(self) -> dict[str, int]:
        found = {
            "postgres": guardian.owner(self.postgres) or 0,
            "redis": guardian.owner(self.redis) or 0,
            "guardian": next(iter(self.guardians()), 0),
        }
        return {name: pid for name, pid in found.items() if pid}

    def guardians(self) -> list[int]:
        """Processes whose command line names the guardian's file and this folder."""
        words = {os.fsencode(guardian.__file__), os.fsencode(self.servers.folder)}
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().split(b"\0")
                if entry.name.isdigit() and words <= set(command):
                    found.append(int(entry.name))
        return found

    def connect(self, database: str = "paper") -> psycopg.Connection:
        return psycopg.connect(self.servers.database_url_for(database), autocommit=True)

    def write(self, story: str) -> None:
        with self.connect() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS stories (headline text)")
            connection.execute("INSERT INTO stories VALUES (%s)", [story])
        with redis.Redis.from_url(self.servers.redis_url_for(5)) as client:
            client.rpush("stories", story)

    def stories(self) -> tuple[list[str], list[str]]:
        with self.connect() as connection:
            rows = [row[0] for row in connection.execute("SELECT headline FROM stories")]
        with redis.Redis.from_url(self.servers.redis_url_for(5)) as client:
            return rows, [item.decode() for item in client.lrange("stories", 0, -1)]

    def close(self) -> None:
        for pid in self.strays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for user in self.users:
            user.kill()
        guardian.stop(self.redis)
        guardian.stop(self.postgres)


def wait_until(condition: Callable[[], bool], seconds: float = ENDED_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: guardian.is_gone(pid))


def is_being_stopped(office: Office) -> bool:
    """Does the guardian hold users.lock exclusively while PostgreSQL is still there?"""
    descriptor = os.open(office.folder / "users.lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def without_namespaces(tmp_path: Path) -> dict[str, str]:
    """An environment in which neither `unshare` nor a system's Redis is found."""
    empty = tmp_path / "no programs"
    empty.mkdir()
    return {**os.environ, "PATH": str(empty)}


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
