"""Bounces and complaints that come as mail, and what is none.

Only a token of ours makes anybody bounce: the return path that the mail came to, or what a complaint quotes of the
original. Everything else in such a mail can be written by anyone, and is only read for what went wrong.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from digests.choices import EventKind
from digests.delivery.return_paths import Returned
from digests.tracking.complaint_mail import Complaint, NoComplaint, first_token, read_complaint
from digests.tracking.event_rows import digest_of, words
from digests.tracking.mail_parts import (
    addresses_in,
    header,
    parsed,
    parts_of,
    words_of,
)
from digests.tracking.prose_bounces import is_automatic_reply, read_prose
from digests.tracking.status_reports import Told, read_report
from subscriptions.choices import BounceKind

logger = logging.getLogger(__name__)

ENVELOPE_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")


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
    said: BounceKind | None = None


class NoBounce(ValueError):
    """Nothing to act on; the text says why."""


def read(raw: bytes, *, recipients: Sequence[str] = (), now: datetime) -> Finding:
    """`recipients`: of the envelope, where they are known. Raises NoBounce."""
    try:
        return _read(raw, recipients, now)
    except NoComplaint as reason:
        raise NoBounce(str(reason)) from reason
    except NoBounce:
        raise
    except Exception as error:  # hostile MIME: the parser and the detectors are others' code
        logger.warning("A mail could not be read: %r", error)
        raise NoBounce("It could not be read.") from error


def _read(raw: bytes, recipients: Sequence[str], now: datetime) -> Finding:
    mail = parsed(raw)
    parts = parts_of(mail)
    returned = first_token([*recipients, *addresses_in(mail, ENVELOPE_HEADERS)])
    complaint = read_complaint(mail, parts, returned)
    at = _date(mail, now)
    if complaint is not None:
        return _of_complaint(complaint, at, _name(raw, mail))
    if returned is None:
        raise NoBounce("No return path of ours is among its recipients.")
    told = _told(mail, parts)
    return Finding(
        kind=told.kind,
        returned=returned,
        subscriber=returned.subscriber,
        message_id="",
        recipient=words(told.recipient, 320),
        reply=words(told.reply, 500),
        description="",
        occurred_at=at,
        dedupe_key=digest_of(
            "smtp", told.kind, _name(raw, mail), returned.digest, returned.subscriber
        ),
        said=told.said,
    )


def _told(mail: Message, parts: Sequence[Message]) -> Told:
    """Return what a bounce tells. Raises NoBounce."""
    said = words_of(parts)
    told = read_report(parts, said)
    if told is not None:
        return told
    if is_automatic_reply(mail, said):
        raise NoBounce("It is an automatic reply.")
    told = read_prose(mail, said)
    if told is None:
        raise NoBounce("Nothing in it says that a mail did not arrive.")
    return told


def _of_complaint(complaint: Complaint, at: datetime, name: str) -> Finding:
    digest = complaint.returned.digest if complaint.returned else ""
    return Finding(
        kind=complaint.kind,
        returned=complaint.returned,
        subscriber=complaint.subscriber,
        message_id=words(complaint.message_id, 500),
        recipient="",
        reply="",
        description=words(complaint.description, 300),
        occurred_at=at,
        dedupe_key=digest_of("smtp", complaint.kind, name, digest, complaint.subscriber),
    )


def _date(mail: Message, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(header(mail, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), now)


def _name(raw: bytes, mail: Message) -> str:
    return header(mail, "Message-ID").strip() or hashlib.sha256(raw).hexdigest()
