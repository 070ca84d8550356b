"""Text as quoted-printable (RFC 2045 section 6.7), in pieces that may be joined around a reader's own values.

Pure ASCII in lines of at most 76 characters, so that any server takes it. No line begins with a dot: the same bytes
serve DATA, which doubles such dots, and BDAT, which does not. None begins with “From ”, which mailbox files alter.
"""

import re

LINE = 76
SOFT_BREAK = b"=\r\n"
# A value that needs no escapes: printable, without blanks and the escape sign.
_PLAIN_VALUE = re.compile(r"[!-<>-~]+")
_UNSAFE = re.compile(rb"[^\t -<>-~]")
_NEWLINE = re.compile(r"\r\n|\r|\n")


def encode(text: str, *, after_value: bool = False, before_value: bool = False) -> bytes:
    """The text between two values, or between a value and an end. Raises ValueError for lone surrogates.

    A value stands on a line of its own, soft breaks before and after it, so no value makes a line too long.
    """
    lines = _NEWLINE.split(text)
    last = len(lines) - 1
    encoded = [
        _line(line, is_open=before_value and place == last) for place, line in enumerate(lines)
    ]
    if after_value and (encoded[0] or not last):
        encoded[0] = SOFT_BREAK + encoded[0]
    if before_value and encoded[last] and not encoded[last].endswith(SOFT_BREAK):
        encoded[last] += SOFT_BREAK
    return b"\r\n".join(encoded)


def encode_value(value: str) -> bytes:
    """A reader's own value, to be put between two pieces. Called several times a reader, so most go the short way."""
    if _PLAIN_VALUE.fullmatch(value):
        room = LINE - 1
        lines = [value[start : start + room] for start in range(0, len(value), room)]
        plain = "=\r\n".join(lines)
        if plain[0] != "." and "\n." not in plain:
            return plain.encode("ascii")
    if _NEWLINE.search(value):
        raise ValueError("A reader's own value cannot hold a line break.")
    return _line(value, is_open=True)


def _line(text: str, *, is_open: bool) -> bytes:
    """`is_open`: a soft break follows, which takes a character and protects a blank at the end."""
    encoded = _UNSAFE.sub(_escape, text.encode())
    if not is_open and encoded.endswith((b" ", b"\t")):
        encoded = encoded[:-1] + b"=%02X" % encoded[-1]
    room = LINE - 1 if is_open else LINE
    lines = []
    rest = _guarded(encoded)
    while len(rest) > room:
        cut = LINE - 1
        escape = rest.rfind(b"=", cut - 2, cut)  # =XX stays in one piece
        if escape >= 0:
            cut = escape
        lines.append(rest[:cut])
        rest = _guarded(rest[cut:])
    lines.append(rest)
    return SOFT_BREAK.join(lines)


def _escape(found: re.Match[bytes]) -> bytes:
    return b"=%02X" % found[0][0]


def _guarded(line: bytes) -> bytes:
    if line.startswith((b".", b"From ")):
        return b"=%02X" % line[0] + line[1:]
    return line
