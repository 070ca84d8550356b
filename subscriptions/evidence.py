"""Where and how a reader said something: what a consent row keeps as its proof."""

from dataclasses import dataclass

# The version of the words on the sign-up form and in the confirmation; change it with the words.
WORDING = "2026-12"


@dataclass(frozen=True, slots=True)
class Evidence:
    form: str
    source_url: str = ""
    ip: str | None = None
    wording: str = WORDING
    embedded_form_id: int | None = None  # of the row, where an embedded form was used
