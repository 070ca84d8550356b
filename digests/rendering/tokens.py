"""What in a mail is a reader's own, and how it is put in after rendering.

A marker is a name between two private-use characters. Cleaning takes those characters out of
every other text, so an article can neither forge a marker nor be mistaken for one: `{{settings}}`,
`%recipient.name%` and `*|NAME|*` in a headline are only words.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKER = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")


class Token(StrEnum):
    LEAVE_URL = "leave_url"  # the page where a reader leaves this newsletter
    PREFERENCES_URL = "preferences_url"
    WEB_URL = "web_url"  # the digest in the browser
    ADDRESS = "address"


# Bytes that a filled token takes at most, to weigh a mail before its readers are known: the
# longest site names and signed links that we make, and RFC 5321's 254 for an address.
LONGEST_BYTES: Mapping[Token, int] = {
    Token.LEAVE_URL: 220,
    Token.PREFERENCES_URL: 220,
    Token.WEB_URL: 220,
    Token.ADDRESS: 254,
}


def marker(token: Token) -> str:
    return f"{_OPEN}{token.value}{_CLOSE}"


def pieces(text: str) -> tuple[str | Token, ...]:
    """The text cut at its markers: what every reader has alike, and the tokens between."""
    parts = _MARKER.split(text)
    return tuple(Token(part) if place % 2 else part for place, part in enumerate(parts) if part)


def tokens_in(text: str) -> frozenset[Token]:
    return frozenset(piece for piece in pieces(text) if isinstance(piece, Token))


def marker_free(text: str) -> str:
    """With nothing where the markers stand."""
    return _MARKER.sub("", text)


def fill(text: str, values: Mapping[Token, str], escape: Callable[[str], str]) -> str:
    """The text with every marker replaced by its escaped value.

    A token without a value raises KeyError: nobody is sent a mail with a hole in it.
    """
    return "".join(
        escape(values[piece]) if isinstance(piece, Token) else piece for piece in pieces(text)
    )
