"""The stand-in for mail services as a child process: started, asked, stopped."""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from benchmarks.sink.running import SinkFailed

STOP_SECONDS = 10.0


class ServiceSink:
    """A context manager; the child ends with this process."""

    def __init__(self, *, delay_ms: float = 0) -> None:
        self.port = 0
        self._delay_ms = delay_ms

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink.service", "--delay-ms", str(self._delay_ms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self._line()
        if not line.startswith("ready "):
            raise SinkFailed("The stand-in did not start.")
        self.port = int(line.split()[1])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def counts(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        counts: dict[str, Any] = json.loads(self._line())
        return counts

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


CREDENTIALS = {
    "mailgun": "KEY@mg.example.org",
    "mailjet": "KEY:SECRET@",
    "ses": "KEY:SECRET@eu-west-1",
    "scaleway": "KEY@project",
}


def mail_url(service: str, port: int) -> str:
    """With calls enough that the pace is no limit."""
    who = CREDENTIALS.get(service, "KEY@")
    return f"{service}://{who}?api_url=http://127.0.0.1:{port}/{service}/&calls=100000"
