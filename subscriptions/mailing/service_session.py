"""One HTTPS session with a service: opened once, kept, with limits on how long and how much it may answer."""

import json
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import requests
from anymail.exceptions import AnymailImproperlyInstalled
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from requests.adapters import HTTPAdapter
from urllib3 import encode_multipart_formdata
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import ProxyError as ProxyFailed

from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.replies import Away, Doubt
from subscriptions.mailing.service import Reply, Service

CONNECT_SECONDS = 5.0
# Together with CONNECT_SECONDS well within a lease, which is renewed between calls.
ANSWER_SECONDS = 30.0
# Before the balancers of services, which close what is idle for a minute: a call into a closing connection is in doubt.
MOST_IDLE_SECONDS = 30.0
# A thousand ids take 100 kB.
MOST_ANSWERED_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 64 * 1024

Request = Mapping[str, Any]  # method, url, headers, auth, data: what anymail gives for a mail


class ServiceSession:
    """The HTTP session of one worker thread with a mail service."""

    def __init__(
        self, route: MailRoute, service: Service, *, most_idle_seconds: float = MOST_IDLE_SECONDS
    ) -> None:
        self.service = service
        options = dict(route.options)
        self._timeout = float(options.pop("timeout", ANSWER_SECONDS))
        self._made_by = (route.backend, json.dumps(options, sort_keys=True))
        self._adapter: HTTPAdapter | None = None
        self._proxies: Mapping[str, Any] = {}
        self._idle_since = 0.0
        self._most_idle_seconds = most_idle_seconds

    def backend(self) -> Any:
        """Anymail's: what writes a mail as the service wants it. Raises Away."""
        try:
            return _backend(*self._made_by)
        except Exception as error:  # what boto3 raises is its own affair
            raise _lacking(error) from error

    def request_for(self, mail: Any) -> Request:
        """What is to be asked for this mail. Raises Away, and ValueError for a mail that cannot be made."""
        backend = self.backend()
        try:
            if self.service.request is not None:
                return self.service.request(backend, mail)
            payload = backend.build_message_payload(mail, backend.send_defaults)
            return dict(payload.get_request_params(backend.api_url))
        except ImproperlyConfigured as error:
            raise _lacking(error) from error

    def ask(self, request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Once. Raises Away where not a byte of it can have arrived, and Doubt where it may have."""
        adapter = self._opened()
        prepared = _prepared(request, body, headers)
        end = time.monotonic() + self._timeout
        try:
            # By the adapter: a redirected POST would become a GET, and its answer be taken for one.
            answer = adapter.send(
                prepared,
                timeout=(CONNECT_SECONDS, self._timeout),
                stream=True,
                **self._proxies,
            )
            with answer:  # else it would keep its connection where it is not read to its end
                return _read(answer, end)
        except (requests.RequestException, HTTPError, ValueError) as error:
            self.close()
            raise _lost(self.service, error) from error
        finally:
            self._idle_since = time.monotonic()

    @staticmethod
    def as_form(request: Request, data: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """What anymail gives as a form's fields, written as one."""
        fields = [
            (name, str(value))
            for name, values in data.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        body, kind = encode_multipart_formdata(fields)
        headers = {**(request.get("headers") or {}), "Content-Type": kind}
        return {**request, "headers": headers}, body

    def close(self) -> None:
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.close()

    def _opened(self) -> HTTPAdapter:
        idle = time.monotonic() - self._idle_since
        if self._adapter is not None and idle > self._most_idle_seconds:
            self.close()
        if self._adapter is None:
            settings = requests.Session().merge_environment_settings(
                "https://", {}, None, None, None
            )
            self._proxies = {name: settings[name] for name in ("proxies", "verify", "cert")}
            self._adapter = HTTPAdapter(max_retries=0)
        return self._adapter


@lru_cache(maxsize=32)
def _backend(path: str, options: str) -> Any:
    """Return one backend for all threads: it is asked to write, never to send."""
    return get_connection(path, **json.loads(options))


def _prepared(
    request: Request, body: bytes, headers: Mapping[str, str] | None
) -> requests.PreparedRequest:
    """The same but for its body, call after call."""
    prepared = _without_body(
        request["method"],
        request["url"],
        tuple(sorted((request.get("headers") or {}).items())),
        tuple(sorted((request.get("params") or {}).items())),
        request.get("auth"),
    ).copy()
    if request["method"] != "GET":
        prepared.body = body
        prepared.headers["Content-Length"] = str(len(body))
    prepared.headers.update(headers or {})
    if callable(request.get("auth")):  # a signature covers the body
        request["auth"](prepared)
    return prepared


@lru_cache(maxsize=32)
def _without_body(
    method: str, url: str, headers: tuple[Any, ...], params: tuple[Any, ...], auth: Any
) -> requests.PreparedRequest:
    known = {"User-Agent": "newsroom", "Accept": "*/*", **dict(headers)}
    basic = auth if isinstance(auth, tuple) else None
    return requests.Request(
        method, url, headers=known, params=dict(params), auth=basic, data=b""
    ).prepare()


def _lacking(error: Exception) -> Away:
    if isinstance(error, AnymailImproperlyInstalled):
        words = "Amazon SES needs the package boto3: install newsroom[ses]."
    else:
        words = f"The way out lacks a setting: {first_line(error)}"
    return Away(words, needs_person=True)


def _read(answer: requests.Response, end: float) -> Reply:
    """Read an answer. Raises ValueError if it goes on for too long."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    body = bytearray()
    for chunk in answer.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > MOST_ANSWERED_BYTES:
            raise ValueError(f"its answer is longer than {MOST_ANSWERED_BYTES:,} bytes")
        if time.monotonic() > end:
            raise ValueError("its answer did not end in time")
    try:
        data = json.loads(body) if body else None
    except (ValueError, RecursionError):
        data = None
    return Reply(answer.status_code, headers, bytes(body), data)


def _lost(service: Service, error: Exception) -> Away | Doubt:
    if _never_connected(error):
        return Away(f"{service.title} cannot be reached: {first_line(error)}")
    return Doubt(f"{service.title} gave no clear answer: {first_line(error)}")


def _never_connected(cause: BaseException) -> bool:
    """No address, nobody there, a certificate that is not theirs: not a byte of the call has left."""
    reason = getattr(cause.args[0], "reason", None) if cause.args else None
    if isinstance(cause, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(cause)
    bad_url = requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema
    return isinstance(cause, requests.ConnectTimeout | bad_url) or isinstance(
        reason, NewConnectionError | ProxyFailed
    )


def first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]
