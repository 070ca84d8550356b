"""Complaints that come as mail: feedback reports (RFC 5965), and Microsoft's form without a report."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from digests.choices import EventKind
from digests.delivery.return_paths import BadReturnPath, Returned, read_return_path
from digests.tracking.mail_parts import (
    header,
    is_type,
    named_addresses,
    originals_of,
    report_type,
)
from subscriptions import links

# RFC 5965 section 7.3; opt-out is of the drafts, and some still send it. Of the others not-spam (RFC 6430) is the
# opposite of a complaint, virus and auth-failure (RFC 6591) say something of us, and “other” says nothing.
KINDS: Mapping[str, EventKind] = {
    "abuse": EventKind.COMPLAINED,
    "fraud": EventKind.COMPLAINED,
    "opt-out": EventKind.UNSUBSCRIBED,
    "opt-out-list": EventKind.UNSUBSCRIBED,
}
_LEAVE_TOKEN = re.compile(r"/unsubscribe/([A-Za-z0-9_-]{20,200})/")
_MICROSOFT = re.compile(
    r"[^@]+@(?:[a-z0-9-]+\.)*(?:hotmail|outlook|live|microsoft)\.com", re.IGNORECASE
)
_ABOUT_A_COMPLAINT = re.compile(
    r"complaint about message|abuse (?:report|complaint)", re.IGNORECASE
)
_MICROSOFTS_OWN = "X-HmXmrOriginalRecipient"


class NoComplaint(ValueError):
    """A report of something else, or of somebody else's mail; the text says which."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """`returned` or, where only a leave link shows whose mail it was, `subscriber` and `message_id`."""

    kind: EventKind
    returned: Returned | None
    subscriber: str
    message_id: str
    description: str


def read_complaint(
    mail: Message, parts: Sequence[Message], returned: Returned | None
) -> Complaint | None:
    """Read a complaint; None if the email is no feedback at all. Raises NoComplaint.

    `returned`: what the return path says that the email came to.
    """
    report = next((part for part in parts if is_type(part, "message/feedback-report")), None)
    originals = list(originals_of(parts))
    if report is None and report_type(mail) != "feedback-report":
        if not _is_microsofts(mail, originals):
            return None
        kind, description, quoted = EventKind.COMPLAINED, "abuse, Microsoft", []
    else:
        fields = _fields(report) if report is not None else Message()
        word = header(fields, "Feedback-Type").strip().lower()
        if word not in KINDS:
            raise NoComplaint("It is a feedback report, but of no complaint.")
        kind, description = KINDS[word], f"{word}, {header(fields, 'User-Agent')}"
        quoted = [header(fields, "Original-Mail-From")]
    quoted += [header(original, "Return-Path") for original in originals]
    returned = returned or first_token(address for _name, address in named_addresses(quoted))
    subscriber = returned.subscriber if returned else _left_by(originals)
    if not subscriber:
        raise NoComplaint("It is a complaint, but nothing in it shows that the mail was ours.")
    name = next((header(it, "Message-ID") for it in originals if it["Message-ID"]), "")
    return Complaint(kind, returned, subscriber, name.strip(), description)


def first_token(addresses: Iterable[str]) -> Returned | None:
    for address in addresses:
        try:
            return read_return_path(address)
        except BadReturnPath:
            continue
    return None


def _is_microsofts(mail: Message, originals: Sequence[Message]) -> bool:
    """The Junk Mail Reporting Program's: the mail as an attachment, and nothing else that a program could read."""
    if any(original[_MICROSOFTS_OWN] is not None for original in originals):
        return True
    senders = named_addresses([header(mail, "From")])
    is_theirs = any(_MICROSOFT.fullmatch(address) for _name, address in senders)
    return (
        is_theirs and bool(originals) and bool(_ABOUT_A_COMPLAINT.search(header(mail, "Subject")))
    )


def _fields(report: Message) -> Message:
    """The body of a feedback report is a list of fields; the parser takes it for a message, or for text."""
    payload = report.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return message_from_bytes(str(payload).lstrip().encode("utf-8", "replace"))


def _left_by(originals: Iterable[Message]) -> str:
    """The reader whom a quoted List-Unsubscribe header is signed for."""
    for original in originals:
        for token in _LEAVE_TOKEN.findall(header(original, "List-Unsubscribe")):
            try:
                return links.read_leave(token).subscriber
            except links.BadLink:
                continue
    return ""
