"""The fourteen mail services on 127.0.0.1, as far as sending goes, misbehaving on demand.

What they took is logged before they answer, as each reader would get it (service_vendors.py). So a test can count
copies and gaps, and see what an article's braces become.
"""

import json
from collections import Counter
from collections.abc import Mapping
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

from tests.service_logs import LOGS
from tests.service_vendors import EMPTY, VENDORS, Call, Said, Taken, Vendor


class Fault(Enum):
    """What happens to one call, once."""

    NONE = auto()
    BUSY = auto()  # 429, with Retry-After in seconds
    BUSY_DATE = auto()  # 429, with Retry-After as a date, by a clock that is an hour off
    BUSY_MOMENT = auto()  # 429, with the moment as a number
    FAIL_AFTER = auto()  # takes it, then 500
    STALL_AFTER = auto()  # takes it, and never answers
    STALL_BEFORE = auto()  # never takes it, and never answers
    DROP_BEFORE = auto()  # hangs up without having taken it
    DROP_AFTER = auto()  # takes it and hangs up
    WEB_PAGE = auto()  # 200 and HTML, from a machine that is in between
    REDIRECT = auto()
    FORBIDDEN = auto()  # 401, as it says it
    UNPAID = auto()  # 402 or 403, as it says it
    RUNNING = auto()  # a call with this key is under way
    UNCLEAR = auto()  # 400, and not for whose fault
    EMPTY = auto()  # takes it, 200 and nothing
    LONG = auto()  # takes it, 200 and 20 MB
    LONGER_LIST = auto()  # takes it, 200 and one result too many
    HALF = auto()  # takes it, and answers for every other reader
    TOO_LARGE = auto()  # 413
    STRANGERS = auto()  # takes it, and names readers who are not ours


WEB_PAGE = b"<!doctype html><html><head><title>Welcome to Hotel WiFi</title></head><body>Log in</body></html>"
BEFORE = {
    Fault.BUSY, Fault.BUSY_DATE, Fault.BUSY_MOMENT, Fault.STALL_BEFORE, Fault.DROP_BEFORE, Fault.WEB_PAGE,
    Fault.REDIRECT, Fault.FORBIDDEN, Fault.UNPAID, Fault.RUNNING, Fault.UNCLEAR,
    Fault.TOO_LARGE,
}  # fmt: skip
HANGING_UP = {Fault.STALL_AFTER, Fault.STALL_BEFORE, Fault.DROP_BEFORE, Fault.DROP_AFTER}
RETRY_SECONDS = 7


def mail_url(service: str, place: str, **options: object) -> str:
    """The MAIL_URL of a service at host:port."""
    who = {
        "mailgun": "KEY@mg.example.org",
        "mailjet": "KEY:SECRET@",
        "ses": "KEY:SECRET@eu-west-1",
        "scaleway": "KEY@project",
    }.get(service, "KEY@")
    query = "".join(f"&{name}={value}" for name, value in options.items())
    return f"{service}://{who}?api_url=http://{place}/{service}/{query}"


class ServiceStub:
    """`faults` befall the next calls, in order. `refused`, `suppressed` and `later`: addresses it will not have.

    `ours`: it refuses everything for the sender's fault.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.ending = Event()
        self.reset()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def reset(self) -> None:
        """As if it had just begun."""
        self.ending.set()  # whoever is let wait by an earlier fault
        self.ending = Event()
        self.taken: list[Taken] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.refused: set[str] = set()
        self.suppressed: set[str] = set()
        self.later: set[str] = set()
        self.ours = False
        self.connections = 0
        # Of its log: whose mails it lacks yet, and what it answers to questions instead.
        self.questions: list[tuple[str, dict[str, list[str]], bytes]] = []
        self.log_lacks: set[str] = set()
        self.log_says: Said | None = None
        self._keys: dict[str, tuple[bytes, Said]] = {}

    def __exit__(self, *_exception: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, service: str, **options: object) -> str:
        return mail_url(service, self.place, **options)

    @property
    def copies(self) -> Counter[str]:
        """How many mails each address was sent."""
        return Counter(mail.address for mail in self.taken)

    def answer(self, call: Call) -> tuple[Fault, Said]:
        with self.lock:
            self.calls.append(call)
            fault = self.faults.pop(0) if self.faults else Fault.NONE
            vendor = VENDORS[call.service]
            if fault in BEFORE:
                return fault, _before(vendor, fault)
            key = _key_of(call)
            if key in self._keys:
                return fault, _of_known_key(call, *self._keys[key])
            mails, said = self._sorted(vendor, call)
            self.taken.extend(mails)
            if key and mails:
                self._keys[key] = (call.body, said)
            return fault, _garbled(said, fault)

    def forget_keys(self) -> None:
        """They have expired."""
        self._keys.clear()

    def ask(self, service: str, path: str, body: bytes) -> Said:
        with self.lock:
            split = urlsplit(path)
            query = parse_qs(split.query)
            self.questions.append((split.path, query, body))
            if self.log_says is not None:
                return self.log_says
            known = [mail for mail in self.taken if mail.address not in self.log_lacks]
            return Said(200, LOGS[service](known, query, body))

    def _sorted(self, vendor: Vendor, call: Call) -> tuple[list[Taken], Said]:
        mails = vendor.reads(call)
        many = is_for_many(call)
        if self.ours:
            if vendor.ours is not None:
                return [], vendor.ours
            assert vendor.sorts is not None
            return [], vendor.sorts(mails, {mail.address: "ours" for mail in mails}, many)
        bad = {}
        for mail in mails:
            for why, addresses in (
                ("invalid", self.refused),
                ("suppressed", self.suppressed),
                ("later", self.later),
            ):
                if mail.address in addresses:
                    bad[mail.address] = why
        whole = {address for address, why in bad.items() if why == "invalid"}
        if vendor.sorts is None or (whole and call.service == "mailersend"):
            if bad:
                place = next(at for at, mail in enumerate(mails) if mail.address in bad)
                return [], _placed(vendor.invalid, place)
            return mails, vendor.accepts(mails, many)
        said = vendor.sorts(mails, bad, many) if bad else vendor.accepts(mails, many)
        return [mail for mail in mails if mail.address not in bad], said


def _of_known_key(call: Call, body: bytes, said: Said) -> Said:
    """Resend and Unisender Go answer as they did; Brevo only that it knows the key; another body Resend minds."""
    if call.service == "brevo":
        words = "duplicate request: idempotencyKey has been used"
        return Said(400, {"code": "duplicate_parameter", "message": words})
    if call.service == "resend" and body != call.body:
        words = "Same idempotency key used with a different request payload"
        return Said(
            409, {"statusCode": 409, "name": "invalid_idempotent_request", "message": words}
        )
    return said


def _placed(said: Said, place: int) -> Said:
    body = json.loads(json.dumps(said.body).replace("{place}", str(place)))
    return Said(said.status, body, said.headers)


def is_for_many(call: Call) -> bool:
    if call.service == "mailgun":
        return "recipient-variables" in call.form
    return (
        any(word in call.path for word in ("/batch", "bulk-emails"))
        or b'"messageVersions"' in call.body
    )


def _before(vendor: Vendor, fault: Fault) -> Said:
    busy = {"message": "Too many requests"}
    return {
        Fault.BUSY: Said(429, busy, {"Retry-After": str(RETRY_SECONDS)}),
        Fault.BUSY_DATE: Said(
            429,
            busy,
            {
                "Retry-After": "Mon, 23 Nov 2026 07:00:07 GMT",
                "Date": "Mon, 23 Nov 2026 07:00:00 GMT",
            },
        ),
        Fault.BUSY_MOMENT: Said(
            429,
            busy,
            {"X-RateLimit-Reset": "1795417207", "Date": "Mon, 23 Nov 2026 07:00:00 GMT"},
        ),
        Fault.REDIRECT: Said(302, {}, {"Location": "/elsewhere"}),
        Fault.TOO_LARGE: Said(413, {"message": "Payload too large"}),
        Fault.UNCLEAR: Said(400, {"message": "Something is not as it should be"}),
        Fault.RUNNING: Said(
            409,
            {
                "statusCode": 409,
                "name": "concurrent_idempotent_requests",
                "message": "Same idempotency key used while original request is still in progress",
            },
        ),
        Fault.FORBIDDEN: vendor.no_key,
        Fault.UNPAID: vendor.unpaid,
    }.get(fault, Said(500, {}))


def _garbled(said: Said, fault: Fault) -> Said:
    if fault is Fault.EMPTY:
        return Said(200, EMPTY)
    if fault is Fault.LONG:
        return Said(200, b"[" + b"1," * 10_000_000 + b"1]")
    if fault is Fault.LONGER_LIST and said.body is not EMPTY:
        return Said(said.status, _longer(said.body), said.headers)
    if fault is Fault.HALF and said.body is not EMPTY:
        return Said(said.status, _halved(said.body), said.headers)
    if fault is Fault.STRANGERS and said.body is not EMPTY:
        strange = json.dumps(said.body).replace("reader", "stranger")
        return Said(said.status, json.loads(strange), said.headers)
    return said


def _halved(body: Any) -> Any:
    if isinstance(body, list):
        return body[::2]
    if isinstance(body, dict):
        return {name: _halved(value) for name, value in body.items()}
    return body


def _longer(body: Any) -> Any:
    if isinstance(body, list):
        return [*body, body[-1]] if body else body
    if isinstance(body, dict):
        return {name: _longer(value) for name, value in body.items()}
    return body


class _Server(ThreadingHTTPServer):
    owner: ServiceStub
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up waiting is what several tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = (
        True  # an answer of two writes would wait 40 ms for the client's word on the first
    )

    def setup(self) -> None:
        super().setup()
        with self._owner.lock:
            self._owner.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        _empty, service, path = self.path.split("/", 2)
        if path.endswith("messages/search.json"):
            said = self._owner.ask(service, path, body)
            self._say(said.status, _written(said.body), said.headers)
            return
        fault, said = self._owner.answer(Call(service, f"/{path.lstrip('/')}", headers, body))
        if fault in (Fault.STALL_AFTER, Fault.STALL_BEFORE):
            self._owner.ending.wait(30)
        if fault in HANGING_UP:
            self.close_connection = True
        elif fault is Fault.WEB_PAGE:
            self._say(200, WEB_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        elif fault is Fault.FAIL_AFTER:
            self._say(500, b'{"message": "Something broke"}', {})
        elif said.body is EMPTY:
            self._say(said.status, b"", said.headers)
        else:
            self._say(said.status, _written(said.body), said.headers)

    def do_GET(self) -> None:
        _empty, service, path = self.path.split("/", 2)
        said = self._owner.ask(service, path, b"")
        self._say(said.status, _written(said.body), said.headers)

    def _say(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Tests speak through what they assert."""

    @property
    def _owner(self) -> ServiceStub:
        return cast(_Server, self.server).owner


def _written(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _key_of(call: Call) -> str:
    if call.service == "resend":
        return call.headers.get("idempotency-key", "")
    if call.service == "brevo":
        return str(call.json.get("headers", {}).get("idempotencyKey", ""))
    if call.service == "unisender-go":
        return str(call.json["message"].get("idempotence_key", ""))
    return ""
