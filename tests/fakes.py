"""Stand-ins for the outside world, and for nothing of ours."""

import gzip
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self, cast

from digests.choices import Outcome
from digests.delivery.transports import base
from digests.messages.message import Message, Recipient


@dataclass(frozen=True, slots=True)
class Request:
    path: str  # with its query, as the request line has it
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says.

    `delay_seconds` come before the first byte; with `drip_seconds` that pause follows every byte of
    the body, with `drip_head_seconds` every byte of the head. `pieces` is sent after the body and
    may never end. Without `is_whole` the connection closes in the middle of the body.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    drip_seconds: float = 0
    drip_head_seconds: float = 0
    pieces: Iterable[bytes] | None = None
    is_whole: bool = True


Route = Answer | bytes | Callable[[Request], Answer]


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


def zipped(body: bytes) -> Answer:
    return Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def tagged(body: bytes, etag: str) -> Callable[[Request], Answer]:
    """A route that answers 304 to whoever has this version already."""

    def answer(request: Request) -> Answer:
        if request.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body, headers={"ETag": etag})

    return answer


class FeedServer:
    """An HTTP server on 127.0.0.1 that misbehaves on demand.

    >>> with FeedServer({"/feed": b"<rss/>", "/gone": Answer(status=410)}) as server:
    ...     fetch(server.url("/feed"), allow={server.place})

    Routes may be changed while it runs; `requests` are those it saw, in order.
    """

    def __init__(
        self, routes: Mapping[str, Route] | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        self.ending = Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._scheme = "http"
        if tls is not None:
            self._scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        # Polled often, so that a test does not wait half a second for the end.
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def place(self) -> str:
        """The host:port to allow."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"{self._scheme}://{self.place}{path}"

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        route = self.routes.get(request.path.partition("?")[0], Answer(status=404))
        if isinstance(route, bytes):
            return Answer(route)
        return route if isinstance(route, Answer) else route(request)


class _Server(ThreadingHTTPServer):
    owner: FeedServer
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what several tests are about; no traceback for it."""


class _Handler(BaseHTTPRequestHandler):
    posted = b""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self._owner.answer(Request(self.path, headers, self.posted))
        self._owner.ending.wait(answer.delay_seconds)
        self._drip(self._head(answer), answer.drip_head_seconds)
        body = answer.body if answer.is_whole else answer.body[: len(answer.body) // 2]
        self._drip(body, answer.drip_seconds)
        for piece in answer.pieces or ():
            if self._owner.ending.is_set():
                break
            self.wfile.write(piece)

    def do_POST(self) -> None:
        self.posted = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Tests speak through what they assert."""

    @property
    def _owner(self) -> FeedServer:
        return cast(_Server, self.server).owner

    def _head(self, answer: Answer) -> bytes:
        headers = dict(answer.headers)
        if answer.pieces is None and not answer.drip_seconds:
            headers.setdefault("Content-Length", str(len(answer.body)))
        lines = [f"HTTP/1.0 {answer.status} Said", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def _drip(self, data: bytes, seconds: float) -> None:
        if not seconds:
            self.wfile.write(data)
            return
        for byte in data:
            if self._owner.ending.wait(seconds):
                break
            self.wfile.write(bytes([byte]))


class FakeTransport:
    """A server that notes every recipient it took before it answers."""

    name = "fake"

    def __init__(self, answer: Callable[[Recipient], base.Answer] | None = None) -> None:
        self.taken: list[str] = []
        self.slices: list[list[str]] = []
        self.keys: list[str] = []
        self.trouble_after: int | None = None
        self.before_send: Callable[[], None] = lambda: None
        self._answer = answer or (lambda _recipient: base.ACCEPTED)

    def send(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        *,
        key: str = "",
        on_wait: base.OnWait = base.always,
    ) -> base.Result:
        self.before_send()
        self.keys.append(key)
        self.slices.append([recipient.address for recipient in recipients])
        answers: list[base.Answer] = []
        for recipient in recipients:
            if self.trouble_after is not None and len(self.taken) >= self.trouble_after:
                rest = [base.Answer(Outcome.PENDING)] * (len(recipients) - len(answers))
                return base.Result([*answers, *rest], "The server went away.", rest_seconds=0)
            answer = self._answer(recipient)
            if answer.outcome in {Outcome.ACCEPTED, Outcome.UNCERTAIN}:
                self.taken.append(recipient.address)
            answers.append(answer)
        return base.Result(answers)

    def close(self) -> None:
        """Nothing is open."""
