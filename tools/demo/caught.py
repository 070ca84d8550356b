"""What a caught letter says: its headers, its HTML, its text, its links.

Read with care, since a person looks here exactly when a letter is wrong: whatever is broken in it is
shown as well as it can be, and nothing raises.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from typing_extensions import override

URL = re.compile(r"https?://[^\s<>\"']+")
BRACKETED = re.compile(r"<\s*([^>]+?)\s*>")
FOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(frozen=True)
class Caught:
    key: str
    to: str
    """The envelope's recipient, in whose mailbox the letter lies."""
    sender: str
    """The From header, for people."""
    subject: str
    date: datetime
    """The Date header; the time of arrival when that is missing or nonsense."""
    arrived_at: datetime
    message_id: str
    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    source: bytes

    def header(self, name: str) -> str:
        """The first header of that name, decoded; empty when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Every http(s) link of the letter, in order, each once: of the HTML if there is any."""
        found = (
            _hrefs(self.html)
            if self.html
            else [url.rstrip(".,;)") for url in URL.findall(self.text)]
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def unsubscribe_url(self) -> str:
        """The http(s) address of List-Unsubscribe; empty when there is none."""
        addresses = BRACKETED.findall(self.header("List-Unsubscribe"))
        return next((one for one in addresses if one.startswith(("https://", "http://"))), "")

    @property
    def one_click(self) -> bool:
        """RFC 8058: may a mail program unsubscribe with one POST?"""
        post = self.header("List-Unsubscribe-Post").replace(" ", "")
        return bool(self.unsubscribe_url) and post.lower() == "list-unsubscribe=one-click"


def parse_caught(source: bytes, key: str, arrived: float) -> Caught:
    """`arrived` is in seconds since the epoch, as a file's mtime."""
    message = message_from_bytes(source)
    headers = tuple((name, _decoded(value)) for name, value in message.items())
    first = {name.lower(): value for name, value in reversed(headers)}
    arrived_at = datetime.fromtimestamp(arrived, tz=UTC)
    return Caught(
        key=key,
        to=first.get("delivered-to", ""),
        sender=first.get("from", ""),
        subject=first.get("subject", ""),
        date=_date(first.get("date", "")) or arrived_at,
        arrived_at=arrived_at,
        message_id=first.get("message-id", ""),
        headers=headers,
        html=_content(message, "text/html"),
        text=_content(message, "text/plain"),
        source=source,
    )


def _decoded(value: Any) -> str:
    """`value` is a str, or a Header when the line holds raw 8-bit text (SMTPUTF8)."""
    raw = str(value)
    if "\ufffd" in raw:
        raw = _raw_utf8(value) or raw
    unfolded = FOLD.sub("", raw).strip()
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded


def _raw_utf8(value: Any) -> str:
    """The text of a header that was sent as bare UTF-8; empty when it is not that either."""
    chunks = [chunk for chunk, _ in decode_header(value)]
    joined = b"".join(c if isinstance(c, bytes) else c.encode("ascii", "replace") for c in chunks)
    try:
        return joined.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _content(message: Message, content_type: str) -> str:
    """The first part of that type which is not an attachment, decoded; empty when there is none."""
    for part in message.walk():
        if part.get_content_type() != content_type or part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return _text_of(payload, part.get_content_charset() or "utf-8")
    return ""


def _text_of(payload: bytes, charset: str) -> str:
    try:
        text = payload.decode(charset, "replace")
    except LookupError:
        text = payload.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


class _HrefCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") or ""
        if tag == "a" and target.startswith(("http://", "https://")):
            self.found.append(target)


def _hrefs(html: str) -> list[str]:
    collector = _HrefCollector()
    collector.feed(html)
    collector.close()
    return collector.found
