"""The same event from two agencies is one story for a rule."""

import pytest

from digests.assembly.alike import is_alike, traits_of
from digests.assembly.assembling import assemble
from digests.models import Article, Item
from tests.builders import NOON, Press

QUAKE = "Quake of magnitude 6.1 hits Port Aldwyn, 12 injured"
HURT = "A quake hit Port Aldwyn on Sunday, injuring 12."


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    first, second = (
        traits_of(Article(headline=words[0], summary=words[1])) for words in (one, other)
    )
    assert is_alike(first, second) is is_alike(second, first)
    return is_alike(first, second)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((QUAKE, HURT), ("Magnitude 6.1 quake hits Port Aldwyn; 12 injured", HURT), True),
        ((QUAKE, HURT), ("Magnitude 6.1 quake hits Port Aldwyn; 12 injured", ""), True),
        (("Council passes the budget by one vote", "The budget passed at midnight after nine hours."),
         ("Budget passes council by one vote", "The budget passed at midnight after nine hours of debate."), True),
        ((QUAKE, HURT), (QUAKE.replace("12", "40"), HURT), False),
        (("Council votes on the budget today", "Nine million are at stake."),
         ("Council votes on the harbour today", "A new quay is planned."), False),
        (("Rovers beat United in the cup", "A late goal."), ("United beat City in the league", "A late goal."), False),
        (("Story 1", "Two sentences."), ("Story 2", "Two sentences."), False),
        (("Mayor resigns", "He goes."), ("Mayor resigns", "He goes."), False),  # too few words to tell
    ],
)  # fmt: skip
def test_what_tells_of_one_event(
    one: tuple[str, str], other: tuple[str, str], expected: bool
) -> None:
    assert alike(one, other) is expected


def test_no_rule_fills_in_an_event_twice(press: Press) -> None:
    newsletter = press.newsletter()
    press.article(QUAKE, summary=HURT, source=press.source())
    press.article(
        "Magnitude 6.1 quake hits Port Aldwyn; 12 injured", summary=HURT, source=press.source()
    )
    press.article("The ferry is back after nine days")
    digest = press.digest(newsletter, assembled_at=None)
    assemble(digest.pk, now=NOON)
    assert Item.objects.filter(section__digest=digest).count() == 2
    # Nor beside one that an editor has picked.
    Item.objects.filter(section__digest=digest).exclude(article__headline__contains="uake").delete()
    Item.objects.update(is_locked=True)
    assemble(digest.pk, now=NOON, again=True)
    headlines = [item.shown_headline for item in Item.objects.filter(section__digest=digest)]
    assert sum("uake" in headline for headline in headlines) == 1
