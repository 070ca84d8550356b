"""The mail server of the demo: takes every letter on loopback and hands none on.

Runs as a process of its own, `python -m tools.demo.catcher --port 0 --maildir DIR`: it prints
`ready PORT`, and ends on TERM, when its standard input (a pipe) closes, or when its parent is gone.
"""

import argparse
import asyncio
import os
import signal
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from tools.demo.maildir import open_maildir, store

LOOPBACK = "127.0.0.1"
MAX_MESSAGE_BYTES = 25_000_000  # what large mailbox providers take
MAX_RECIPIENTS = 100  # RFC 5321, 4.5.3.1.8, asks for at least this many
IDLE_SECONDS = 300
PARENT_CHECK_SECONDS = 0.5
START_SECONDS = 20.0
STOP_SECONDS = 5.0


class KeepInMaildir:
    """What becomes of each letter: on disk first, then the 250."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        put = partial(store, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        try:
            await asyncio.to_thread(put, self.folder, envelope.content or b"")
        except OSError as error:
            print(f"catcher: a letter could not be kept: {error}", file=sys.stderr, flush=True)
            return "452 4.3.1 The letter could not be kept; try again later"
        return "250 2.0.0 Kept"


class Catcher:
    """The catcher as a child process. A context manager; leaving it stops the child.

    The child ends by itself when this process does, even after a kill -9; what goes wrong later it
    says on the standard error that it shares with us.
    Raises RuntimeError with the child's own words when it does not start.
    """

    def __init__(self, maildir: Path, *, port: int = 0) -> None:
        self.maildir = maildir
        self.port = port

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-m", __name__, "--port", str(self.port), "--maildir", self.maildir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we then stop the child
        )
        line = self._first_line()
        if not line.startswith("ready "):
            self._stop()
            raise RuntimeError(f"The mail catcher did not start: {line.strip() or 'no answer'}")
        self.port = int(line.split()[1])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def _first_line(self) -> str:
        output = self._process.stdout
        if output is None:
            return ""
        with DefaultSelector() as selector:
            selector.register(output, EVENT_READ)
            return output.readline() if selector.select(START_SECONDS) else ""

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()


async def serve(folder: Path, port: int) -> None:
    """Catch until told to end. Raises OSError when the port is taken."""
    parent = os.getppid()  # before "ready": whoever waits for that may be killed right after it
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    _watch_stdin(loop, ended)
    server = await loop.create_server(partial(_session, KeepInMaildir(folder)), LOOPBACK, port)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await _until(ended, parent=parent)
    server.close()


def _session(handler: KeepInMaildir) -> SMTP:
    options: dict[str, Any] = {
        "data_size_limit": MAX_MESSAGE_BYTES,
        "enable_SMTPUTF8": True,
        "hostname": "catcher.localhost",
        "ident": "Newsroom demo catcher",
        "timeout": IDLE_SECONDS,
    }
    return SMTP(handler, loop=asyncio.get_running_loop(), **options)


def _watch_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """A closed pipe ends us. A terminal or /dev/null says nothing about whoever started us."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return

    def look() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            ended.set()

    if is_pipe:
        loop.add_reader(0, look)


async def _until(ended: asyncio.Event, *, parent: int) -> None:
    while not ended.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(ended.wait(), PARENT_CHECK_SECONDS)
        except TimeoutError:
            continue


def main() -> int:
    parser = argparse.ArgumentParser(prog="catcher", description="Keep all mail in a Maildir.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--maildir", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        open_maildir(arguments.maildir)
        asyncio.run(serve(arguments.maildir, arguments.port))
    except OSError as error:
        print(f"catcher: {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
