"""What a field of a person's making must look like, so that it can stand in a mail."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from digests.rendering.rich_text import clean_rich_text
from digests.rendering.well_formed import TooMuch

# They say how a request is to be read, or are ours to set.
_OURS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "content-type", "expect", "host", "if-modified-since",
        "if-none-match", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip


def validate_header_name(value: str) -> None:
    """The name of a header that a person may send with a request (RFC 9110 section 5.1)."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", value) or value.lower() in _OURS:
        raise ValidationError(
            _("This cannot be the name of a header with a key, such as X-API-Key.")
        )


def validate_rich_text(value: str) -> None:
    """Refuse what is too long for any mail, or nests too deeply to be set."""
    try:
        clean_rich_text(value)
    except TooMuch as error:
        raise ValidationError(str(error)) from error
