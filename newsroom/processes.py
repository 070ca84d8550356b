"""Web server, workers and beat as child processes of one terminal; they end with it, however it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_SECONDS = 30
LOOK_SECONDS = 0.05
PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    arguments: tuple[str, ...]


def web(port: int, host: str = "127.0.0.1") -> Program:
    place = ("--host", host, "--port", str(port))
    return Program("web", ("-m", "newsroom.web_server", *place))


def worker(name: str, queues: str, threads: int) -> Program:
    options = ("--queues", queues, "--pool", "threads", "--concurrency", str(threads))
    celery = ("-m", "celery", "--app", "newsroom.celery", "worker")
    return Program(name, (*celery, "--hostname", f"{name}@%h", *options))


def beat() -> Program:
    celery = ("-m", "celery", "--app", "newsroom.celery", "beat")
    return Program("beat", (*celery, "--pidfile", ""))


class Processes:
    """A context manager: whatever was started is stopped at its end, with time to finish its slice."""

    def __init__(self, log_folder: Path | None = None) -> None:
        self._log_folder = log_folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._programs: dict[str, Program] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        log = None
        if self._log_folder is not None:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            mode = "ab" if program.name in self._programs else "wb"
            log = (self._log_folder / f"{program.name}.log").open(mode)
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *program.arguments],
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,
        )
        if log is not None:
            log.close()
        self._running[program.name] = process
        self._programs[program.name] = program
        return process

    def start_again(self, name: str) -> None:
        """Start a process that has ended; whatever it has left behind, which may hold its port, ends first."""
        self._bury(self._running[name])
        self.start(self._programs[name])

    def names(self) -> list[str]:
        return list(self._running)

    def dead(self) -> dict[str, int]:
        """Those that have ended by themselves, with their status: a signal's number below zero."""
        return {name: _status(it) for name, it in self._running.items() if _has_ended(it)}

    def ended(self) -> str | None:
        """The name of one that has ended by itself."""
        return next((name for name, it in self._running.items() if _has_ended(it)), None)

    def stop(self) -> None:
        """Each has its time to finish; then, or at a second Ctrl-C, it ends with whatever it has started itself."""
        for process in self._running.values():
            if not _has_ended(process):
                process.terminate()
        end = time.monotonic() + STOP_SECONDS
        try:
            while time.monotonic() < end and not all(map(_has_ended, self._running.values())):
                time.sleep(LOOK_SECONDS)
        finally:
            for process in self._running.values():
                self._bury(process)
            self._running.clear()

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Asked so that a dead one keeps its number, which is that of its group, until stop() is through with it."""
    if process.returncode is not None:
        return True
    looking = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, looking) is not None


def _status(process: subprocess.Popen[bytes]) -> int:
    """Return the exit status of a process that has ended. The process keeps its number."""
    if process.returncode is not None:
        return process.returncode
    told = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if told is None:
        return 0
    return told.si_status if told.si_code == os.CLD_EXITED else -told.si_status


def _end_with_parent() -> None:
    """In the child: a TERM when the parent is gone, even by kill -9; and no Ctrl-C of the terminal."""
    os.setsid()
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
