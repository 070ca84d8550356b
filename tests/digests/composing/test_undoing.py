import pytest
from django.contrib.auth.models import User

from digests.assembly.assembling import assemble
from digests.composing import arranging, undoing, wording
from digests.composing.arranging import Way
from digests.drafts.refusals import Refused, Stale
from digests.models import Digest, Item
from tests.builders import NOON, Press
from tests.digests.composing.conftest import Desk, item, order, section


def test_every_kind_of_change_is_undone_and_redone(
    press: Press, digest: Digest, anna: User, at: Desk
) -> None:
    today, briefs = section(digest, "Today").pk, section(digest, "Briefs").pk
    b = item(digest, "B").pk
    arranging.move(digest.pk, b, briefs, 0, at(anna))
    arranging.add(digest.pk, today, press.article("E").pk, 1, at(anna))
    arranging.remove(digest.pk, item(digest, "A").pk, at(anna))
    arranging.write(digest.pk, briefs, "F", 2, at(anna))
    wording.override(digest.pk, b, {"headline": "Bee"}, at(anna))
    arranging.resize(digest.pk, today, 2, at(anna))
    wording.write_words(digest.pk, {"subject": "Six"}, at(anna))
    done = ["E C", "Bee D F"]
    assert order(digest) == done

    for _change in range(7):
        undoing.undo(digest.pk, at(anna))
    digest.refresh_from_db()
    assert order(digest) == ["A B C", "D"]
    assert digest.subject == "What happened in the night"
    assert section(digest, "Today").slots == 50
    assert not Item.objects.filter(section__digest=digest, is_locked=True).exists()
    with pytest.raises(Refused, match="nothing of yours to undo"):
        undoing.undo(digest.pk, at(anna))

    for _change in range(7):
        undoing.redo(digest.pk, at(anna))
    digest.refresh_from_db()
    assert order(digest) == done
    assert digest.subject == "Six"
    with pytest.raises(Refused, match="nothing of yours to redo"):
        undoing.redo(digest.pk, at(anna))
    assert digest.changes.count() == 21


def test_after_something_new_nothing_is_redone(digest: Digest, anna: User, at: Desk) -> None:
    arranging.step(digest.pk, item(digest, "B").pk, Way.UP, at(anna))
    undoing.undo(digest.pk, at(anna))
    arranging.step(digest.pk, item(digest, "C").pk, Way.UP, at(anna))
    with pytest.raises(Refused, match="nothing of yours to redo"):
        undoing.redo(digest.pk, at(anna))
    assert order(digest) == ["A C B", "D"]


def test_one_undoes_only_what_one_did_oneself(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    arranging.step(digest.pk, item(digest, "B").pk, Way.UP, at(anna))
    arranging.step(digest.pk, item(digest, "D").pk, Way.UP, at(ben))
    undoing.undo(digest.pk, at(anna))
    assert order(digest) == ["A B C D", ""]


def test_what_others_did_since_to_the_same_is_not_undone_over_them(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    b = item(digest, "B").pk
    arranging.step(digest.pk, b, Way.UP, at(anna))
    arranging.move(digest.pk, b, section(digest, "Briefs").pk, 0, at(ben))
    with pytest.raises(Stale, match="ben: “B” moved"):
        undoing.undo(digest.pk, at(anna))
    assert order(digest) == ["A C", "B D"]
    # When Ben takes his back, Anna may.
    undoing.undo(digest.pk, at(ben))
    undoing.undo(digest.pk, at(anna))
    assert order(digest) == ["A B C", "D"]


def test_a_removed_story_comes_back_with_its_words_and_number(
    digest: Digest, anna: User, at: Desk
) -> None:
    b = item(digest, "B").pk
    wording.override(digest.pk, b, {"kicker": "Harbour", "blurb": "Why."}, at(anna))
    arranging.remove(digest.pk, b, at(anna))
    undoing.undo(digest.pk, at(anna))
    back = Item.objects.get(pk=b)
    assert (back.kicker, back.blurb, order(digest)) == ("Harbour", "Why.", ["A B C", "D"])


def test_assembling_again_is_undone_by_whoever_asked_for_it(
    press: Press, anna: User, at: Desk
) -> None:
    digest = press.digest(press.newsletter())
    press.article("A")
    assemble(digest.pk, now=NOON, again=True)
    press.article("B")
    assemble(digest.pk, now=NOON, again=True, by=anna)
    assert order(digest) == ["B A"]
    undoing.undo(digest.pk, at(anna))
    assert order(digest) == ["A"]
    with pytest.raises(Refused, match="nothing of yours"):
        undoing.undo(digest.pk, at(anna))


def test_what_was_added_again_elsewhere_does_not_come_back_twice(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    b = item(digest, "B")
    assert b.article_id is not None
    arranging.remove(digest.pk, b.pk, at(anna))
    arranging.add(digest.pk, section(digest, "Briefs").pk, b.article_id, 0, at(ben))
    with pytest.raises(Refused, match="in this digest already"):
        undoing.undo(digest.pk, at(anna))
    assert order(digest) == ["A C", "B D"]
