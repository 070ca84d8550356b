"""Sign-ups over HTTP: the whole way through granian on one core, limits and consent on, beside a plain Django view.

    python -m benchmarks signup

The server runs on one core; the load, PostgreSQL and Redis have the other. Each request is a new address, and each run
is held against the rows that are there afterwards.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.db import connection
from redis import Redis

from benchmarks import machine
from benchmarks.installation import FOLDER, BenchmarkFailed
from newsroom.processes import Processes, Program
from subscriptions import redis_server
from subscriptions.choices import NewsletterState
from subscriptions.clock import database_now
from subscriptions.models import Consent, Letter, Newsletter, Subscriber
from subscriptions.sign_up.form_times import stamp

THREADS = 16
CLIENTS = 32
SECONDS = 6
START_SECONDS = 30
SLUG = "bench-sign-up"
# Counted like any other, and never reached: what is measured is a sign-up that is taken.
OPEN_LIMITS = {
    f"SIGN_UP_LIMIT_{name}": "1000000000/hour" for name in ("ADDRESS", "NETWORK", "FORM", "ALL")
}
PATHS = {"newsroom": "/subscribe/", "plain": "/plain/", "empty": "/empty/"}


@dataclass(slots=True)
class Run:
    kind: str
    requests: int = 0
    seconds: float = 0.0
    server_cpu_us: float = 0.0  # a request
    postgres_cpu_us: float | None = None
    p99_ms: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


def measure(kinds: tuple[str, ...] = tuple(PATHS)) -> list[Run]:
    """One run of each, in turns on one server. Raises BenchmarkFailed."""
    _prepare()
    try:
        with _server() as (process, port):
            return [_run(kind, process, port) for kind in kinds]
    finally:
        _forget_counts()


def _run(kind: str, process: "subprocess.Popen[bytes]", port: int) -> Run:
    before = _rows()
    server = _server_pid(process)
    postmaster = machine.postmaster()
    cpu = machine.cpu_us(server)
    postgres = machine.tree_cpu_us(postmaster) if postmaster else 0
    told = _load(kind, port)
    run = Run(kind, told["requests"], told["seconds"], p99_ms=told["p99_ms"])
    if not run.requests:
        raise BenchmarkFailed(f"No request of {kind} was answered.")
    run.server_cpu_us = (machine.cpu_us(server) - cpu) / run.requests
    if postmaster:
        run.postgres_cpu_us = (machine.tree_cpu_us(postmaster) - postgres) / run.requests
    if told["failed"]:
        run.problems.append(f"{told['failed']} requests of {kind} failed: {told['failure']}.")
    kept = 0 if kind == "empty" else run.requests
    for name, rows in _rows().items():
        if rows - before[name] != kept:
            run.problems.append(f"{kind}: {rows - before[name]} {name} for {kept} sign-ups.")
    return run


def _load(kind: str, port: int) -> dict[str, Any]:
    """By a process of its own on the other core."""
    command = [
        *_on_core(-1),
        *(sys.executable, "-m", "benchmarks.signup_load"),
        *("--port", str(port), "--path", PATHS[kind], "--clients", str(CLIENTS)),
        *("--seconds", str(SECONDS), "--newsletter", SLUG),
        *("--shown", stamp(database_now() - timedelta(minutes=1))),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS + START_SECONDS, check=False
    )
    if done.returncode:
        raise BenchmarkFailed(f"The load of {kind} failed: {done.stderr.strip()[-300:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _prepare() -> None:
    connection.cursor().execute(
        "TRUNCATE subscriptions_subscriber, subscriptions_letter, subscriptions_consent CASCADE"
    )
    Newsletter.objects.update_or_create(
        slug=SLUG, defaults={"name": "Morning Briefing", "state": NewsletterState.LIVE}
    )


def _forget_counts() -> None:
    """Delete the sign-up counts of ten thousands of addresses; they would stay for an hour."""
    ours = redis_server.key("sign-ups*")
    with Redis.from_url(settings.REDIS_URL) as redis:
        found = redis.scan_iter(ours, count=1000)
        while some := list(islice(found, 1000)):
            redis.unlink(*some)


def _rows() -> dict[str, int]:
    found = {model.__name__: model for model in (Subscriber, Consent, Letter)}
    return {name: model._default_manager.count() for name, model in found.items()}


@contextmanager
def _server() -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    granian = ("--interface", "rsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    settings = (
        os.environ
        | OPEN_LIMITS
        | {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING", "WEB_THREADS": str(THREADS)}
    )
    os.environ.update(settings)
    program = Program(
        "bench-web",
        (
            "-m",
            "granian",
            *granian,
            *("--backpressure", str(CLIENTS * 2)),
            *("--no-ws", "--log-level", "warning", "benchmarks.signup_site:application"),
        ),
    )
    with Processes(FOLDER / "log") as processes:
        process = processes.start(program)
        _wait_for(port, process)
        for pid in {process.pid, _server_pid(process)}:
            _pin(pid)
        yield process, port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise BenchmarkFailed(f"The web server did not start; {FOLDER / 'log'} says why.")


def _server_pid(process: "subprocess.Popen[bytes]") -> int:
    """Return the process id of the one worker that granian has started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    pids = children.read_text(encoding="ascii").split()
    return int(pids[-1]) if pids else process.pid


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def _pin(pid: int) -> None:
    """All its threads to the first core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {_cores()[0]})


def _on_core(which: int) -> list[str]:
    return ["taskset", "--cpu-list", str(_cores()[which])]
