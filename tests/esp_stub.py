"""Mailgun, Amazon SES, Postmark, Brevo and Resend on 127.0.0.1, as far as sending goes, misbehaving on demand.

What it took is logged before it answers, as each reader would get it: merge fields filled the way that ESP fills them,
unknown ones emptied. So a test can count copies and gaps, and see what an article's braces become.
"""

import base64
import email
import email.policy
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self, cast
from urllib.parse import parse_qs


class Fault(Enum):
    """What happens to one call, once."""

    NONE = auto()
    BUSY = auto()  # 429, with Retry-After
    FAIL_AFTER = auto()  # takes it, then 500
    STALL_AFTER = auto()  # takes it, and never answers
    DROP_BEFORE = auto()  # hangs up without having taken it
    DROP_AFTER = auto()  # takes it and hangs up
    WEB_PAGE = auto()  # 200 and HTML, from a machine that is in between
    REDIRECT = auto()
    FORBIDDEN = auto()  # 401


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail to one reader."""

    address: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]  # names in lower case
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


WEB_PAGE = b"<!doctype html><html><head><title>Welcome to Hotel WiFi</title></head><body>Log in</body></html>"


def mail_url(esp: str, place: str, **options: object) -> str:
    """The MAIL_URL of a service at host:port."""
    who = {
        "mailgun": "KEY@mg.example.org",
        "mailjet": "KEY:SECRET@",
        "ses": "KEY:SECRET@eu-west-1",
        "scaleway": "KEY@project",
    }.get(esp, "KEY@")
    query = "".join(f"&{name}={value}" for name, value in options.items())
    return f"{esp}://{who}?api_url=http://{place}/{query}"


class EspStub:
    """`faults` befall the next calls, in order; `refused` are addresses it will not have."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.refused: set[str] = set()
        self.connections = 0
        self.ending = Event()
        self.lock = Lock()
        self._keys: dict[str, tuple[bytes, Said]] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
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
    def place(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, esp: str, **options: object) -> str:
        return mail_url(esp, self.place, **options)

    @property
    def copies(self) -> Counter[str]:
        """How many mails each address was sent."""
        return Counter(mail.address for mail in self.taken)

    def answer(self, call: Call) -> tuple[Fault, Said]:
        with self.lock:
            self.calls.append(call)
            fault = self.faults.pop(0) if self.faults else Fault.NONE
            if fault in (Fault.BUSY, Fault.FORBIDDEN, Fault.DROP_BEFORE, Fault.WEB_PAGE):
                return fault, Said(500, {})
            if fault is Fault.REDIRECT:
                return fault, Said(302, {}, {"Location": "/elsewhere"})
            key = _key_of(call)
            if key in self._keys:
                body, said = self._keys[key]
                is_same = body == call.body
                return fault, said if is_same else Said(409, {"name": "invalid_idempotent_request"})
            mails, said = _service(call.path)(self, call)
            self.taken.extend(mails)
            if key and mails:
                self._keys[key] = (call.body, said)
            return fault, said


class _Server(ThreadingHTTPServer):
    owner: EspStub
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up waiting is what several tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        with self._owner.lock:
            self._owner.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault, said = self._owner.answer(Call(self.path, headers, body))
        if fault is Fault.STALL_AFTER:
            self._owner.ending.wait(30)
        if fault in (Fault.STALL_AFTER, Fault.DROP_BEFORE, Fault.DROP_AFTER):
            self.close_connection = True
        elif fault is Fault.WEB_PAGE:
            self._say(200, WEB_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        elif fault is Fault.BUSY:
            self._say(429, b'{"message": "Too many requests"}', {"Retry-After": "7"})
        elif fault is Fault.FORBIDDEN:
            self._say(401, b'{"message": "No such key"}', {})
        elif fault is Fault.FAIL_AFTER:
            self._say(500, b'{"message": "Something broke"}', {})
        else:
            self._say(said.status, json.dumps(said.body).encode(), said.headers)

    def _say(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Tests speak through what they assert."""

    @property
    def _owner(self) -> EspStub:
        return cast(_Server, self.server).owner


Service = Callable[[EspStub, Call], tuple[list[Taken], Said]]


def _service(path: str) -> Service:
    for ending, service in {
        "/messages": _mailgun,
        "/email/batch": _postmark,
        "/email": _postmark,
        "/smtp/email": _brevo,
        "/emails/batch": _resend,
        "/emails": _resend,
        "/v2/email/outbound-emails": _ses,
    }.items():
        if path == ending or (ending in ("/messages", "/smtp/email") and path.endswith(ending)):
            return service
    raise AssertionError(f"No service has {path}.")


def _key_of(call: Call) -> str:
    if call.path.startswith("/emails"):
        return call.headers.get("idempotency-key", "")
    if call.path.endswith("/smtp/email"):
        return str(json.loads(call.body).get("headers", {}).get("idempotencyKey", ""))
    return ""


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _mailgun(stub: EspStub, call: Call) -> tuple[list[Taken], Said]:
    form = parse_qs(call.body.decode())
    if stub.refused & set(form["to"]):
        return [], Said(400, {"message": "'to' parameter is not a valid address."})
    variables = json.loads(form.get("recipient-variables", ["{}"])[0])
    headers = {name[2:]: values[0] for name, values in form.items() if name[:2] == "h:"}
    metadata = {name[2:]: values[0] for name, values in form.items() if name[:2] == "v:"}
    mails = []
    for address in form["to"]:
        mine = variables.get(address, {})

        def filled(text: str, mine: Mapping[str, str] = mine) -> str:
            return re.sub(r"%recipient\.(.+?)%", lambda found: mine.get(found[1], ""), text)

        mails.append(
            Taken(
                address,
                filled(form["subject"][0]),
                filled(form["html"][0]),
                filled(form["text"][0]),
                _lower({name: filled(value) for name, value in headers.items()}),
                filled(json.dumps(metadata)),
            )
        )
    return mails, Said(200, {"id": "<1@mg.example.org>", "message": "Queued. Thank you."})


def _postmark(stub: EspStub, call: Call) -> tuple[list[Taken], Said]:
    """In plain mails it fills nothing in."""
    given = json.loads(call.body)
    mails, results = [], []
    for place, one in enumerate(given if isinstance(given, list) else [given]):
        address = one["To"]
        if address in stub.refused:
            results.append({"ErrorCode": 406, "Message": f"Found inactive addresses: {address}."})
            continue
        headers = _lower({item["Name"]: item["Value"] for item in one["Headers"]})
        metadata = json.dumps(one.get("Metadata"))
        mails.append(
            Taken(address, one["Subject"], one["HtmlBody"], one["TextBody"], headers, metadata)
        )
        results.append({"ErrorCode": 0, "Message": "OK", "To": address, "MessageID": f"id-{place}"})
    if isinstance(given, list):
        return mails, Said(200, results)
    return mails, Said(200 if mails else 422, results[0])


def _brevo(stub: EspStub, call: Call) -> tuple[list[Taken], Said]:
    given = json.loads(call.body)
    versions = given.get("messageVersions") or [{"to": given["to"]}]
    if stub.refused & {version["to"][0]["email"] for version in versions}:
        return [], Said(400, {"code": "invalid_parameter", "message": "email is not valid in to"})
    mails = []
    for version in versions:
        params = version.get("params", {})

        def filled(text: str, params: Mapping[str, str] = params) -> str:
            text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", text)
            return re.sub(
                r"\{\{\s*(.*?)\s*\}\}",
                lambda found: params.get(found[1].removeprefix("params."), ""),
                text,
            )

        headers = _lower(version.get("headers") or given.get("headers", {}))  # does not merge them
        mails.append(
            Taken(
                version["to"][0]["email"],
                filled(given["subject"]),
                filled(given["htmlContent"]),
                filled(given["textContent"]),
                headers,
                headers.get("x-mailin-custom", ""),
            )
        )
    if "messageVersions" in given:
        return mails, Said(201, {"messageIds": [f"<{place}@brevo>" for place in range(len(mails))]})
    return mails, Said(201, {"messageId": "<1@brevo>"})


def _resend(stub: EspStub, call: Call) -> tuple[list[Taken], Said]:
    given = json.loads(call.body)
    each = given if isinstance(given, list) else [given]
    if stub.refused & {address for one in each for address in one["to"]}:
        return [], Said(422, {"name": "validation_error", "message": "Invalid `to` field."})
    mails = [
        Taken(
            one["to"][0],
            one["subject"],
            one["html"],
            one["text"],
            _lower(one["headers"]),
            one["headers"].get("X-Metadata", ""),
        )
        for one in each
    ]
    ids = [{"id": f"id-{place}"} for place in range(len(mails))]
    return mails, Said(200, {"data": ids} if isinstance(given, list) else ids[0])


def _ses(stub: EspStub, call: Call) -> tuple[list[Taken], Said]:
    given = json.loads(call.body)
    (address,) = given["Destination"]["ToAddresses"]
    if address in stub.refused:
        said = {"message": "Address is on the suppression list"}
        return [], Said(400, said, {"x-amzn-ErrorType": "MessageRejected"})
    raw = base64.b64decode(given["Content"]["Raw"]["Data"])
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    html, text = mail.get_body(["html"]), mail.get_body(["plain"])
    assert html is not None
    assert text is not None
    headers = _lower({name: str(value).strip() for name, value in mail.items()})
    taken = Taken(
        address,
        headers["subject"],
        html.get_content(),
        text.get_content(),
        headers,
        headers.get("x-metadata", ""),
    )
    return [taken], Said(200, {"MessageId": "0102-1"})
