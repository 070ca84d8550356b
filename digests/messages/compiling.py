"""A version compiled once: byte pieces with holes, so that a reader's message is a join.

The result is what Message.personalised would make, in lines of ASCII that end in CRLF and never begin with a dot.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import IntEnum
from functools import lru_cache
from html import escape

from digests.messages import quoted_printable
from digests.messages.message import SAMPLE, Message, Recipient, message_id
from digests.rendering.mail_headers import Unwritable, bare_address, check_address, header
from digests.rendering.tokens import Token, pieces
from subscriptions.links import Around, BulkLinks, bulk_links

# In quoted-printable “=” is followed by a hexadecimal digit or a line end, so this stands in no body (RFC 2045, 6.7).
BOUNDARY = "=_newsroom_alternative"
LONGEST_URL = 900  # a header's line has at most 998 characters, and a URL cannot be folded

OWN_HEADERS = frozenset(
    {
        "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post",
        "mime-version", "content-type", "content-transfer-encoding",
    }
)  # fmt: skip

Write = Callable[[str], bytes]


class Own(IntEnum):
    """What is a reader's own in a message, in the order of Compiled.parts; the rest is the same for all of them."""

    ADDRESS = 0
    DATE = 1
    MESSAGE_ID = 2
    LINK_TOKEN = 3  # letters and digits in the midst of their URLs


# What a marker stands for: text that all readers have alike, and what is their own.
Value = tuple[str | Own, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a reader's value stands, and how it is written there."""

    own: Own
    written: Write


Parts = Iterator[bytes | Hole]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Made by compile_message. `pieces` has an empty place for every hole; `holes` says which form goes in there."""

    message: Message
    sender: str  # the address of From
    links: BulkLinks
    forms: tuple[Hole, ...]
    pieces: tuple[bytes, ...] = field(repr=False)
    holes: tuple[tuple[int, int], ...] = field(repr=False)

    def parts(self, recipient: Recipient) -> list[bytes]:
        """Return the parts of a reader's message, to be joined. Raises Unwritable for a malformed address."""
        check_address(recipient.address)
        values = (
            recipient.address,
            _date(int(time.time())),
            message_id(self.message.digest, recipient.public_id),
            self.links.token(recipient.public_id),
        )
        made = [form.written(values[form.own]) for form in self.forms]
        parts = list(self.pieces)
        for place, form in self.holes:
            parts[place] = made[form]
        return parts

    def personalised(self, recipient: Recipient) -> bytes:
        """The whole message. Raises Unwritable."""
        return b"".join(self.parts(recipient))


def compile_message(message: Message) -> Compiled:
    """Compile a message. Raises Unwritable (a ValueError), in words for the editor."""
    sender = bare_address(message.headers.get("From", ""))
    links = bulk_links(message.newsletter)
    forms: list[Hole] = []
    places: list[bytes] = []
    holes: list[tuple[int, int]] = []
    for piece in _joined(_pieces(message, links)):
        if isinstance(piece, Hole):
            if piece not in forms:
                forms.append(piece)
            holes.append((len(places), forms.index(piece)))
            places.append(b"")
        else:
            places.append(piece)
    compiled = Compiled(message, sender, links, tuple(forms), tuple(places), tuple(holes))
    compiled.personalised(SAMPLE)  # what is wrong for everybody is said before anybody is mailed
    return compiled


def _pieces(message: Message, links: BulkLinks) -> Parts:
    values: dict[Token, Value] = {
        Token.LEAVE_URL: (links.leave.before, Own.LINK_TOKEN, links.leave.after),
        Token.PREFERENCES_URL: (links.preferences.before, Own.LINK_TOKEN, links.preferences.after),
        Token.WEB_URL: (message.web_url,),
        Token.ADDRESS: (Own.ADDRESS,),
    }
    yield from _headers(message, links.leave, links.mail)
    yield from _part("text/plain", message.text, values, _in_text)
    yield from _part("text/html", message.html, values, _in_html)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def _headers(message: Message, leave: Around, mail: Around | None) -> Parts:
    headers: Mapping[str, str] = message.headers
    yield header("From", headers["From"])
    yield from (b"To: ", Hole(Own.ADDRESS, _ascii), b"\r\n")
    yield header("Subject", message.subject)
    yield from (b"Date: ", Hole(Own.DATE, _ascii), b"\r\n")
    yield from (b"Message-ID: ", Hole(Own.MESSAGE_ID, _ascii), b"\r\n")
    for name, value in headers.items():
        if name.lower() not in OWN_HEADERS | {"from"}:
            yield header(name, value)
    yield b"List-Unsubscribe: <" + _in_header(leave.before)
    yield Hole(Own.LINK_TOKEN, _ascii)
    yield _in_header(leave.after) + b">"
    if mail is not None:
        yield b",\r\n <" + _in_header(mail.before)
        yield Hole(Own.LINK_TOKEN, _ascii)
        yield b">"
    yield b"\r\n"
    yield header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    yield b"MIME-Version: 1.0\r\n"
    yield f'Content-Type: multipart/alternative;\r\n boundary="{BOUNDARY}"\r\n'.encode()


def _part(kind: str, text: str, values: Mapping[Token, Value], written: Write) -> Parts:
    yield (
        f"\r\n--{BOUNDARY}\r\n"
        f'Content-Type: {kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()
    found = pieces(text)
    try:
        for place, piece in enumerate(found):
            before = place + 1 < len(found)
            if isinstance(piece, Token):
                yield from _value(values, piece, written)
                # Two markers in a row: nothing else would part their lines.
                if before and isinstance(found[place + 1], Token):
                    yield quoted_printable.SOFT_BREAK
            else:
                yield quoted_printable.encode(piece, after_value=place > 0, before_value=before)
    except UnicodeEncodeError as error:
        raise Unwritable(f"The {kind} part holds half a character: {error}") from error


def _value(values: Mapping[Token, Value], token: Token, written: Write) -> Parts:
    """A line for each part of it."""
    if token not in values:
        raise Unwritable(f"Nothing is known to put in the place of {token.value!r}.")
    for place, part in enumerate(values[token]):
        if place:
            yield quoted_printable.SOFT_BREAK
        if part is Own.LINK_TOKEN:
            yield Hole(part, _ascii)
        elif isinstance(part, Own):
            yield Hole(part, written)
        else:
            yield written(part)


def _joined(parts: Parts) -> Parts:
    """Neighbouring bytes as one piece: fewer to join for each reader."""
    waiting = b""
    for part in parts:
        if isinstance(part, Hole):
            yield waiting
            yield part
            waiting = b""
        else:
            waiting += part
    yield waiting


def _ascii(value: str) -> bytes:
    return value.encode("ascii")


def _in_text(value: str) -> bytes:
    return quoted_printable.encode_value(value)


def _in_html(value: str) -> bytes:
    """Safe in text and in a quoted attribute."""
    return quoted_printable.encode_value(escape(value))


def _in_header(value: str) -> bytes:
    if not value.isascii() or not value.isprintable() or len(value) > LONGEST_URL:
        raise Unwritable(f"The link {value[:80]!a} cannot stand in a header.")
    if any(character in value for character in " <>"):
        raise Unwritable(f"The link {value[:80]!a} cannot stand between angle brackets.")
    return value.encode("ascii")


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    """RFC 5322 section 3.3, in UTC."""
    return formatdate(second, localtime=False).replace("-0000", "+0000")
