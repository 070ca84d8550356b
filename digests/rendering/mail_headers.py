"""Header lines as RFC 5322 and RFC 2047 want them: ASCII, folded, nothing smuggled in."""

import base64
import re
import unicodedata
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.utils import getaddresses

LINE = 76  # RFC 2047 section 2 for lines with encoded words; RFC 5322 asks for 78
LONGEST_WORD = 900  # RFC 5322 section 2.1.1: a line has at most 998 characters
LONGEST_ADDRESS, LONGEST_LOCAL_PART = 254, 64  # RFC 5321 section 4.5.3.1
ENCODED_BYTES = 30  # become 52 characters, which stand beside any header's name
SHORT_PHRASE = 50

_NAME = re.compile(r"[!-9;-~]{1,60}")
_WORDS = re.compile(rf"[!-~]{{1,{LONGEST_WORD}}}(?: [!-~]{{1,{LONGEST_WORD}}})*")
_ADDRESS = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+)@([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)"
)
_IDENTIFIED = re.compile(r"(.*) <([!-;=?-~]+)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')

ADDRESS_HEADERS = frozenset({"from", "sender", "reply-to"})
IDENTIFIED_HEADERS = frozenset({"list-id"})


class Unwritable(ValueError):
    """The text cannot stand in an email; the message says what and why."""


def header(name: str, value: str) -> bytes:
    """Write one header with its line end. Raises Unwritable."""
    if not _NAME.fullmatch(name):
        raise Unwritable(f"{name!r} is no name of a header.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise Unwritable(f"The header {name} holds a line break or another control character.")
    return _folded(name, list(_tokens(name.lower(), value)))


def list_id(name: str, identifier: str) -> str:
    """The value of List-Id, in ASCII on every way out: RFC 2919 has programs look for the identifier in clear."""
    return " ".join([*_phrase(name), f"<{identifier}>"])


def check_address(address: str) -> None:
    """Check an address. Raises Unwritable for what a server would not take, or would take for something else."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise Unwritable(f"The address {address[:80]!a} {_what_is_wrong(address)}.")
    if found.end(1) > LONGEST_LOCAL_PART or len(address) > LONGEST_ADDRESS:
        raise Unwritable(f"The address {address[:80]!a} is too long.")


def _what_is_wrong(address: str) -> str:
    if not address.isascii():
        return "is not ASCII; its domain needs its A-label form"
    if not address.isprintable():
        return "holds a line break or another control character"
    return "is none that a mail server takes"


def bare_address(value: str) -> str:
    """The address of a From header, for the envelope. Raises Unwritable."""
    # Debian's Python 3.11.2 finds one empty address where nothing stands.
    found = [pair for pair in getaddresses([value]) if any(pair)]
    if len(found) != 1:
        raise Unwritable(f"From must name one sender, not {len(found)}.")
    check_address(found[0][1])
    return found[0][1]


def _tokens(name: str, value: str) -> Iterator[str]:
    """What a line may be folded between."""
    identified = _IDENTIFIED.fullmatch(value) if name in IDENTIFIED_HEADERS else None
    if identified is not None:
        yield from _phrase(_unwrapped(identified[1]))
        yield f"<{identified[2]}>"
    elif name in ADDRESS_HEADERS:
        yield from _mailboxes(value)
    elif not value or (_WORDS.fullmatch(value) and "=?" not in value):
        yield from value.split(" ")
    else:
        yield from _encoded_words(value)


def _mailboxes(value: str) -> Iterator[str]:
    found = getaddresses([value])
    for place, (phrase, address) in enumerate(found):
        check_address(address)
        comma = "," if place < len(found) - 1 else ""
        if phrase:
            yield from _phrase(phrase)
            yield f"<{address}>{comma}"
        else:
            yield f"{address}{comma}"


def _unwrapped(phrase: str) -> str:
    """The name that a quoted string or encoded words stand for."""
    quoted = _QUOTED.fullmatch(phrase)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else str(make_header(decode_header(phrase)))


def _phrase(text: str) -> Iterator[str]:
    """A display name: a quoted string where that does, else encoded words."""
    if text.isascii() and len(text) <= SHORT_PHRASE and "=?" not in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        yield f'"{escaped}"'
    elif text:
        yield from _encoded_words(text)


def _encoded_words(text: str) -> Iterator[str]:
    """Readers drop the blank between two encoded words, so the text comes back as it was."""
    chunk = b""
    for character in text:
        more = character.encode()
        if len(chunk) + len(more) > ENCODED_BYTES:
            yield _encoded_word(chunk)
            chunk = b""
        chunk += more
    yield _encoded_word(chunk)


def _encoded_word(chunk: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(chunk).decode()}?="


def _folded(name: str, tokens: list[str]) -> bytes:
    lines = [f"{name}:"]
    for place, token in enumerate(tokens):
        # The first token stays on the first line: a line of blanks only would end the headers for some readers.
        if place and len(lines[-1]) + 1 + len(token) > LINE:
            lines.append("")
        lines[-1] += f" {token}"
    return "\r\n".join(lines).encode("ascii") + b"\r\n"
