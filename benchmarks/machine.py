"""What the machine is, and what a process has used of it, read from /proc."""

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.db import connection

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Of the text behind the command's name in /proc/PID/stat (proc(5)), which is field 2.
PARENT, USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM = 1, 11, 12, 13, 14
PACKAGES = ("Django", "celery", "psycopg", "redis")


@dataclass(frozen=True, slots=True)
class Machine:
    """Written beside every figure, because a figure without it says nothing."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    python: str
    postgresql: str
    packages: str
    load: (
        float  # the run queue of the last minute when the measurement began; others' work included
    )

    def sentence(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gb} GB; {self.system}; Python {self.python}, "
            f"PostgreSQL {self.postgresql}, {self.packages}; load {self.load:.1f} at the start."
        )


def describe() -> Machine:
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        postgresql=_postgresql(),
        packages=", ".join(f"{name} {version(name)}" for name in PACKAGES),
        load=os.getloadavg()[0],
    )


def cpu_us(pid: int) -> int:
    """All threads of the process, not its children."""
    words = _stat(pid)
    return _to_us(words[USER] + words[SYSTEM])


def peak_rss_mb(pid: int) -> float:
    return _status_mb(pid, "VmHWM")


def rss_mb(pid: int) -> float:
    """0 for a process that has just ended."""
    return _status_mb(pid, "VmRSS")


def postmaster() -> int | None:
    """PostgreSQL's first process, if it runs where we can see it; None on another host."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    try:
        parent = _stat(backend)[PARENT]
        is_postgres = b"postgres" in (PROC / str(parent) / "cmdline").read_bytes()
    except (OSError, IndexError):
        return None
    return parent if is_postgres else None


def tree_cpu_us(root: int) -> int:
    """The process, its living children and those it has collected."""
    while True:
        before = _stat(root)
        children = sum(_children_ticks(root))
        if _stat(root)[CHILDREN_USER:] == before[CHILDREN_USER:]:
            return _to_us(children + sum(before[USER:]))
        # It collected one while we looked, so that one was counted twice or not at all.


def _children_ticks(root: int) -> Iterator[int]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                child = _stat(int(entry.name))
            except OSError:
                continue  # it has ended meanwhile
            if child[PARENT] == root:
                yield child[USER] + child[SYSTEM]


def _status_mb(pid: int, name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", (PROC / str(pid) / "status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _stat(pid: int) -> list[int]:
    text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    words = text.rpartition(")")[2].split()
    return [0, *map(int, words[1:15])]


def _to_us(ticks: int) -> int:
    return ticks * 1_000_000 // TICKS_A_SECOND


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", (PROC / "cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _postgresql() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]
