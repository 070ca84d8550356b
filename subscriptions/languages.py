"""The languages that Django can format dates in, and the side of the page each begins on."""

from typing import Literal

from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _


def direction_of(language: str) -> Literal["ltr", "rtl"]:
    """Left to right for a language that nobody here knows."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def validate_language(value: str) -> None:
    try:
        get_language_info(value)
    except KeyError:
        raise ValidationError(
            _("“%(language)s” is no language we know; write a code such as en, de or pt-br."),
            params={"language": value},
        ) from None
