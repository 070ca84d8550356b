"""Through a mail server, on own sockets: fast where the server can, and exact about what became of each reader."""

import logging
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.conf import settings

from digests.delivery.return_paths import check_bounce_address, return_path
from digests.delivery.transports.base import NOT_SENT, Answer, OnWait, Result, always
from digests.delivery.transports.smtp_attempt import Attempt
from digests.delivery.transports.smtp_exchange import Exchange
from digests.delivery.transports.smtp_refusals import Refusals
from digests.delivery.transports.smtp_session import (
    CHUNKING,
    PIPELINING,
    Server,
    Session,
    open_session,
    shared_tls,
)
from digests.delivery.transports.smtp_trouble import REST_SECONDS, Closing, Lie, Lost, Trouble
from digests.delivery.transports.smtp_wire import Timeouts
from digests.messages.compiling import Compiled, compile_message
from digests.messages.message import Message, Recipient
from subscriptions.installation import mail_host
from subscriptions.mailing.mail import MailRoute

logger = logging.getLogger(__name__)

MOST_IDLE_SECONDS = 30  # some servers wait no longer for a next message

# What a server announced and did not do is not asked of it for an hour: by host, port and extension, until when.
DISTRUST_SECONDS = 3600
_lies: dict[tuple[str, int, str], float] = {}


class SmtpTransport:
    """Keeps its connection between slices; connects again by itself as long as messages get through."""

    def __init__(
        self,
        route: MailRoute,
        *,
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = route.name
        options = route.options
        self._server = Server(
            host=options["host"],
            port=options["port"],
            user=options["username"],
            password=options["password"],
            starttls=options["use_tls"],
            implicit_tls=options["use_ssl"],
        )
        self._timeouts = timeouts or Timeouts()
        self._tls = tls
        self._refusals = Refusals()  # in a row, over connections
        self._session: Session | None = None
        self._exchange: Exchange | None = None
        self._compiled: Compiled | None = None

    def send(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        *,
        key: str = "",  # a mail server has no use for it
        on_wait: OnWait = always,
    ) -> Result:
        """`on_wait` is asked every few seconds; when it says no, the connection is closed at once."""
        try:
            attempts = self._attempts(message, recipients)
        except ValueError as error:
            trouble = f"The message cannot be made: {error}"
            return Result([NOT_SENT] * len(recipients), trouble, REST_SECONDS, True)
        try:
            self._work_off(attempts, on_wait)
        except Trouble as trouble:
            self._drop(attempts, trouble)
            return Result(
                _answers(attempts), str(trouble), trouble.rest_seconds, trouble.is_about_message
            )
        return Result(_answers(attempts))

    def close(self) -> None:
        """Politely; a server that does not answer QUIT is left alone."""
        session, self._session, self._exchange = self._session, None, None
        if session is None:
            return
        try:
            session.wire.send(b"QUIT\r\n")
            session.wire.reply(self._timeouts.quit)
        except Lost:
            logger.debug("%s did not say goodbye.", self.name)
        finally:
            session.wire.close()

    def _attempts(self, message: Message, recipients: Sequence[Recipient]) -> list[Attempt]:
        if self._compiled is None or self._compiled.message is not message:
            self._compiled = compile_message(message)
        compiled = self._compiled
        sender = _sender(compiled)
        return [
            Attempt(sender(reader), reader.address, partial(compiled.parts, reader))
            for reader in recipients
        ]

    def _work_off(self, attempts: list[Attempt], on_wait: OnWait) -> None:
        while left := [attempt for attempt in attempts if attempt.answer is None]:
            session, exchange = self._ready(on_wait)
            try:
                exchange.run(left)
            except Lie as lie:
                logger.warning("%s: %s", self.name, lie)
                self._distrust(lie.extension)
                self._drop(left, lie)
            except Lost as lost:
                if not session.answered or not on_wait():
                    raise
                logger.info("%s: connecting again. %s", self.name, lost)
                self._drop(left, lost)
            else:
                if exchange.is_over:
                    self.close()
        if self._session is not None:
            self._session.idle_since = time.monotonic()

    def _ready(self, on_wait: OnWait) -> tuple[Session, Exchange]:
        session, exchange = self._session, self._exchange
        if session is not None and exchange is not None:
            is_stale = time.monotonic() - session.idle_since > MOST_IDLE_SECONDS
            if is_stale or exchange.is_over or not session.wire.is_quiet():
                self.close()
            else:
                session.wire.rely_on(on_wait)
                return session, exchange
        session = open_session(
            self._server,
            hello=_own_name(),
            timeouts=self._timeouts,
            tls=self._tls or shared_tls(),
            on_wait=on_wait,
        )
        for extension in (CHUNKING, PIPELINING):
            if self._is_distrusted(extension):
                session.extensions.pop(extension, None)
        session.idle_since = time.monotonic()
        self._session, self._exchange = session, Exchange(session, self._timeouts, self._refusals)
        return self._session, self._exchange

    def _drop(self, attempts: Sequence[Attempt], trouble: Trouble) -> None:
        """Settle what was under way on this connection, and forget it."""
        session, self._session, self._exchange = self._session, None, None
        if session is None:
            return
        session.wire.close()
        handed = 0 if isinstance(trouble, Closing) else session.wire.handed
        for attempt in attempts:
            if attempt.answer is None:
                doubt = attempt.doubt(handed, str(trouble))
                attempt.end = None  # on the next connection, positions start anew
                attempt.answer = None if doubt is NOT_SENT else doubt

    def _distrust(self, extension: str) -> None:
        key = (self._server.host, self._server.port, extension)
        _lies[key] = time.monotonic() + DISTRUST_SECONDS

    def _is_distrusted(self, extension: str) -> bool:
        key = (self._server.host, self._server.port, extension)
        return _lies.get(key, 0) > time.monotonic()


def _answers(attempts: Sequence[Attempt]) -> list[Answer]:
    return [attempt.answer or NOT_SENT for attempt in attempts]


def _sender(compiled: Compiled) -> Callable[[Recipient], str]:
    """Each reader's own return path where bounces are awaited, else the address in From."""
    if not settings.BOUNCE_ADDRESS:
        return lambda _reader: compiled.sender
    check_bounce_address(settings.BOUNCE_ADDRESS)
    digest = compiled.message.digest
    return lambda reader: return_path(digest, reader.public_id)


def _own_name() -> str:
    """For EHLO."""
    return mail_host(settings.SITE_URL)
