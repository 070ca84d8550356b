"""One HTTPS session to an ESP: opened once, kept, with timeouts, and with a last look at what leaves."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

import requests
from anymail.exceptions import AnymailError, AnymailImproperlyInstalled
from anymail.message import AnymailMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from requests.adapters import HTTPAdapter
from typing_extensions import override

from digests.delivery.transports.base import Answer
from digests.delivery.transports.esp_answers import Away, read
from digests.delivery.transports.esps import Esp
from subscriptions.mailing.mail import MailRoute

CONNECT_SECONDS = 5
# Together with CONNECT_SECONDS well within a lease, which is renewed between calls.
ANSWER_SECONDS = 30
# Before the balancers of ESPs, which close what is idle for a minute: a call into a closing connection is in doubt.
MOST_IDLE_SECONDS = 30


class ReaderLost(ValueError):
    """The call lacks a reader's own part."""


class LastLook(HTTPAdapter):
    """Sends a call once, and only if it holds what it should of each reader."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.expected: Sequence[str] = ()

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        if self.expected:
            _check(request, self.expected)
        return super().send(request, *args, **kwargs)


class EspSession:
    """Of one worker thread."""

    def __init__(
        self, route: MailRoute, esp: Esp, *, most_idle_seconds: float = MOST_IDLE_SECONDS
    ) -> None:
        self._backend = esp.backend or route.backend
        self._options = dict(route.options)
        self._timeout = float(self._options.pop("timeout", ANSWER_SECONDS))
        self._look = LastLook()
        self._connection: Any = None
        self._idle_since = 0.0
        self._most_idle_seconds = most_idle_seconds

    def call(self, mail: AnymailMessage) -> list[Answer]:
        """One answer for each of mail.to. Raises Away, Refused and Doubt."""
        is_batch = isinstance(getattr(mail, "merge_metadata", None), dict)
        if len(mail.to) != 1 and not is_batch:
            raise AssertionError("Readers would see each other's addresses.")
        connection = self._opened()
        self._look.expected = mail.expected
        try:
            connection.send_messages([mail])
        except (AnymailError, requests.RequestException, ValueError, TypeError) as error:
            return read(error, mail)
        finally:
            self._idle_since = time.monotonic()
        return read(None, mail)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def connect(self) -> Any:
        """Anymail's backend, not yet open. Raises Away."""
        options = self._options
        if "amazon_ses" in self._backend:
            options = options | {"client_params": self._amazon(options.get("client_params", {}))}
        try:
            return get_connection(self._backend, **options)
        except AnymailImproperlyInstalled as error:
            raise Away("Amazon SES needs the package boto3: install newsroom[ses].") from error
        except ImproperlyConfigured as error:
            raise Away(f"The way out lacks a setting: {str(error).splitlines()[0]}") from error

    def _opened(self) -> Any:
        if self._connection is not None and self._is_stale():
            self.close()
        if self._connection is None:
            connection = self.connect()
            connection.open()
            session = getattr(connection, "session", None)
            if isinstance(session, requests.Session):
                session.max_redirects = (
                    0  # a redirected POST would become a GET, and its answer be taken for one
                )
                session.mount("http://", self._look)
                session.mount("https://", self._look)
                connection.timeout = (CONNECT_SECONDS, self._timeout)
            self._connection = connection
        return self._connection

    def _is_stale(self) -> bool:
        return time.monotonic() - self._idle_since > self._most_idle_seconds

    def _amazon(self, given: Mapping[str, Any]) -> dict[str, Any]:
        config = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": self._timeout,
            "retries": {"total_max_attempts": 1},
        }
        return {**given, "config": config}


def _check(request: requests.PreparedRequest, expected: Sequence[str]) -> None:
    body = request.body or b""
    text = body.decode() if isinstance(body, bytes) else str(body)
    if "form-urlencoded" in str(request.headers.get("Content-Type", "")):
        text = unquote_plus(text)
    place = 0
    for part in expected:
        found = text.find(part, place)  # they mostly come in order
        if found < 0 and part not in text:
            raise ReaderLost(f"The call lacks {part[:80]!r}, a reader's own.")
        place = max(found, place)
