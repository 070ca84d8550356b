"""One mail to one reader: by mail server as Django does it; by a service, with a look at what it says of the reader."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from typing_extensions import override

from subscriptions.mailing import call_bucket, unwatched
from subscriptions.mailing.call_bucket import rate_words
from subscriptions.mailing.literal import literal_header, literal_html, literal_text
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.replies import Away, Busy, Refused, read
from subscriptions.mailing.service import ReaderAnswer, Reply, Service, Verdict
from subscriptions.mailing.service_session import ServiceSession
from subscriptions.mailing.services import service_named
from subscriptions.mailing.token_bucket import RedisAway


def connection_of(route: MailRoute) -> BaseEmailBackend:
    service = service_named(route.service)
    return route.connect() if service is None else ServiceConnection(route, service)


class ServiceConnection(BaseEmailBackend):
    """Sends single emails by a service.

    Raises what replies.py raises where the reader was not taken, and ValueError for an email that cannot be made.
    """

    def __init__(self, route: MailRoute, service: Service) -> None:
        super().__init__()
        self._route = route
        self._service = service
        self._session = ServiceSession(route, service)
        self.takes_metadata = service.headers.takes_metadata

    @override
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self._send(message)
        return len(email_messages)

    @override
    def close(self) -> None:
        self._session.close()

    def _send(self, message: EmailMessage) -> None:
        fit(message, self._service)
        try:
            asked = dict(self._session.request_for(message))
            data = asked.pop("data")
            if isinstance(data, str | bytes):
                data = json.loads(data)
                if self._service.call.adapted is not None:
                    data = self._service.call.adapted(data)
                body = json.dumps(data, ensure_ascii=False, default=dict).encode()
                asked["headers"] = {
                    "Content-Type": "application/json",
                    **(asked["headers"] or {}),
                }
            else:
                asked, body = self._session.as_form(asked, data)
            reply = self._session.ask(asked, body)
        finally:
            self._session.close()
        for told in self._read(reply, list(message.to)):
            _raise_refusal(self._service, told)

    def _read(self, reply: Reply, addresses: Sequence[str]) -> Sequence[ReaderAnswer]:
        """The pace of digests takes note of the answer, too."""
        is_counted = call_bucket.is_counted(self._route, is_single=True)
        try:
            told = read(self._service, reply, addresses)
        except Busy as busy:
            if is_counted:
                with suppress(RedisAway):
                    call_bucket.note_refused(self._route, busy.wait_seconds)
            raise
        if is_counted:
            with suppress(RedisAway):
                call_bucket.note_told(self._route, rate_words(reply.headers))
        return told


def fit(message: EmailMessage, service: Service) -> None:
    """Keep only what the service takes and will not act on; nobody has agreed to be watched for a single email."""
    literal = {name: literal_header(service, str(it)) for name, it in message.extra_headers.items()}
    message.extra_headers = service.headers.fitted(literal)
    message.subject = literal_text(service, str(message.subject))
    message.body = literal_text(service, str(message.body))
    if isinstance(message, EmailMultiAlternatives):
        message.alternatives = [_literal(service, *it) for it in message.alternatives]
    extra: Any = message
    if service.extra:
        extra.esp_extra = {**service.extra}
    if service.unwatched is not None:
        unwatched.say(message, service.unwatched)


def _literal(service: Service, content: Any, kind: str) -> tuple[Any, str]:
    return (literal_html(service, content) if kind == "text/html" else content), kind


def _raise_refusal(service: Service, told: ReaderAnswer) -> None:
    if told.verdict is Verdict.ACCEPTED:
        return
    words = told.words or f"{service.title} did not take it."
    if told.verdict is Verdict.OURS:
        raise Away(f"{service.title} refuses us: {words}")
    if told.verdict in (Verdict.BUSY, Verdict.LATER, Verdict.UNKNOWN):
        raise Busy(words, 0)
    raise Refused(words, told.code, verdict=told.verdict, kind=told.kind)
