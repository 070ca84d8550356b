"""The sink of sink.c for machines without a compiler: same options, same rules, same counts, a tenth of the speed.

python -m benchmarks.sink.plain --port 0 --delay-ms 1 --log FILE
"""

import argparse
import asyncio
import json
import os
import re
import resource
import signal
import stat
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
LINE_BYTES = 1000  # RFC 5321 section 4.5.3.1.6, CRLF included
COMMAND_BYTES = 2048
MOST_RECIPIENTS = 100
MOST_MESSAGE_BYTES = 25_000_000
READ_BYTES = 1 << 20
PARENT_CHECK_SECONDS = 0.5
END = b"\r\n.\r\n"
LINES = re.compile(rb"[^\n]*\n|[^\n]+")
SIMPLE = {"RSET": "250 2.0.0 OK", "NOOP": "250 2.0.0 OK", "VRFY": "252 2.0.0 Send and see"}
ADDRESS = re.compile(rb"(?i)(?:FROM|TO):<([!-=?-~]{0,319})>(?: (.*))?")


@dataclass(slots=True)
class Counts:
    """What the peer did, and what it must never do."""

    kind: str = "python"
    messages: int = 0
    bytes: int = 0
    connections: int = 0
    not_one_recipient: int = 0
    misaddressed: int = 0
    bare_newlines: int = 0
    long_lines: int = 0
    early: int = 0
    out_of_order: int = 0
    syntax_errors: int = 0
    aborted: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    cpu_us: int = 0


class Sink:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.counts = Counts()
        self.log = options.log.open("ab", buffering=0) if options.log else None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts.connections += 1
        session = Session(self, reader, writer)
        try:
            await session.run()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.counts.aborted += session.is_in_transaction
        finally:
            writer.close()

    def tell(self) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        self.counts.cpu_us = int((used.ru_utime + used.ru_stime) * 1e6)
        print(json.dumps(asdict(self.counts)), flush=True)


class Session:
    """One connection."""

    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sink, self.counts, self.options = sink, sink.counts, sink.options
        self.reader, self.writer = reader, writer
        self.buffer = b""
        self.has_greeted = self.has_extensions = False
        self.forget()

    @property
    def is_in_transaction(self) -> bool:
        return self.has_sender

    def forget(self) -> None:
        self.has_sender = self.has_failed_chunk = False
        self.recipients: list[bytes] = []
        self.chunks: list[bytes] = []

    async def run(self) -> None:
        self.reply("220 sink.localhost ESMTP")
        while True:
            line = await self._line()
            verb, _space, rest = line.partition(b" ")
            name = verb.upper().decode("ascii", "replace")
            if self.buffer and not self.options.pipelining and name not in {"BDAT", "DATA"}:
                self.counts.early += 1
            if name == "QUIT":
                self.reply("221 2.0.0 Bye")
                await self._wait_for_late_replies()
                return
            await self._command(name, rest)

    def reply(self, text: str) -> None:
        raw = text.encode() + b"\r\n"
        if self.options.delay_ms:
            asyncio.get_running_loop().call_later(
                self.options.delay_ms / 1000, self.writer.write, raw
            )
        else:
            self.writer.write(raw)

    def refuse(self, text: str) -> None:
        self.counts.out_of_order += 1
        self.reply(text)

    async def _command(self, name: str, rest: bytes) -> None:
        if name == "DATA":
            await self._data()
        elif name == "BDAT":
            await self._chunk(rest)
        elif name == "MAIL":
            self._mail(rest)
        elif name == "RCPT":
            self._rcpt(rest)
        elif name in {"EHLO", "HELO"}:
            self._hello(has_extensions=name == "EHLO")
        elif name in SIMPLE:
            if name == "RSET":
                self.forget()
            self.reply(SIMPLE[name])
        else:
            self._misunderstood("500 5.5.2 Not known")

    def _hello(self, *, has_extensions: bool) -> None:
        self.forget()
        self.has_greeted, self.has_extensions = True, has_extensions
        words = ["sink.localhost"]
        if has_extensions:
            words += ["8BITMIME", "ENHANCEDSTATUSCODES"]
            words += ["PIPELINING"] * self.options.pipelining + ["CHUNKING"] * self.options.chunking
            words.append(f"SIZE {MOST_MESSAGE_BYTES}")
        for word in words[:-1]:
            self.reply(f"250-{word}")
        self.reply(f"250 {words[-1]}")

    def _mail(self, rest: bytes) -> None:
        if not self.has_greeted:
            return self.refuse("503 5.5.1 EHLO first")
        if self.has_sender:
            return self.refuse("503 5.5.1 There is a transaction already")
        found = ADDRESS.fullmatch(rest)
        if found is None or rest[:5].upper() != b"FROM:":
            return self._misunderstood("501 5.5.4 MAIL FROM:<address>")
        for word in (found[2] or b"").upper().split():
            name, _equals, value = word.partition(b"=")
            if self.has_extensions and name == b"SIZE" and value.isdigit():
                if int(value) > MOST_MESSAGE_BYTES:
                    return self.reply("552 5.3.4 Too large")
            elif not self.has_extensions or word not in {b"BODY=7BIT", b"BODY=8BITMIME"}:
                return self._misunderstood("555 5.5.4 Parameter not known")
        self.forget()
        self.has_sender = True
        return self.reply("250 2.1.0 OK")

    def _rcpt(self, rest: bytes) -> None:
        if not self.has_sender or self.chunks:
            return self.refuse("503 5.5.1 MAIL first")
        found = ADDRESS.fullmatch(rest)
        if found is None or rest[:3].upper() != b"TO:" or b"@" not in found[1]:
            return self._misunderstood("501 5.1.3 RCPT TO:<address>")
        if len(self.recipients) == MOST_RECIPIENTS:
            return self.reply("452 4.5.3 Too many recipients")
        self.recipients.append(found[1])
        return self.reply("250 2.1.5 OK")

    async def _data(self) -> None:
        if not self.recipients or self.chunks:
            return self.refuse("503 5.5.1 RCPT first")
        is_early = bool(self.buffer)
        go_ahead = time.monotonic() + self.options.delay_ms / 1000
        self.reply("354 Go ahead")
        while not self.buffer:
            await self._more()
        self.counts.early += is_early or (
            self.options.delay_ms > 0 and time.monotonic() < go_ahead - 0.0005
        )
        return self._accept(await self._until_dot())

    async def _until_dot(self) -> list[bytes]:
        """Only CRLF . CRLF ends a message, however tempting a bare newline is (SMTP smuggling)."""
        searched = 0
        self.buffer = b"\r\n" + self.buffer  # the end of the DATA line itself
        while (at := self.buffer.find(END, searched)) < 0:
            searched = max(0, len(self.buffer) - len(END))
            await self._more()
        content, self.buffer = self.buffer[2 : at + 2], self.buffer[at + len(END) :]
        return [line[1:] if line.startswith(b".") else line for line in LINES.findall(content)]

    async def _chunk(self, rest: bytes) -> None:
        size, _space, last = rest.partition(b" ")
        if not size.isdigit() or last.upper() not in {b"", b"LAST"}:
            self._misunderstood("501 5.5.4 BDAT size [LAST]")
            raise ConnectionResetError  # where the next command begins cannot be known any more
        while len(self.buffer) < int(size):
            await self._more()
        chunk, self.buffer = self.buffer[: int(size)], self.buffer[int(size) :]
        if not self.options.chunking or not self.recipients or self.has_failed_chunk:
            self.has_failed_chunk = True
            return self.refuse("503 5.5.1 No transaction for a chunk")
        self.chunks.append(chunk)
        if not last:
            return self.reply("250 2.0.0 Chunk taken")
        return self._accept(LINES.findall(b"".join(self.chunks)))

    def _accept(self, lines: list[bytes]) -> None:
        counts, recipient = self.counts, self.recipients[0]
        headers = _headers(lines)
        counts.messages += 1
        counts.bytes += sum(map(len, lines))
        counts.not_one_recipient += len(self.recipients) != 1
        counts.misaddressed += recipient not in headers.get(b"to", b"")
        counts.long_lines += sum(len(line) > LINE_BYTES for line in lines)
        counts.bare_newlines += sum(
            line.endswith(b"\n") and not line.endswith(b"\r\n") for line in lines
        )
        counts.last_at = time.time()
        counts.first_at = counts.first_at or counts.last_at
        if self.sink.log:
            self.sink.log.write(recipient + b" " + headers.get(b"message-id", b"-") + b"\n")
        self.forget()
        self.reply("250 2.0.0 Taken")

    def _misunderstood(self, text: str) -> None:
        self.counts.syntax_errors += 1
        self.reply(text)

    async def _line(self) -> bytes:
        line = await self._raw_line()
        if len(line) > COMMAND_BYTES:
            self._misunderstood("500 5.5.2 Line too long")
            raise ConnectionResetError
        self.counts.bare_newlines += not line.endswith(b"\r\n")
        return line.rstrip(b"\r\n")

    async def _raw_line(self) -> bytes:
        while (at := self.buffer.find(b"\n")) < 0:
            await self._more()
        line, self.buffer = self.buffer[: at + 1], self.buffer[at + 1 :]
        return line

    async def _more(self) -> None:
        more = await self.reader.read(READ_BYTES)
        if not more:
            raise ConnectionResetError
        self.buffer += more

    async def _wait_for_late_replies(self) -> None:
        await asyncio.sleep(self.options.delay_ms / 1000)
        await self.writer.drain()


def _headers(lines: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    name = b""
    for line in lines:
        if line == b"\r\n":
            break
        if line[:1] in b" \t" and name:
            found[name] += line.rstrip()
            continue
        name, _colon, value = line.partition(b":")
        name = name.lower()
        found[name] = value.strip()
    return found


async def main(options: argparse.Namespace) -> None:
    parent = os.getppid()
    sink = Sink(options)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        loop.add_reader(0, lambda: _obey(sink, ended))
    server = await asyncio.start_server(sink.serve, LOOPBACK, options.port, limit=READ_BYTES)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    end = time.monotonic() + options.seconds
    while not ended.is_set() and os.getppid() == parent and time.monotonic() < end:
        try:
            await asyncio.wait_for(ended.wait(), PARENT_CHECK_SECONDS)
        except TimeoutError:
            continue
    server.close()
    sink.tell()


def _obey(sink: Sink, ended: asyncio.Event) -> None:
    words = os.read(0, 4096)
    if not words:
        asyncio.get_running_loop().remove_reader(0)
        ended.set()
    for _line in range(words.count(b"\n")):
        sink.tell()


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sink", description="Take mail on loopback, keep none.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--no-pipelining", dest="pipelining", action="store_false")
    parser.add_argument("--no-chunking", dest="chunking", action="store_false")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--seconds", type=int, default=3600)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(options()))
    sys.exit(0)
