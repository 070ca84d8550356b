"""What rendering gives back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's words. The HTML and text of a digest still hold markers of reader's tokens."""

    subject: str
    preheader: str
    html: str
    text: str
