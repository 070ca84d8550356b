"""How a newsletter is offered."""

import pytest
from django.utils import translation

from subscriptions.cards import cards
from subscriptions.models import Newsletter


@pytest.mark.parametrize(
    ("own", "page", "shown"),
    [
        ("en", "en", ""),
        ("en-gb", "en", ""),
        ("fr", "en", "Français"),
        ("ar", "en", "العربيّة"),
        ("en", "fr", "English"),
        ("tlh", "en", "tlh"),
    ],
)
def test_a_language_is_named_in_its_own_words_where_it_is_another(
    own: str, page: str, shown: str
) -> None:
    newsletter = Newsletter(name="Morning Briefing", slug="morning-briefing", language=own)
    with translation.override(page):
        (card,) = cards([newsletter], chosen=[])
        assert card.language == shown


def test_what_a_stranger_chose_beforehand_is_only_compared() -> None:
    newsletter = Newsletter(name="Morning Briefing", slug="morning-briefing")
    assert cards([newsletter], chosen=["morning-briefing", "\x00", ""])[0].is_chosen
    assert not cards([newsletter], chosen=["\x00", ""])[0].is_chosen
