"""A mail server on loopback that misbehaves on demand."""

from asyncio import Transport
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

CLOSE = "close"  # instead of a reply: the connection is gone
OK = "250 2.0.0 OK"
Reply = Callable[[str], str]


def always(reply: str) -> Reply:
    return lambda _address: reply


def willing(_address: str) -> str:
    return OK


class _AnyPort(Controller):
    """The base connects to its port to see that it is there; before that, 0 must have become a real one."""

    @override
    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd's own


class MailServer:
    """Replies are chosen by address: of the sender, or of the recipient. `taken` is what it said 250 to.

    >>> with MailServer(rcpt=always("550 5.1.1 No such user")) as server:
    ...     parse_mail_url(server.url)
    """

    def __init__(
        self,
        *,
        mail: Reply = willing,
        rcpt: Reply = willing,
        data: Reply = willing,
    ) -> None:
        self.mail, self.rcpt, self.data = mail, rcpt, data
        self.taken: list[tuple[str, EmailMessage]] = []
        self.connections = 0
        self._controller = _AnyPort(
            self, hostname="127.0.0.1", port=0, server_hostname="mail.localhost"
        )

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    @property
    def recipients(self) -> list[str]:
        return [address for address, _mail in self.taken]

    async def handle_EHLO(  # noqa: N802 - aiosmtpd looks for these names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return replies

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._said(server, self.mail(address))
        if reply.startswith("2"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._said(server, self.rcpt(address))
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        reply = self._said(server, self.data(address))
        if reply.startswith("2"):
            content = cast(bytes, envelope.content)
            self.taken.append((address, message_from_bytes(content, policy=SMTP_POLICY)))
        return reply

    def _said(self, server: SMTP, reply: str) -> str:
        if reply == CLOSE:
            cast(Transport, server.transport).abort()
            return "421 4.3.0 Gone"
        return reply
