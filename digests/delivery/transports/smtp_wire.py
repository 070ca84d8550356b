"""Bytes out, replies in, on one socket: with limits on time and size, and an account of what the kernel took."""

import select
import socket
import ssl
import time
from dataclasses import dataclass, field

from django.conf import settings

from digests.delivery.transports.base import OnWait
from digests.delivery.transports.smtp_replies import Reply
from digests.delivery.transports.smtp_trouble import Lost, Silence

LONGEST_LINE = 4096  # RFC 5321 section 4.5.3.1.5 allows 512; some servers say more
MOST_LINES = 200
MOST_TEXT = 1000
CHUNK = 65536
TLS_RECORD = 16384  # RFC 8446 section 5.1: so much may be under way when a TLS connection fails


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. Before the final dot nothing is lost by giving up early, so most are shorter than RFC 5321 asks."""

    connect: float = 15
    greeting: float = 60  # some servers are slow on purpose
    command: float = 60
    block: float = 120  # without a byte taken
    final: float = 600  # RFC 5321 section 4.5.3.2.6: giving up here leaves a reader in doubt
    quit: float = 2
    ask: float = field(
        default_factory=lambda: settings.LEASE_SECONDS / 4
    )  # between two calls of on_wait
    tick: float = 5


class Wire:
    def __init__(self, connected: socket.socket, timeouts: Timeouts, on_wait: OnWait) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket = connected
        self._timeouts = timeouts
        self._buffer = b""
        self.on_wait = on_wait
        self._ask_at = 0.0
        self._is_tls = False
        # How many bytes the kernel has taken, at most: what lies beyond was provably not sent.
        self.handed = 0
        connected.settimeout(min(timeouts.tick, timeouts.ask))

    def rely_on(self, on_wait: OnWait) -> None:
        """Use this `on_wait` from now on; call it first after `timeouts.ask` seconds."""
        self.on_wait = on_wait
        self._ask_at = time.monotonic() + self._timeouts.ask

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS.

        Raises Lost, with the reason, if the certificate is not the host's or nobody we trust signed it.
        """
        if self._buffer:
            raise Lost("The server spoke on before TLS began; somebody may be in between.")
        self._socket.settimeout(self._timeouts.command)
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise Lost(
                f"The certificate of {host} is not to be trusted: {error.verify_message}"
            ) from error
        except OSError as error:
            raise Lost(f"TLS with {host} failed: {error}") from error
        self._is_tls = True
        self._socket.settimeout(min(self._timeouts.tick, self._timeouts.ask))

    def send(self, data: bytes) -> None:
        """Send bytes. Raises Lost; `handed` then tells how far it came."""
        view = memoryview(data)
        deadline = None
        while view:
            self._ask()
            try:
                sent = self._socket.send(view)
            except TimeoutError as error:
                deadline = deadline or time.monotonic() + self._timeouts.block
                if time.monotonic() > deadline:
                    self._note_doubt(len(view))
                    raise Silence("The server takes no more bytes.") from error
                continue
            except OSError as error:
                self._note_doubt(len(view))
                raise Lost(f"The connection was lost: {_words(error)}") from error
            self.handed += sent
            view = view[sent:]
            deadline = None

    def reply(self, seconds: float) -> Reply:
        """The next reply, all its lines. Raises Lost, or Silence after `seconds`."""
        _lines, reply = self.reply_lines(seconds)
        return reply

    def reply_lines(self, seconds: float) -> tuple[list[str], Reply]:
        """The same with its lines as they came, which EHLO's reply needs."""
        deadline = time.monotonic() + seconds
        line = self._line(deadline)
        code = _code(line)
        texts = [_text(line[4:])]
        while line[3:4] == b"-":
            line = self._line(deadline)
            if _code(line) != code or len(texts) > MOST_LINES:
                raise Lost("The server's reply has no end, or its lines have different codes.")
            texts.append(_text(line[4:]))
        return texts, Reply(code, " ".join(texts) if len(texts) > 1 else texts[0])

    def has_good(self, count: int) -> bool:
        """Take the next replies if they are here already and all of them plain 250s, as nearly always."""
        lines = self._buffer.split(b"\n", count)
        if len(lines) <= count or not all(line.startswith(b"250 ") for line in lines[:count]):
            return False
        self._buffer = lines[count]
        return True

    def is_quiet(self) -> bool:
        """Between transactions nothing may come; if it does, the server has closed or is about to."""
        if self._buffer:
            return False
        try:
            waiting = select.poll()
            waiting.register(self._socket, select.POLLIN)
            return not waiting.poll(0)
        except (OSError, ValueError):
            return False

    def close(self) -> None:
        self._socket.close()

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                break
            self._receive(deadline)
        if not 0 <= end <= LONGEST_LINE:
            raise Lost(f"The server's reply has a line of more than {LONGEST_LINE} characters.")
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.rstrip(b"\r")

    def _receive(self, deadline: float) -> None:
        while True:
            self._ask()
            try:
                more = self._socket.recv(CHUNK)
            except TimeoutError as error:
                if time.monotonic() >= deadline:
                    raise Silence("The server did not answer in time.") from error
                continue
            except OSError as error:
                raise Lost(f"The connection was lost: {_words(error)}") from error
            if not more:
                raise Lost("The connection was lost: the server closed it.")
            self._buffer += more
            return

    def _ask(self) -> None:
        now = time.monotonic()
        if now < self._ask_at:
            return
        self._ask_at = now + self._timeouts.ask
        if not self.on_wait():
            raise Lost("The batch is no longer in our hands; nothing more is sent.")

    def _note_doubt(self, left: int) -> None:
        if self._is_tls:
            self.handed += min(left, TLS_RECORD)


def _code(line: bytes) -> int:
    digits = line[:3]
    if not (digits.isdigit() and 200 <= int(digits) < 600 and line[3:4] in {b" ", b"-", b""}):
        raise Lost(f"That is no reply of a mail server: {_text(line)[:80]!r}")
    return int(digits)


def _text(raw: bytes) -> str:
    words = raw[:MOST_TEXT].decode("utf-8", "replace")
    return words if words.isprintable() else "".join(c if c.isprintable() else " " for c in words)


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
