"""A mail that came back, taken apart within limits: its size, lines, headers and depth are its sender's choice."""

import html
import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from inspect import signature

# What went wrong stands in front; behind it the original is quoted, pictures and all.
MOST_BYTES = 256 * 1024
MOST_LINES = 2_000
LONGEST_LINE = 1_000  # RFC 5322 section 2.1.1 allows 998
MOST_EMPTY = 2  # lines in a row
MOST_CONTINUED = 60  # lines in a row that begin with a blank: a header with more is nobody's
MOST_PARTS = 50
_BOX = b"content-type: multipart"
# Python 3.13, and older ones with its fix of CVE-2023-27043, read nothing at all where one value is empty or odd.
# Bounces are odd, and a signature proves which reader they are about.
_LENIENTLY = {"strict": False} if "strict" in signature(getaddresses).parameters else {}
_TAG = re.compile(r"<[^<>]*>")


def parsed(raw: bytes) -> Message:
    """The standard parser, and those who look through what it made, take the square of some shapes' size."""
    return message_from_bytes(_condensed(raw[:MOST_BYTES]))


def _condensed(raw: bytes) -> bytes:
    kept: list[bytes] = []
    empty = continued = boxes = 0
    for line in raw.splitlines():
        boxes += line[: len(_BOX)].lower() == _BOX
        empty = empty + 1 if not line.strip() else 0
        continued = continued + 1 if line[:1] in {b" ", b"\t"} else 0
        if empty > MOST_EMPTY or continued > MOST_CONTINUED:
            continue
        kept.append(line[:LONGEST_LINE])
        if len(kept) == MOST_LINES or boxes > MOST_PARTS:
            break
    return b"\n".join(kept) + b"\n"


def parts_of(mail: Message) -> list[Message]:
    """Breadth first."""
    found = [mail]
    for part in found:
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            found += [inner for inner in payload if isinstance(inner, Message)]
        if len(found) >= MOST_PARTS:
            break
    return found[:MOST_PARTS]


def originals_of(parts: Iterable[Message]) -> Iterator[Message]:
    """The mails that are quoted, or their headers."""
    for part in parts:
        payload = part.get_payload()
        if is_type(part, "message/rfc822") and isinstance(payload, list):
            yield from (inner for inner in payload[:1] if isinstance(inner, Message))
        elif is_type(part, "text/rfc822-headers"):
            yield message_from_bytes(str(payload).lstrip().encode("utf-8", "replace"))


def words_of(parts: Iterable[Message]) -> str:
    """The first part that is to be read by a person, line by line; empty if there is none."""
    texts = [part for part in parts if part.get_content_maintype() == "text"]
    for content_type in ("text/plain", "text/html"):
        for part in texts:
            if is_type(part, content_type) and (words := _decoded(part).strip()):
                return (
                    words if content_type == "text/plain" else html.unescape(_TAG.sub(" ", words))
                )
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        return payload.decode(charset)
    except (LookupError, UnicodeError):
        return payload.decode("utf-8", "replace")


def is_type(part: Message, content_type: str) -> bool:
    return part.get_content_type() == content_type


def report_type(mail: Message) -> str:
    """Return the report type of a multipart/report, in lower case; empty for any other email."""
    if not is_type(mail, "multipart/report"):
        return ""
    return str(mail.get_param("report-type", "")).lower()


def header(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))


def addresses_in(mail: Message, names: Iterable[str]) -> list[str]:
    values = [str(value) for name in names for value in mail.get_all(name, [])]
    return [address for _name, address in named_addresses(values)]


def named_addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """Names with their addresses; either may be empty, and what cannot be read is left out."""
    return [pair for pair in getaddresses(list(values), **_LENIENTLY) if any(pair)]
