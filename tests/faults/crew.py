"""Real workers, a real mail server and the means to hurt them; only what was started here is ever signalled."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from celery import Celery
from django.conf import settings
from django.db import connection

from newsroom import local_servers, redis_url
from newsroom.processes import Program, worker
from subscriptions import installation
from tests.faults.counting import lines
from tests.smtp_sink import Rule

ROOT = Path(__file__).parents[2]
LEASE_SECONDS = 3
CONNECTIONS = 4
# Of the sixty-four that there are: not the ones of the modes. Parallel test workers take one each.
REDIS_NUMBER = 40


def wait_until(condition: Callable[[], object], seconds: float = 30, pause: float = 0.01) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)


class SinkProcess:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.log = folder / "log.jsonl"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sink", str(folder)], cwd=ROOT
        )
        wait_until((folder / "port").exists)
        self.port = int((folder / "port").read_text())

    def behaves(self, *rules: Rule) -> None:
        """From now on, until told otherwise; the counts begin anew."""
        new = self.folder / "rules.new"
        new.write_text(json.dumps([asdict(rule) for rule in rules]))
        new.rename(self.folder / "rules.json")

    def wait_held(self, number: int = 1) -> None:
        wait_until((self.folder / f"held-{number}").exists)

    def let_go(self) -> None:
        (self.folder / "go").touch()

    @property
    def taken(self) -> int:
        return lines(self.log)

    def stop(self) -> None:
        """At once: what it took is on disk."""
        self._process.kill()
        self._process.wait()


TERM = signal.SIGTERM  # in the class `signal` is a method


class Crew:
    """Delivery workers as an installation has them, on the test's own database."""

    def __init__(
        self, folder: Path, sink: SinkProcess, *, servers: local_servers.Servers | None = None
    ) -> None:
        self.folder = folder
        self.sink = sink
        self.servers = servers
        self.connections = CONNECTIONS
        self.environment: dict[str, str] = {}
        self.program_folder = ROOT
        self.pool = "threads"
        self._processes: list[subprocess.Popen[bytes]] = []
        number = REDIS_NUMBER + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
        self.redis_url = _with_number(settings.REDIS_URL, number)
        if servers is not None:
            self.redis_url = servers.redis_url_for(number)
        self.use_redis(self.redis_url)

    def use_redis(self, url: str) -> None:
        self.redis_url = url
        self._bells = Celery(broker=redis_url.parse(url).broker_url, set_as_current=False)
        self._bells.conf.broker_transport_options = {
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "global_keyprefix": installation.redis_prefix(settings.INSTALLATION, self.database),
        }

    @property
    def database(self) -> str:
        return "faults" if self.servers else str(connection.settings_dict["NAME"])

    @property
    def alive(self) -> list[subprocess.Popen[bytes]]:
        return [process for process in self._processes if process.poll() is None]

    def start(self, number: int = 1, queues: str = "delivery") -> None:
        for _each in range(number):
            program = worker(f"w{len(self._processes)}", queues, self.connections)
            self.run(Program(program.name, (*program.arguments, "--pool", self.pool)))

    def run(self, program: Program, *before: str) -> subprocess.Popen[bytes]:
        """As part of the crew; `before`: what Python itself is started by."""
        name = f"w{len(self._processes)}"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*before, sys.executable, *program.arguments],
                cwd=self.program_folder,
                env=self.surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def ring(self) -> None:
        """What the tick does: a doorbell for each connection. Without Redis it is lost, as it may be."""
        with contextlib.suppress(Exception):
            for _connection in range(self.connections):
                self._bells.send_task(
                    "digests.tasks.drain", queue="delivery", expires=30, retry=False
                )

    def signal(self, how: int, victims: Iterable[subprocess.Popen[bytes]]) -> None:
        for process in victims:
            process.send_signal(how)

    def kill(self, number: int = 1) -> None:
        """kill -9, the oldest first."""
        victims = self.alive[:number]
        assert victims, "nobody was there to be killed"
        self.signal(signal.SIGKILL, victims)
        for process in victims:
            process.wait()

    def stop(self, how: int = TERM) -> list[int]:
        """TERM, and time to finish; returns the exit statuses."""
        victims = self.alive
        self.signal(signal.SIGCONT, victims)
        self.signal(how, victims)
        try:
            return [process.wait(40) for process in victims]
        finally:
            self.close()

    def close(self) -> None:
        """With whatever they have started: faketime runs a program as its child, which would outlive it."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def said(self) -> str:
        return "\n".join(
            path.read_text(errors="replace") for path in sorted(self.folder.glob("w*.log"))
        )

    def surroundings(self) -> dict[str, str]:
        parts = urlsplit(settings.DATABASE_URL)
        here = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        kept = {
            name: value for name, value in os.environ.items() if name != "MAIL_TRANSACTIONAL_URL"
        }
        return (
            kept
            | {
                "NEWSROOM_MODE": "test",
                "DJANGO_SETTINGS_MODULE": "newsroom.settings",
                "DATABASE_URL": self.servers.database_url_for("faults") if self.servers else here,
                "REDIS_URL": self.redis_url,
                "MAIL_URL": f"smtp://127.0.0.1:{self.sink.port}?connections={self.connections}",
                "SECRET_KEY": settings.SECRET_KEY,
                "LINK_KEYS": ",".join(settings.LINK_KEYS),
                "SUPPRESSION_KEY": settings.SUPPRESSION_KEY,
                "LEASE_SECONDS": str(LEASE_SECONDS),
                "LOG_LEVEL": "INFO",
            }
            | self.environment
        )


def _with_number(redis_url: str, number: int) -> str:
    if redis_url.startswith("unix:"):
        return f"{redis_url.partition('?')[0]}?db={number}"
    return urlsplit(redis_url)._replace(path=f"/{number}").geturl()
