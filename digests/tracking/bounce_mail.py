"""Bounces and complaints that come as mail (RFC 3464, RFC 5965), and what is none.

Only a token of ours makes anybody bounce: the return path that the mail came to, or what a complaint quotes of the
original. Everything else in such a mail can be written by anyone, and is only read for what went wrong.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from flufl.bounce import all_failures

from digests.choices import EventKind
from digests.delivery.return_paths import BadReturnPath, Returned, read_return_path
from digests.tracking.event_rows import digest_of, words
from subscriptions import links

logger = logging.getLogger(__name__)

# What went wrong stands in front; behind it the original is quoted, pictures and all.
MOST_BYTES = 256 * 1024
MOST_PARTS = 50
ENVELOPE_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")
_AUTOMATIC = re.compile(r"auto-replied|auto-notified", re.IGNORECASE)
_AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")
_LEAVE_TOKEN = re.compile(r"/unsubscribe/([A-Za-z0-9_-]{20,200})/")

_ACTIONS: Mapping[str, EventKind] = {
    "failed": EventKind.BOUNCED,
    "delayed": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "relayed": EventKind.SENT,
    "expanded": EventKind.SENT,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a mail says. Named by a return path, or by a leave link: then `subscriber` and `message_id` are all."""

    kind: EventKind
    returned: Returned | None
    subscriber: str
    message_id: str
    recipient: str
    reply: str
    description: str
    occurred_at: datetime
    dedupe_key: bytes


class NoBounce(ValueError):
    """Nothing to act on; the text says why."""


def read(raw: bytes, *, recipients: Sequence[str] = (), now: datetime) -> Finding:
    """`recipients`: of the envelope, where they are known. Raises NoBounce."""
    try:
        return _read(raw[:MOST_BYTES], recipients, now)
    except NoBounce:
        raise
    except Exception as error:  # hostile MIME: the parser and the detectors are others' code
        logger.warning("A mail could not be read: %r", error)
        raise NoBounce("It could not be read.") from error


def _read(raw: bytes, recipients: Sequence[str], now: datetime) -> Finding:
    mail = message_from_bytes(raw)
    parts = list(_parts(mail))
    returned = _first_token([*recipients, *_addresses(mail, ENVELOPE_HEADERS)])
    if _report_type(mail) == "feedback-report":
        return _complaint(raw, mail, parts, returned, now)
    if returned is None:
        raise NoBounce("No return path of ours is among its recipients.")
    kind, reply, recipient = _failure(mail, parts)
    return Finding(
        kind=kind,
        returned=returned,
        subscriber=returned.subscriber,
        message_id="",
        recipient=words(recipient, 320),
        reply=words(reply, 500),
        description="",
        occurred_at=_date(mail, now),
        dedupe_key=_key(raw, mail, kind, returned.digest, returned.subscriber),
    )


def _failure(mail: Message, parts: Sequence[Message]) -> tuple[EventKind, str, str]:
    blocks = [block for part in parts for block in _status_blocks(part)]
    for action, kind in _ACTIONS.items():
        for block in blocks:
            if _text(block, "Action").strip().lower() == action:
                reply = f"{_text(block, 'Status')} {_text(block, 'Diagnostic-Code')}"
                recipient = _text(block, "Final-Recipient") or _text(block, "Original-Recipient")
                return kind, reply, recipient.rpartition(";")[2].strip()
    if blocks:
        raise NoBounce("Its status report names no action that is known.")
    if _is_automatic(mail):
        raise NoBounce("It is an automatic reply.")
    temporary, permanent = all_failures(mail)
    if not temporary and not permanent:
        raise NoBounce("Nothing in it says that a mail did not arrive.")
    kind = EventKind.BOUNCED if permanent else EventKind.DEFERRED
    found = min(permanent or temporary)
    return kind, _first_text(parts), found.decode("utf-8", "replace")


def _complaint(
    raw: bytes, mail: Message, parts: Sequence[Message], returned: Returned | None, now: datetime
) -> Finding:
    report = next((part for part in parts if _is(part, "message/feedback-report")), None)
    fields = _fields(report) if report is not None else Message()
    if _text(fields, "Feedback-Type").strip().lower() != "abuse":
        raise NoBounce("It is a feedback report, but of no complaint.")
    originals = list(_originals(parts))
    quoted = [_text(fields, "Original-Mail-From")]
    quoted += [_text(original, "Return-Path") for original in originals]
    returned = returned or _first_token(address for _name, address in getaddresses(quoted))
    subscriber = returned.subscriber if returned else _left_by(originals)
    if not subscriber:
        raise NoBounce("It is a complaint, but nothing in it shows that the mail was ours.")
    digest = returned.digest if returned else ""
    return Finding(
        kind=EventKind.COMPLAINED,
        returned=returned,
        subscriber=subscriber,
        message_id=words(
            next((_text(it, "Message-ID") for it in originals if it["Message-ID"]), ""), 500
        ).strip(),
        recipient="",
        reply="",
        description=words(f"abuse, {_text(fields, 'User-Agent')}", 300),
        occurred_at=_date(mail, now),
        dedupe_key=_key(raw, mail, EventKind.COMPLAINED, digest, subscriber),
    )


def _parts(mail: Message) -> Iterator[Message]:
    """Breadth first and bounded: depth and number are the sender's choice."""
    waiting = [mail]
    for _number in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting += [inner for inner in payload if isinstance(inner, Message)]


def _status_blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    if not _is(part, "message/delivery-status") or not isinstance(payload, list):
        return []
    return [block for block in payload if isinstance(block, Message) and block["Action"]]


def _fields(report: Message) -> Message:
    """The body of a feedback report is a list of fields; the parser takes it for a message, or for text."""
    payload = report.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return message_from_bytes(str(payload).lstrip().encode("utf-8", "replace"))


def _originals(parts: Iterable[Message]) -> Iterator[Message]:
    for part in parts:
        payload = part.get_payload()
        if _is(part, "message/rfc822") and isinstance(payload, list):
            yield from (inner for inner in payload[:1] if isinstance(inner, Message))
        elif _is(part, "text/rfc822-headers"):
            yield message_from_bytes(str(payload).lstrip().encode("utf-8", "replace"))


def _left_by(originals: Iterable[Message]) -> str:
    """The reader whom a quoted List-Unsubscribe header is signed for."""
    for original in originals:
        for token in _LEAVE_TOKEN.findall(_text(original, "List-Unsubscribe")):
            try:
                return links.read_leave(token).subscriber
            except links.BadLink:
                continue
    return ""


def _first_token(addresses: Iterable[str]) -> Returned | None:
    for address in addresses:
        try:
            return read_return_path(address)
        except BadReturnPath:
            continue
    return None


def _addresses(mail: Message, names: Iterable[str]) -> list[str]:
    values = [str(value) for name in names for value in mail.get_all(name, [])]
    return [address for _name, address in getaddresses(values)]


def _is_automatic(mail: Message) -> bool:
    """RFC 3834, and what was used before it. A bounce is “auto-generated” at most."""
    return (
        bool(_AUTOMATIC.search(_text(mail, "Auto-Submitted")))
        or _text(mail, "Precedence").strip().lower() == "auto_reply"
        or any(mail[name] is not None for name in _AUTOMATIC_HEADERS)
    )


def _first_text(parts: Iterable[Message]) -> str:
    for part in parts:
        if _is(part, "text/plain"):
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return " ".join(payload.decode("utf-8", "replace").split())
    return ""


def _report_type(mail: Message) -> str:
    if not _is(mail, "multipart/report"):
        return ""
    return str(mail.get_param("report-type", "")).lower()


def _is(part: Message, content_type: str) -> bool:
    return part.get_content_type() == content_type


def _text(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))


def _date(mail: Message, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(_text(mail, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), now)


def _key(raw: bytes, mail: Message, kind: EventKind, *ids: str) -> bytes:
    name = _text(mail, "Message-ID").strip() or hashlib.sha256(raw).hexdigest()
    return digest_of("smtp", kind, name, *ids)
