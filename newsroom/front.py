"""Between granian and Django: bodies of requests are read here, whole and in time; then a thread of ours answers.

By WSGI a thread waits for each body, so as many half-sent ones as there are threads stopped the site for as long as
their senders liked. Here who waits has a coroutine, and not for ever; a thread is asked only when there is work.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from django.db import close_old_connections
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]  # its documented names

from newsroom import body_limits
from newsroom.wsgi_environ import environ_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BODY_SECONDS = 10.0
SLOWEST = 50_000  # bytes a second that a longer body has to bring: half a megabit, as of a poor mobile line
# Bodies beyond a reader's measure, which are kept in memory while they come: of services, and of staff.
LARGE_AT_ONCE = {False: 16, True: 4}
UNTOLD = float("inf")  # chunked
PIECE_BYTES = 64_000  # of an answer; a shorter one is sent at once
PIECE_SECONDS = 60.0  # whoever takes none for so long gets no more
END_SECONDS = 20.0
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
REFUSALS = {
    408: "The request did not arrive in time.\n",
    413: "The request is larger than it may be.\n",
    503: "Too many large requests at once. Please try again.\n",
}

logger = logging.getLogger(__name__)
Job = Callable[[], None]


class RefusedBody(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(REFUSALS[status])
        self.status = status


class Front:
    """An RSGI application (granian's own interface) around a WSGI one."""

    def __init__(self, application: "WSGIApplication", *, threads: int) -> None:
        self._application = application
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"web-{number}", daemon=True)
            for number in range(threads)
        ]

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._large = {
            of_staff: asyncio.Semaphore(most) for of_staff, most in LARGE_AT_ONCE.items()
        }
        for thread in self._threads:
            thread.start()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        if scope.proto != "http":  # a websocket, which nobody here speaks
            proto.close(404)  # type: ignore[attr-defined]  # of its protocol
            return
        try:
            body = b"" if scope.method in WITHOUT_BODY else await self._body(scope, proto)
        except RefusedBody as refused:
            headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
            proto.response_str(refused.status, headers, str(refused))
            return
        except ProtocolClosed:  # gone before it was whole
            return
        await self._in_thread(lambda: self._answer(scope, proto, body))

    def close(self) -> None:
        """What is being answered is answered first."""
        for _thread in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(END_SECONDS)

    async def _body(self, scope: Scope, proto: HTTPProtocol) -> bytes:
        """Read a request's body within its limit. Raises RefusedBody, ProtocolClosed."""
        told = scope.headers.get("content-length", "")
        most = await self._most_bytes(scope, int(told) if told.isdecimal() else UNTOLD)
        if told.isdecimal():
            if int(told) > most:
                raise RefusedBody(413)
            most = int(told)
        try:
            if most <= body_limits.OF_A_READER:
                async with asyncio.timeout(BODY_SECONDS):
                    return await (proto() if told.isdecimal() else _read(proto, most))
            return await self._large_body(scope, proto, most)
        except TimeoutError:
            raise RefusedBody(408) from None

    async def _most_bytes(self, scope: Scope, length: float) -> int:
        if length > body_limits.OF_A_READER and body_limits.needs_login(scope.path):
            cookies = "; ".join(v for name, v in scope.headers.items() if name == "cookie")
            if not await self._asked(lambda: _is_logged_in(cookies)):
                return body_limits.OF_A_READER
        return body_limits.most_bytes(scope.path)

    async def _large_body(self, scope: Scope, proto: HTTPProtocol, most: int) -> bytes:
        room = self._large[body_limits.needs_login(scope.path)]
        if room.locked():
            raise RefusedBody(503)
        async with room, asyncio.timeout(BODY_SECONDS + most / SLOWEST):
            return await _read(proto, most)

    async def _asked(self, question: Callable[[], bool]) -> bool:
        answers: list[bool] = []
        await self._in_thread(lambda: answers.append(question()))
        return bool(answers) and answers[0]

    async def _in_thread(self, job: Job) -> None:
        done = self._loop.create_future()

        def and_say_so() -> None:
            try:
                job()
            finally:
                self._loop.call_soon_threadsafe(_settle, done)

        self._jobs.put(and_say_so)
        await done

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except (
                Exception
            ):  # Django answers for its own; a thread that ended here would be missing
                logger.exception("A request could not be answered.")

    def _answer(self, scope: Scope, proto: HTTPProtocol, body: bytes) -> None:
        status, headers = 500, list[tuple[str, str]]()

        def start_response(line: str, fields: list[tuple[str, str]], _error: Any = None) -> Any:
            nonlocal status, headers
            status, headers = int(line[:3]), fields

        answer = self._application(environ_of(scope, body), start_response)
        try:
            self._send(proto, status, headers, answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    def _send(
        self,
        proto: HTTPProtocol,
        status: int,
        headers: list[tuple[str, str]],
        answer: Iterable[bytes],
    ) -> None:
        pieces = _gathered(answer)
        first = next(pieces, b"")
        if len(first) < PIECE_BYTES:  # all of it
            proto.response_bytes(status, headers, first)
            return
        transport = proto.response_stream(status, headers)

        async def send(piece: bytes) -> None:
            await transport.send_bytes(piece)

        for piece in chain([first], pieces):
            sent = asyncio.run_coroutine_threadsafe(send(piece), self._loop)
            try:
                sent.result(PIECE_SECONDS)
            except (ProtocolClosed, TimeoutError):
                return  # nobody takes it any more


def _gathered(answer: Iterable[bytes]) -> Iterator[bytes]:
    """In pieces of at least PIECE_BYTES, but for the last."""
    some, length = [], 0
    for piece in answer:
        some.append(piece)
        length += len(piece)
        if length >= PIECE_BYTES:
            yield b"".join(some)
            some, length = [], 0
    yield b"".join(some)


async def _read(proto: HTTPProtocol, most: int) -> bytes:
    pieces, length = [], 0
    async for piece in proto:
        length += len(piece)
        if length > most:
            raise RefusedBody(413)
        pieces.append(piece)
    return b"".join(pieces)


def _is_logged_in(cookies: str) -> bool:
    close_old_connections()  # no request has begun that would have done so
    return body_limits.is_logged_in(cookies)


def _settle(done: "asyncio.Future[None]") -> None:
    if not done.done():  # as when the server is ending
        done.set_result(None)
