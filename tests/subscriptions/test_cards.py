"""How a newsletter is offered."""

import pytest
from django.utils import translation

from subscriptions.cards import cards, chosen_first
from subscriptions.models import Newsletter, NewsletterGroup


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


def test_who_comes_by_a_link_to_one_finds_it_first_and_the_rest_as_ever() -> None:
    news, slow = NewsletterGroup(pk=1, name="News"), NewsletterGroup(pk=2, name="Slow")
    places = (
        ("briefing", news),
        ("alerts", news),
        ("good", slow),
        ("stage", slow),
        ("other", None),
    )
    offered = [Newsletter(name=slug, slug=slug, group=group) for slug, group in places]

    def order(*chosen: str) -> list[str]:
        return [newsletter.slug for newsletter in chosen_first(offered, chosen)]

    assert order() == ["briefing", "alerts", "good", "stage", "other"]
    assert order("stage") == ["stage", "good", "briefing", "alerts", "other"]
    assert order("stage", "alerts") == ["alerts", "briefing", "stage", "good", "other"]
    assert order("other") == ["other", "briefing", "alerts", "good", "stage"]
    assert order("nothing of ours") == order()
