from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from digests.assembly.assembling import assemble
from digests.composing import filling, undoing
from digests.drafts.refusals import Refused
from digests.models import Digest
from tests.builders import NOON, Press
from tests.digests.composing.conftest import Desk, order, section


@pytest.fixture
def assembled(press: Press) -> Digest:
    """“Today”, with places for five and three stories in them."""
    digest = press.digest(press.newsletter())
    for name in "ABC":
        press.article(name)
    assemble(digest.pk, now=NOON, again=True)
    return digest


def test_what_the_rule_would_add_is_shown_and_added(
    press: Press, assembled: Digest, anna: User, at: Desk
) -> None:
    today = section(assembled, "Today")
    older = press.article("E", published_at=NOON - timedelta(hours=3))
    fresh = press.article("F", published_at=NOON - timedelta(hours=2))
    press.article("Too many", published_at=NOON - timedelta(hours=4))
    assert filling.would_fill(assembled, as_of=NOON) == {today.pk: [fresh, older]}

    filling.fill(assembled.pk, today.pk, at(anna), as_of=NOON)
    assert order(assembled) == ["C B A F E"]
    assert not today.items.filter(is_locked=True).exists()
    with pytest.raises(Refused, match="No other story fits “Today”"):
        filling.fill(assembled.pk, today.pk, at(anna), as_of=NOON)
    undoing.undo(assembled.pk, at(anna))
    assert order(assembled) == ["C B A"]


def test_a_section_of_the_editors_own_has_no_rule(digest: Digest) -> None:
    assert filling.would_fill(digest, as_of=NOON) == {}
