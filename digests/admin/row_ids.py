"""Ids of rows as pages send them back."""

MOST_DIGITS = 18  # of a bigint, and never too many for it


def row_id(text: str) -> int | None:
    """An id, or a place in a list; None for whatever is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None
