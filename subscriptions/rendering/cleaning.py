"""What text and links from outside must lose before they may stand in a mail."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

SAFE_SCHEMES = frozenset({"http", "https"})
# Bidirectional embeddings, overrides and isolates: unbalanced, they turn what follows around.
# The plain marks U+200E and U+200F stay, because Arabic and Hebrew headlines need them.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control characters, lone surrogates (cannot be encoded), private use (our markers).
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Co"})
_WHITE_SPACE = re.compile(r"\s+")
_MEANT_LITERALLY_IN_LINKS = "!#$%&'()*+,/:;=?@[]~"


class RefusedLinkError(ValueError):
    """A link that a reader must not be led to, said in words for the editor."""


def clean(text: str) -> str:
    """The text on one line, without characters that could steer the mail around it.

    Private-use characters go, so that no article can forge the marker of a reader's token.
    """
    kept = "".join(c for c in text if c.isspace() or _may_stay(c))
    return _WHITE_SPACE.sub(" ", kept).strip()


def clean_lines(text: str) -> str:
    """The lines of, say, a postal address, cleaned and put on one with commas."""
    lines = (clean(line).rstrip(",") for line in text.splitlines())
    return ", ".join(line for line in lines if line)


def clean_link(url: str, *, owner: str) -> str:
    """An absolute http(s) link without white space; `owner` names its place in the error.

    Letters outside ASCII stay as they are: mail clients show and follow them.
    """
    stripped = "".join(character for character in url.strip() if _may_stay(character))
    try:
        parts = urlsplit(stripped)
        has_host = bool(parts.hostname)
    except ValueError:
        raise RefusedLinkError(f"The link of {owner} is not a web address: {url!r}") from None
    if parts.scheme.lower() not in SAFE_SCHEMES or not has_host:
        raise RefusedLinkError(
            f"The link of {owner} must begin with https:// or http://, not {url[:80]!r}"
        )
    if re.search(r"\s", parts.netloc):
        raise RefusedLinkError(f"The link of {owner} has a space in its host: {url[:80]!r}")
    return "".join(_percent_encoded(character) for character in stripped)


def clean_optional_link(url: str, *, owner: str) -> str:
    """Clean a link as clean_link does; an empty link stays empty."""
    return clean_link(url, owner=owner) if url.strip() else ""


def _may_stay(character: str) -> bool:
    if character in _BIDI_CONTROLS or ord(character) & 0xFFFE == 0xFFFE:  # U+nFFFE, U+nFFFF
        return False
    return unicodedata.category(character) not in _FORBIDDEN_CATEGORIES


def _percent_encoded(character: str) -> str:
    """Encodes what would end a link in HTML or plain text: white space, quotes, angle brackets."""
    if character.isspace() or character.isascii():
        return quote(character, safe=_MEANT_LITERALLY_IN_LINKS)
    return character
