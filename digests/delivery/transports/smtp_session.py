"""From an address to a server that is ready for mail: connect, greet, secure, log in."""

import socket
import ssl
from dataclasses import dataclass, field
from functools import lru_cache

from digests.delivery.transports.base import OnWait
from digests.delivery.transports.smtp_auth import log_in
from digests.delivery.transports.smtp_replies import Reply
from digests.delivery.transports.smtp_trouble import Lost, Trouble
from digests.delivery.transports.smtp_wire import Timeouts, Wire

CHUNKING, PIPELINING = "CHUNKING", "PIPELINING"


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    implicit_tls: bool = False


@dataclass(slots=True)
class Session:
    """An open connection and what is known of it."""

    wire: Wire
    extensions: dict[str, str]  # EHLO's keywords, upper case, with their parameters
    attempts: int = 0  # messages tried on this connection
    answered: int = 0  # of these, how many had their answer
    errors: int = 0  # 4xx and 5xx replies; servers slow down when there are many
    is_clean: bool = True  # no transaction is open
    idle_since: float = 0.0

    @property
    def largest(self) -> int:
        """Bytes that a message may have; 0: no limit is known (RFC 1870)."""
        size = self.extensions.get("SIZE", "")
        return int(size) if size.isdecimal() else 0


@lru_cache(maxsize=1)
def shared_tls() -> ssl.SSLContext:
    """The TLS context that all connections share. Making one costs as much as twenty handshakes."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def open_session(
    server: Server, *, hello: str, timeouts: Timeouts, tls: ssl.SSLContext, on_wait: OnWait
) -> Session:
    """Open a session with a server. `hello`: how we call ourselves. Raises Trouble."""
    wire = _connect(server, timeouts, on_wait)
    wire.rely_on(on_wait)
    try:
        return _prepared(wire, server, hello, timeouts, tls)
    except BaseException:
        wire.close()
        raise


def _connect(server: Server, timeouts: Timeouts, on_wait: OnWait) -> Wire:
    try:
        connected = socket.create_connection((server.host, server.port), timeouts.connect)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Trouble(f"{server.host}:{server.port} cannot be reached: {reason}") from error
    return Wire(connected, timeouts, on_wait)


def _prepared(
    wire: Wire, server: Server, hello: str, timeouts: Timeouts, tls: ssl.SSLContext
) -> Session:
    if server.implicit_tls:
        wire.secure(tls, server.host)
    greeting = wire.reply(timeouts.greeting)
    if not greeting.is_positive:
        raise Lost(f"The server does not want us: {greeting}")
    extensions = _say_hello(wire, hello, timeouts)
    if server.starttls:
        if "STARTTLS" not in extensions:
            raise Trouble(f"{server.host} does not offer STARTTLS; nothing is sent in the clear.")
        _command(wire, b"STARTTLS", timeouts, "STARTTLS was refused")
        wire.secure(tls, server.host)
        extensions = _say_hello(wire, hello, timeouts)  # what was said before TLS counts no more
    if server.user:
        mechanisms = extensions.get("AUTH", "").upper().split()
        is_secure = server.starttls or server.implicit_tls
        log_in(wire, server.user, server.password, mechanisms, timeouts, is_secure=is_secure)
    return Session(wire, extensions)


def _say_hello(wire: Wire, hello: str, timeouts: Timeouts) -> dict[str, str]:
    wire.send(f"EHLO {hello}\r\n".encode("ascii"))
    lines, reply = wire.reply_lines(timeouts.command)
    if reply.is_positive:
        return _extensions(lines)
    _command(wire, f"HELO {hello}".encode("ascii"), timeouts, "HELO was refused")
    return {}


def _extensions(lines: list[str]) -> dict[str, str]:
    """Return the extensions in an EHLO reply: each line after the first is a keyword and its parameters."""
    found: dict[str, str] = {}
    for line in lines[1:]:
        keyword, _blank, parameters = line.replace("AUTH=", "AUTH ", 1).partition(" ")
        found.setdefault(keyword.upper(), parameters)
    return found


def _command(wire: Wire, line: bytes, timeouts: Timeouts, refused: str) -> Reply:
    wire.send(line + b"\r\n")
    reply = wire.reply(timeouts.command)
    if not reply.is_positive:
        raise Trouble(f"{refused}: {reply}")
    return reply
