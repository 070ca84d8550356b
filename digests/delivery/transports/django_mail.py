"""Through any Django e-mail backend, so any ESP of django-anymail: one message at a time, each answer read."""

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from requests import ConnectTimeout, RequestException
from urllib3.exceptions import NewConnectionError

from digests.choices import Outcome
from digests.delivery.transports.base import (
    ACCEPTED,
    NOT_SENT,
    Answer,
    OnWait,
    Result,
    always,
)
from digests.messages.message import Message, Recipient
from subscriptions.mailing.mail import MailRoute

CLOSING = 421  # “service not available, closing transmission channel”: says nothing of the reader
# The service finds fault with this message, or with all of them: not known, so this reader is tried again later and
# keeps nobody else waiting.
ABOUT_THE_MESSAGE = frozenset({400, 413, 422})
REST_SECONDS = 30
TAKEN = frozenset({"sent", "queued", "unknown"})


class Trouble(Exception):
    """The way out itself is in trouble. `answer`: what that makes of the message at hand."""

    def __init__(self, text: str, answer: Answer = NOT_SENT) -> None:
        super().__init__(text)
        self.answer = answer


class DjangoTransport:
    def __init__(self, route: MailRoute) -> None:
        self.name = route.name
        self._route = route
        self._connection: BaseEmailBackend | None = None

    def send(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        *,
        key: str = "",  # a mail server has no use for it
        on_wait: OnWait = always,
    ) -> Result:
        answers: list[Answer] = []
        try:
            connection = self._opened()
            for recipient in recipients:
                # One by one: what came before a failure must be known.
                if not on_wait():
                    raise Trouble("The batch is no longer in our hands.")  # noqa: TRY301
                answers.append(self._send_one(connection, message, recipient))
        except Trouble as trouble:
            self.close()
            # The message at hand, if there was one, and everybody behind it.
            rest = [trouble.answer, *[NOT_SENT] * len(recipients)][: len(recipients) - len(answers)]
            return Result([*answers, *rest], str(trouble), REST_SECONDS)
        return Result(answers)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):  # a server that garbles its goodbye
                connection.close()

    def _opened(self) -> BaseEmailBackend:
        if self._connection is None:
            connection = self._route.connect()
            try:
                connection.open()
            except (OSError, smtplib.SMTPException, AnymailError) as error:
                with suppress(OSError, smtplib.SMTPException):
                    connection.close()  # a refused login leaves it open
                raise Trouble(f"{self.name} cannot be reached: {error}") from error
            self._connection = connection
        return self._connection

    def _send_one(
        self, connection: BaseEmailBackend, message: Message, recipient: Recipient
    ) -> Answer:
        try:
            mail = message.personalised(recipient)
        except ValueError as error:
            return _unmade(error)
        try:
            connection.send_messages([mail])
        # Services first: their errors are OSErrors and ValueErrors too.
        except (AnymailError, RequestException) as error:
            return _of_service(error)
        except (smtplib.SMTPException, OSError) as error:
            return _of_smtp(error)
        except ValueError as error:
            return _unmade(error)
        return _status(mail, recipient)


def _of_smtp(error: Exception) -> Answer:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _of_reply(code, text)
    if isinstance(error, smtplib.SMTPSenderRefused):
        raise Trouble(f"The sender was refused: {error.smtp_code} {_words(error.smtp_error)}")
    if isinstance(error, smtplib.SMTPDataError):
        return _of_reply(error.smtp_code, error.smtp_error)
    # Cut off somewhere between MAIL and the reply to the final dot: RFC 1047's gap.
    raise Trouble(
        f"The connection was lost: {error}",
        Answer(Outcome.UNCERTAIN, text=f"The connection was lost: {error}"),
    )


def _of_reply(code: int, text: bytes | str) -> Answer:
    words = _words(text)
    if code == CLOSING:
        raise Trouble(f"The server closes: {words}")
    outcome = Outcome.DEFERRED if 400 <= code < 500 else Outcome.FAILED
    return Answer(outcome, str(code), words)


def _unmade(error: Exception) -> Answer:
    return Answer(Outcome.FAILED, text=f"The message cannot be made: {_first_line(error)}")


def _of_service(error: Exception) -> Answer:
    words = _first_line(error)
    if isinstance(error, AnymailRecipientsRefused):
        return Answer(Outcome.FAILED, text=words)
    if isinstance(error, ValueError | TypeError) and not isinstance(error, RequestException):
        return _unmade(error)
    status = int(getattr(error, "status_code", None) or 0)
    if status in ABOUT_THE_MESSAGE:
        return Answer(Outcome.DEFERRED, str(status), words)
    if 400 <= status < 500:
        raise Trouble(f"The service answered {status}: {words}")
    if _never_connected(error):
        raise Trouble(f"The service cannot be reached: {words}")
    # A timeout, a reset or a 5xx: the service may have taken it.
    text = f"The service gave no clear answer: {words}"
    raise Trouble(text, Answer(Outcome.UNCERTAIN, text=text))


def _never_connected(error: Exception) -> bool:
    """Nothing was sent: no address, nobody there, or no answer to the call itself."""
    cause = error.__cause__ or error
    reason = getattr(cause.args[0], "reason", None) if cause.args else None
    return isinstance(cause, ConnectTimeout) or isinstance(reason, NewConnectionError)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _status(mail: EmailMultiAlternatives, recipient: Recipient) -> Answer:
    """Return what an ESP that answered says of this recipient. SMTP without an error is an acceptance."""
    status: Any = getattr(mail, "anymail_status", None)
    if status is None or not status.recipients:
        return ACCEPTED
    found = status.recipients.get(recipient.address)
    if found is None or found.status in TAKEN:
        return ACCEPTED
    return Answer(Outcome.FAILED, text=f"The service says: {found.status}")


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
