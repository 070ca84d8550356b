"""What a field of a person's making must look like, so that it can stand in a mail."""

from django.core.exceptions import ValidationError

from digests.rendering.rich_text import clean_rich_text
from digests.rendering.well_formed import TooMuch


def validate_rich_text(value: str) -> None:
    """Refuse what is too long for any mail, or nests too deeply to be set."""
    try:
        clean_rich_text(value)
    except TooMuch as error:
        raise ValidationError(str(error)) from error
