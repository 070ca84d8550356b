"""A guarded GET and POST: the only way this package reaches a server that somebody else named."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urljoin

import urllib3
from urllib3 import exceptions as trouble
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from digests.outside.deadline import Deadline
from digests.outside.destinations import Destination, Resolver, destination, system_resolver
from digests.outside.failures import (
    BadAnswer,
    FetchError,
    Refused,
    TooLarge,
    TooSlow,
    Unreachable,
)

USER_AGENT = "Newsroom"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
PACKINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
CHUNK_BYTES = 64 * 1024
LONGEST_RETRY_AFTER = 24 * 3600
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """`total_seconds` covers all hops, from the first name asked to the last byte read."""

    max_bytes: int  # of the body after decompression
    connect_seconds: float = 5
    read_seconds: float = 10
    total_seconds: float = 20
    max_redirects: int = 5
    keeps_beginning: bool = False  # of a body that is larger; else that is refused


FEED_LIMITS = Limits(max_bytes=20_000_000)
PAGE_LIMITS = Limits(max_bytes=2_000_000, total_seconds=10, keeps_beginning=True)
PICTURE_LIMITS = Limits(max_bytes=10_000_000)


@dataclass(frozen=True, slots=True)
class Response:
    """`status` is 200, or 304 with an empty body; header names are in lower case.

    `moved_to` is where the address has moved for good (301, 308), None while it stands.
    """

    status: int
    final_url: str
    headers: Mapping[str, str]
    body: bytes
    moved_to: str | None


def guarded_get(
    url: str,
    *,
    limits: Limits,
    allow: frozenset[str],
    headers: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    resolve: Resolver = system_resolver,
) -> Response:
    """Fetch a public page, or one at an exact host:port of `allow`.

    `headers` go to every hop, `secrets` to the server that `url` names alone. Raises FetchError.
    """
    moved_to, is_permanent, first = None, True, None
    with Deadline(limits.total_seconds) as deadline:
        for _hop in range(limits.max_redirects + 1):
            hop = destination(url, allow=allow, resolve=resolve)
            first = first or hop
            sent = {**(headers or {}), **((secrets or {}) if _is_same(first, hop) else {})}
            deadline.check()
            with _exchange(hop, sent, limits, deadline) as answer:
                if answer.status not in REDIRECTS or "location" not in answer.headers:
                    return _response(answer, hop, moved_to, limits)
                is_permanent = is_permanent and answer.status in PERMANENT
                url = _joined(hop.url, answer.headers["location"])
                moved_to = url if is_permanent else moved_to
    raise FetchError(f"The address redirects more than {limits.max_redirects} times.")


def _is_same(first: Destination, hop: Destination) -> bool:
    """The same server, or the same one over TLS, which keeps a secret better."""
    is_upgrade = (first.scheme, first.port, hop.scheme, hop.port) == ("http", 80, "https", 443)
    is_alike = (first.scheme, first.port) == (hop.scheme, hop.port)
    return first.host == hop.host and (is_alike or is_upgrade)


def guarded_post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    limits: Limits,
    allow: frozenset[str],
    resolve: Resolver = system_resolver,
) -> int:
    """Post to a public address, or to an exact host:port of `allow`; returns the status, 200 to 299.

    A redirect is not followed: what is signed for one receiver is no other's. Raises FetchError.
    """
    with Deadline(limits.total_seconds) as deadline:
        hop = destination(url, allow=allow, resolve=resolve)
        deadline.check()
        with _exchange(hop, headers, limits, deadline, body=body) as answer:
            if not 200 <= answer.status < 300:
                known = {name.lower(): value for name, value in answer.headers.items()}
                raise BadAnswer(answer.status, _retry_after(known))
            return answer.status


@contextmanager
def _exchange(
    hop: Destination,
    headers: Mapping[str, str],
    limits: Limits,
    deadline: Deadline,
    *,
    body: bytes | None = None,
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Send one request (a POST where there is a body) and stream its answer; every failure becomes a FetchError."""
    pool = _pool(hop, deadline)
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate", **headers}
    try:
        answer = pool.urlopen(
            "GET" if body is None else "POST",
            hop.target,
            body=body,
            headers={**sent, "Host": hop.host_header},
            redirect=False,
            retries=False,
            preload_content=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(
                connect=min(limits.connect_seconds, deadline.remaining()),
                read=limits.read_seconds,
            ),
        )
        with closing(answer):
            yield answer
        # A cut connection can look like the end of a body without a length.
        deadline.check()
    except (trouble.HTTPError, OSError, ValueError) as error:
        deadline.check()
        raise _named(error, limits) from error
    finally:
        pool.close()


def _pool(hop: Destination, deadline: Deadline) -> HTTPConnectionPool:
    """Connections that go to the pinned addresses while TLS still checks the name."""
    name = hop.host.strip("[]")
    pool: HTTPConnectionPool
    if hop.scheme == "https":
        pool = HTTPSConnectionPool(name, hop.port, cert_reqs="CERT_REQUIRED")
    else:
        pool = HTTPConnectionPool(name, hop.port)
    plain = pool.ConnectionCls

    class Pinned(plain):  # type: ignore[misc, valid-type] # the base is HTTP's or HTTPS's connection
        def _new_conn(self) -> socket.socket:
            connected = _connect(hop, self.timeout)
            deadline.watch(connected)
            return connected

    pool.ConnectionCls = Pinned
    return pool


def _connect(hop: Destination, seconds: float) -> socket.socket:
    """A connection to the first pinned address that answers."""
    ends_at = monotonic() + seconds
    refused: OSError = OSError()
    for address in hop.addresses:
        left = ends_at - monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, hop.port), timeout=left)
        except OSError as error:
            refused = error
    if isinstance(refused, TimeoutError):
        raise TooSlow(f"The server did not answer within {seconds:.0f} s.") from refused
    raise Unreachable("The server cannot be reached.") from refused


def _response(
    answer: urllib3.BaseHTTPResponse, hop: Destination, moved_to: str | None, limits: Limits
) -> Response:
    headers = {name.lower(): _CONTROLS.sub(" ", value) for name, value in answer.headers.items()}
    if answer.status not in (200, 304):
        raise BadAnswer(answer.status, _retry_after(headers))
    body = b"" if answer.status == 304 else _body(answer, limits)
    return Response(answer.status, hop.url, headers, body, moved_to)


def _body(answer: urllib3.BaseHTTPResponse, limits: Limits) -> bytes:
    packing = answer.headers.get("content-encoding", "").strip().lower()[:40]
    if any(part.strip() not in PACKINGS for part in packing.split(",")):
        raise FetchError(f"The server's answer is packed as {packing}, which was not asked for.")
    declared = answer.headers.get("content-length", "")
    if limits.keeps_beginning:
        declared = ""
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limits.max_bytes:
        raise _too_large(limits)
    body = bytearray()
    for chunk in answer.stream(CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > limits.max_bytes:
            if not limits.keeps_beginning:
                raise _too_large(limits)
            break
    return bytes(body[: limits.max_bytes])


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge(f"The answer is larger than {limits.max_bytes / 1e6:g} MB.")


def _joined(url: str, location: str) -> str:
    # http.client reads header bytes as Latin-1; servers that send more than ASCII mean UTF-8.
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode()
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Refused("The server redirects to something that is no address.") from error


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """In seconds; a date is counted from the server's own clock (Date), which may not agree with ours."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), LONGEST_RETRY_AFTER)
    until, told_at = _http_date(value), _http_date(headers.get("date", ""))
    if until is None:
        return None
    seconds = (until - (told_at or datetime.now(UTC))).total_seconds()
    return max(0, min(int(seconds), LONGEST_RETRY_AFTER))


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _named(error: Exception, limits: Limits) -> FetchError:
    if isinstance(error, (trouble.SSLError,)):
        return Unreachable("The server's certificate does not fit its name, or is not trusted.")
    if isinstance(error, (trouble.TimeoutError, TimeoutError)):
        return TooSlow(f"The server was silent for {limits.read_seconds:g} s.")
    if isinstance(error, trouble.DecodeError):
        return FetchError("The server's answer is packed wrongly.")
    return Unreachable("The server ended the connection before its answer was whole.")
