"""A name inside a sentence that runs the other way keeps its own order."""

import pytest

from subscriptions.rendering.isolating import isolated

MARKED = "\u2068{}\u2069"


@pytest.mark.parametrize(
    ("name", "language", "is_marked"),
    [
        ("5 Things", "ar", True),
        ("نشرة الصباح", "ar", True),
        ("نشرة الصباح", "de", True),
        ("חדשות", "en", True),
        ("5 Things", "de", False),
        ("Żółć & Co.", "fr-ca", False),
        ("", "ar", False),
    ],
)
def test_a_name_is_marked_where_it_could_be_shown_in_another_order(
    name: str, language: str, is_marked: bool
) -> None:
    assert isolated(name, language) == (MARKED.format(name) if is_marked else name)
