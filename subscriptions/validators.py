"""What a field of a person's making must look like, so that it can stand in a header or a style."""

import re
import unicodedata
import zoneinfo
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.utils.translation import gettext_lazy as _

# U+E000 to U+F8FF mark a reader's own values in a rendered version (digests/rendering/tokens.py).
FORBIDDEN = {"Cc", "Cs", "Co", "Zl", "Zp"}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

validate_colour = RegexValidator(COLOUR.pattern + r"\Z", _("Write a colour as #1a2b3c."))


# What a browser opens from a mail. Django's own URLs may be ftp, too.
validate_web_address = URLValidator(
    schemes=["http", "https"], message=_("Write an address that begins with https:// or http://.")
)


def validate_one_line(value: str) -> None:
    """Refuse what could break out of a mail header: line breaks and every other control character."""
    for character in value:
        if unicodedata.category(character) in FORBIDDEN:
            raise ValidationError(
                _("It must be one line of plain text (it holds the character %(code)s)."),
                params={"code": f"U+{ord(character):04X}"},
            )


def validate_private_way(value: str) -> None:
    """https, or an address that leaves no machine."""
    parts = urlsplit(value)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValidationError(_("It must begin with https://, so that nobody reads along."))


def is_zone(value: str) -> bool:
    return value in zoneinfo.available_timezones()


def validate_zone(value: str) -> None:
    if not is_zone(value):
        raise ValidationError(
            _("“%(zone)s” is no time zone; write one such as Europe/Paris."), params={"zone": value}
        )
