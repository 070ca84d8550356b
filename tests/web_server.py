"""The web server as an installation has it, on the test's own database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import connection

from newsroom.processes import Program, web

ROOT = Path(__file__).parents[1]
START_SECONDS = 60


class Served:
    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def get(self, path: str, seconds: float = 10, **options: object) -> requests.Response:
        return requests.get(self.url + path, timeout=seconds, **options)  # type: ignore[arg-type]

    def answers_within(self, seconds: float) -> bool:
        try:
            return self.get("/healthz", seconds).ok
        except requests.RequestException:
            return False

    def socket(self, sent: bytes) -> socket.socket:
        """With something sent and no more; the caller closes it."""
        opened = socket.create_connection(("127.0.0.1", self.port), 10)
        opened.sendall(sent)
        return opened

    def pids(self) -> list[int]:
        """The process ids of granian and its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]


def surroundings(**environment: str) -> dict[str, str]:
    parts = urlsplit(settings.DATABASE_URL)
    here = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    ours = {
        "NEWSROOM_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        "DATABASE_URL": here,
        "SECRET_KEY": settings.SECRET_KEY,
        "LINK_KEYS": ",".join(settings.LINK_KEYS),
        "SUPPRESSION_KEY": settings.SUPPRESSION_KEY,
    }
    return os.environ | ours | environment


@contextmanager
def serving(folder: Path, program: Program | None = None, **environment: str) -> Iterator[Served]:
    """Ended with TERM, or, if it does not heed that, killed; the test then fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(program or web(port)).arguments],
            cwd=ROOT,
            env=surroundings(SITE_URL=f"http://127.0.0.1:{port}", **environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    served = Served(process, port, log)
    try:
        end = time.monotonic() + START_SECONDS
        while not served.answers_within(2):
            assert process.poll() is None, served.said
            assert time.monotonic() < end, served.said
            time.sleep(0.1)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"It did not end: {served.said}") from None
