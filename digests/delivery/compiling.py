"""A version compiled once: byte pieces with holes, so that a reader's message is a join.

The result is what Message.made_out_to would make, in lines of ASCII that end in CRLF and never begin with a dot.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from html import escape
from typing import cast

from digests.delivery import quoted_printable
from digests.delivery.mail_headers import Unwritable, bare_address, check_address, header
from digests.delivery.messages import SAMPLE, Message, Recipient, message_id
from digests.rendering.tokens import Token, pieces

# In quoted-printable “=” is followed by a hexadecimal digit or a line end, so this stands in no body (RFC 2045, 6.7).
BOUNDARY = "=_newsroom_alternative"
LONGEST_URL = 900  # a header's line has at most 998 characters, and a URL cannot be folded

# Beside the markers of the bodies, what in the headers is a reader's own.
DATE, MESSAGE_ID = "date", "message_id"
OWN_HEADERS = frozenset(
    {
        "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post",
        "mime-version", "content-type", "content-transfer-encoding",
    }
)  # fmt: skip

Write = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a reader's value stands, and how it is written there."""

    value: str
    written: Write


@dataclass(frozen=True, slots=True)
class Compiled:
    """Made by compile_message. `pieces` has an empty place for every hole; `holes` says which form goes in there."""

    message: Message
    sender: str  # the address of From
    forms: tuple[Hole, ...]
    pieces: tuple[bytes, ...] = field(repr=False)
    holes: tuple[tuple[int, int], ...] = field(repr=False)

    def parts(self, recipient: Recipient) -> list[bytes]:
        """To be joined. Raises Unwritable for an address that cannot stand in a mail."""
        check_address(recipient.address)
        # A token is a str; the two below stand beside them.
        values = cast("dict[str, str]", self.message.values_for(recipient))
        values[DATE] = _date(int(time.time()))
        values[MESSAGE_ID] = message_id(self.message.digest, recipient.public_id)
        made = [form.written(values[form.value]) for form in self.forms]
        parts = list(self.pieces)
        for place, form in self.holes:
            parts[place] = made[form]
        return parts

    def made_out_to(self, recipient: Recipient) -> bytes:
        """The whole message. Raises Unwritable."""
        return b"".join(self.parts(recipient))


def compile_message(message: Message) -> Compiled:
    """Raises Unwritable (a ValueError), in words for the editor, and KeyError for a marker without a value."""
    forms: list[Hole] = []
    places: list[bytes] = []
    holes: list[tuple[int, int]] = []
    for piece in _joined(_pieces(message)):
        if isinstance(piece, Hole):
            if piece not in forms:
                forms.append(piece)
            holes.append((len(places), forms.index(piece)))
            places.append(b"")
        else:
            places.append(piece)
    sender = bare_address(message.headers.get("From", ""))
    compiled = Compiled(message, sender, tuple(forms), tuple(places), tuple(holes))
    compiled.made_out_to(SAMPLE)  # what is wrong for everybody is said before anybody is mailed
    return compiled


def _pieces(message: Message) -> Iterator[bytes | Hole]:
    alike = {Token.WEB_URL: message.web_url}
    yield from _headers(message)
    yield from _part("text/plain", message.text, _in_text, alike)
    yield from _part("text/html", message.html, _in_html, alike)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def _headers(message: Message) -> Iterator[bytes | Hole]:
    headers: Mapping[str, str] = message.headers
    yield header("From", headers["From"])
    yield from (b"To: ", Hole(Token.ADDRESS, _ascii), b"\r\n")
    yield header("Subject", message.subject)
    yield from (b"Date: ", Hole(DATE, _ascii), b"\r\n")
    yield from (b"Message-ID: ", Hole(MESSAGE_ID, _ascii), b"\r\n")
    for name, value in headers.items():
        if name.lower() not in OWN_HEADERS | {"from"}:
            yield header(name, value)
    yield from (b"List-Unsubscribe: <", Hole(Token.LEAVE_URL, _in_header), b">\r\n")
    yield header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    yield b"MIME-Version: 1.0\r\n"
    yield f'Content-Type: multipart/alternative;\r\n boundary="{BOUNDARY}"\r\n'.encode()


def _part(
    kind: str, text: str, written: Write, alike: Mapping[Token, str]
) -> Iterator[bytes | Hole]:
    """`alike`: the values that are the same for every reader."""
    yield (
        f"\r\n--{BOUNDARY}\r\n"
        f'Content-Type: {kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()
    found = pieces(text)
    for place, piece in enumerate(found):
        if isinstance(piece, Token):
            yield written(alike[piece]) if piece in alike else Hole(piece, written)
            # Two values in a row: what parts them is the empty text between.
            if place + 1 < len(found) and isinstance(found[place + 1], Token):
                yield quoted_printable.SOFT_BREAK
            continue
        before = place + 1 < len(found)
        try:
            yield quoted_printable.encode(piece, after_value=place > 0, before_value=before)
        except UnicodeEncodeError as error:
            raise Unwritable(f"The {kind} part holds half a character: {error}") from error


def _joined(parts: Iterator[bytes | Hole]) -> Iterator[bytes | Hole]:
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
