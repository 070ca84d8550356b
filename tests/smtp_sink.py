"""A strict mail server on loopback that keeps to the letter of RFC 5321, 2920 and 3030, and misbehaves on demand.

It notes what it took before it answers, so its list is the truth about who has the message. What no client may do, such
as a nested MAIL or a line that is not ended by CRLF, it refuses and notes as a violation.
"""

import base64
import hashlib
import hmac
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import NoReturn, Self

PLAIN: tuple[str, ...] = ("8BITMIME", "ENHANCEDSTATUSCODES")
PIPELINING = ("PIPELINING", *PLAIN)
CHUNKING = ("CHUNKING", *PIPELINING)
DROP, STALL, RESET = "drop", "stall", "reset"  # what a rule may do instead of a reply


@dataclass(frozen=True, slots=True)
class Taken:
    sender: str
    recipient: str
    content: bytes


@dataclass(slots=True)
class Rule:
    """When a command (or CONNECT, CONTENT, ACCEPTED with the recipient) matches, act so, a number of times."""

    pattern: str
    act: str | bytes  # a reply; raw bytes; or DROP, STALL, RESET
    times: int = 10**9
    after: int = 0  # matches to let pass first
    then: str = ""  # after the reply


class Gone(Exception):
    pass


@dataclass(slots=True)
class Sink:
    """Use as a context manager. `drops_input`: what follows a command in the same packet is thrown away."""

    extensions: Sequence[str] = CHUNKING
    rules: list[Rule] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    users: dict[str, str] = field(default_factory=dict)
    drops_input: bool = False
    limit: tuple[int, str, str] = (
        0,
        "",
        "",
    )  # so many messages a connection; then at this verb, this reply
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        for thread in self._threads:
            thread.join(5)
        assert self._listener is not None
        self._listener.close()

    @property
    def addresses(self) -> list[str]:
        return [taken.recipient for taken in self.taken]

    def acts(self, pattern: str, act: str | bytes, **fields: int | str) -> None:
        self.rules.append(Rule(pattern, act, **fields))  # type: ignore[arg-type]  # as the caller names them

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]  # ours
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self.closing.is_set():
            try:
                connected, _address = listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            self._start(self._serve, connected)

    def talk(self, connected: socket.socket) -> "Talk":
        return Talk(self, connected)

    def _serve(self, connected: socket.socket) -> None:
        connected.settimeout(0.05)
        talk = self.talk(connected)
        try:
            if self.implicit_tls:
                talk.secure()
            talk.run()
        except (Gone, OSError):
            pass
        finally:
            talk.socket.close()


class Talk:
    def __init__(self, sink: Sink, connected: socket.socket) -> None:
        self.sink = sink
        self.socket = connected
        self.buffer = b""
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.is_secure = False
        self.took = 0

    def run(self) -> None:
        if not self.acted("CONNECT"):
            self.say("220 sink.example.org ESMTP")
        while True:
            line = self.line()
            if self.sink.drops_input:
                self.buffer = b""
            self.sink.commands.append(line)
            if self.acted(line):
                continue
            verb = line.split(" ")[0].upper()
            most, limited, reply = self.sink.limit
            if verb == limited and self.took >= most:
                self.say(reply)
                continue
            handle = getattr(self, f"on_{verb.lower()}", None)
            if handle is None or (verb == "BDAT" and not self.offers("CHUNKING")):
                self.say("500 5.5.1 What is that?")
            else:
                handle(line)

    # --- commands ---------------------------------------------------------------------------------

    def on_ehlo(self, line: str) -> None:
        offered = [*self.sink.extensions]
        if self.sink.tls is not None and not self.is_secure and not self.sink.implicit_tls:
            offered.append("STARTTLS")
        lines = ["sink.example.org", *offered]
        for text in lines[:-1]:
            self.say(f"250-{text}")
        self.say(f"250 {lines[-1]}")

    def on_helo(self, line: str) -> None:
        self.say("250 sink.example.org")

    def on_starttls(self, line: str) -> None:
        self.say("220 2.0.0 Go on")
        self.secure()

    def on_rset(self, line: str) -> None:
        self.clear()
        self.say("250 2.0.0 Ok")

    def on_noop(self, line: str) -> None:
        self.say("250 2.0.0 Ok")

    def on_quit(self, line: str) -> None:
        self.say("221 2.0.0 Bye")
        raise Gone

    def on_mail(self, line: str) -> None:
        found = re.fullmatch(r"MAIL FROM:<([^<>\s]*)>(?: .*)?", line)
        if found is None:
            self.refuse("501 5.5.4 Syntax", line)
        elif self.sender is not None:
            self.refuse("503 5.5.1 Nested MAIL command", line)
        else:
            self.sender = found[1]
            self.say("250 2.1.0 Ok")

    def on_rcpt(self, line: str) -> None:
        found = re.fullmatch(r"RCPT TO:<([^<>\s]+)>", line)
        if self.sender is None:
            self.say("503 5.5.1 Need MAIL command")
        elif found is None:
            self.refuse("501 5.5.4 Syntax", line)
        else:
            self.recipients.append(found[1])
            self.say("250 2.1.5 Ok")

    def on_data(self, line: str) -> None:
        if not self.recipients:
            self.say("503 5.5.1 No valid recipients")
            return
        self.say("354 Go on")
        self.take(self.until_dot())

    def until_dot(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.raw_line()) != b".":
            lines.append(line.removeprefix(b".") + b"\r\n")
        return b"".join(lines)

    def on_bdat(self, line: str) -> None:
        found = re.fullmatch(r"BDAT (\d+) LAST", line)
        assert found is not None
        content = self.bytes(int(found[1]))
        if not self.recipients:
            self.say("503 5.5.1 No valid recipients")
        else:
            self.take(content)

    def take(self, content: bytes) -> None:
        reader = self.recipients[0] if self.recipients else ""
        if self.acted(f"CONTENT {reader}"):
            self.clear()
            return
        if b"\n" in content.replace(b"\r\n", b"") or b"\r" in content.replace(b"\r\n", b""):
            self.sink.violations.append("a bare CR or LF in the content")
        for recipient in self.recipients:
            self.sink.taken.append(Taken(self.sender or "", recipient, content))
        self.clear()
        self.took += 1
        if not self.acted(f"ACCEPTED {reader}"):
            self.say("250 2.0.0 Taken")

    def on_auth(self, line: str) -> None:
        _auth, mechanism, *initial = line.split(" ")
        if mechanism == "PLAIN":
            _none, user, password = base64.b64decode(initial[0]).decode().split("\0")
            good = self.sink.users.get(user) == password
        elif mechanism == "LOGIN":
            user = self.ask(b"Username:")
            good = self.sink.users.get(user) == self.ask(b"Password:")
        else:
            challenge = b"<1.2@sink.example.org>"
            user, mac = self.ask(challenge).split(" ")
            key = self.sink.users.get(user, "").encode()
            good = hmac.new(key, challenge, hashlib.md5).hexdigest() == mac
        self.say("235 2.7.0 Welcome" if good else "535 5.7.8 Wrong user or password")

    def ask(self, challenge: bytes) -> str:
        self.say("334 " + base64.b64encode(challenge).decode())
        return base64.b64decode(self.line()).decode()

    # --- means ------------------------------------------------------------------------------------

    def offers(self, extension: str) -> bool:
        lies = self.sink.rules and any(
            rule.pattern == f"no {extension}" for rule in self.sink.rules
        )
        return extension in self.sink.extensions and not lies

    def clear(self) -> None:
        self.sender, self.recipients = None, []

    def refuse(self, reply: str, line: str) -> None:
        self.sink.violations.append(f"{reply} to {line}")
        self.say(reply)

    def acted(self, moment: str) -> bool:
        for rule in self.sink.rules:
            if re.match(rule.pattern, moment):
                if rule.after > 0:
                    rule.after -= 1
                    continue
                if rule.times <= 0:
                    continue
                rule.times -= 1
                self.act(rule)
                return True
        return False

    def act(self, rule: Rule) -> None:
        for act in (rule.act, rule.then):
            if act in {DROP, RESET, STALL}:
                self.leave(str(act))
            elif isinstance(act, bytes):
                self.socket.settimeout(5)
                self.socket.sendall(act)
            elif act:
                self.say(act)
                if act.startswith("421"):
                    self.take_leave()

    def take_leave(self) -> NoReturn:
        """Let the goodbye arrive: a close over unread bytes resets the connection, and the kernel drops the reply."""
        self.socket.shutdown(socket.SHUT_WR)
        end = time.monotonic() + 2
        while time.monotonic() < end and not self.sink.closing.is_set():
            try:
                if not self.socket.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        raise Gone

    def leave(self, how: str) -> NoReturn:
        if how == RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how == STALL:
            self.sink.closing.wait()
        raise Gone

    def secure(self) -> None:
        assert self.sink.tls is not None
        self.socket.settimeout(5)
        self.socket = self.sink.tls.wrap_socket(self.socket, server_side=True)
        self.socket.settimeout(0.05)
        self.is_secure = True

    def say(self, reply: str) -> None:
        self.socket.sendall(reply.encode() + b"\r\n")

    def line(self) -> str:
        return self.raw_line().decode("ascii")

    def raw_line(self) -> bytes:
        while (end := self.buffer.find(b"\n")) < 0:
            self.more()
        line, self.buffer = self.buffer[:end], self.buffer[end + 1 :]
        if not line.endswith(b"\r") or len(line) > 999:
            self.sink.violations.append(f"a line of {len(line)} bytes, or not ended by CRLF")
        return line.rstrip(b"\r")

    def bytes(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self.more()
        content, self.buffer = self.buffer[:size], self.buffer[size:]
        return content

    def more(self) -> None:
        while True:
            if self.sink.closing.is_set():
                raise Gone
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                continue
            if not more:
                raise Gone
            self.buffer += more
            return
