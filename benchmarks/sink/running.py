"""The sink as a child process: compiled once a source, started, asked, stopped."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Any, Self

SOURCE = Path(__file__).with_name("sink.c")
FOLDER = Path(__file__).resolve().parents[2] / "var" / "bench"
COMPILERS = ("cc", "gcc", "clang")
ANSWER_SECONDS = 20.0
STOP_SECONDS = 10.0


class SinkFailed(RuntimeError):
    """The sink did not start or answer; the text holds its own words."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the sink offers; `delay_ms` stands for a round trip."""

    pipelining: bool = True
    chunking: bool = True
    delay_ms: float = 0

    def arguments(self) -> list[str]:
        words = ["--delay-ms", str(self.delay_ms)]
        return [
            *words,
            *["--no-pipelining"] * (not self.pipelining),
            *["--no-chunking"] * (not self.chunking),
        ]


class Sink:
    """A context manager. `log` gets a line a message before its reply; the child ends with this process."""

    def __init__(
        self,
        behaviour: Behaviour = Behaviour(),
        *,
        log: Path | None = None,
        port: int = 0,
        command: list[str] | None = None,
    ) -> None:
        self.port = port
        self._command = [*(command or command_for_this_machine()), *behaviour.arguments()]
        self._command += ["--log", str(log)] if log else []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self._answer()
        if not line.startswith("ready "):
            self.stop()
            raise SinkFailed(f"The sink did not start: {line.strip() or 'no answer'}")
        self.port = int(line.split()[1])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def counts(self) -> dict[str, Any]:
        """Raises SinkFailed."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.write("counts\n")
                self._process.stdin.flush()
            counts: dict[str, Any] = json.loads(self._answer())
        except (BrokenPipeError, ValueError) as error:
            raise SinkFailed(f"The sink has ended: {error}") from error
        return counts

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _answer(self) -> str:
        output = self._process.stdout
        if output is None:
            return ""
        with DefaultSelector() as selector:
            selector.register(output, EVENT_READ)
            return output.readline() if selector.select(ANSWER_SECONDS) else ""


def command_for_this_machine() -> list[str]:
    """The C sink where a compiler is, else the Python one, which the counts name as their `kind`."""
    return compiled() or python_sink()


def python_sink() -> list[str]:
    return [sys.executable, "-m", "benchmarks.sink.plain"]


def compiled() -> list[str] | None:
    """None where there is no compiler. Raises SinkFailed with the compiler's words."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        return None
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    program = FOLDER / f"sink-{digest}"
    if not program.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        # A name of its own, since test processes compile beside each other; the last to finish wins.
        draft = program.with_name(f"{program.name}.{os.getpid()}")
        done = subprocess.run(
            [compiler, "-O2", "-o", str(draft), str(SOURCE)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SinkFailed(f"The sink cannot be compiled: {done.stderr[:500]}")
        draft.replace(program)
    return [str(program)]
