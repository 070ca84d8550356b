from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from pytest_django import DjangoAssertNumQueries

from digests.choices import DigestState
from digests.composing import arranging
from digests.composing.arranging import Way
from digests.drafts.refusals import Refused, Stale
from digests.models import Digest, Item
from tests.builders import DAY, Press
from tests.digests.composing.conftest import Desk, item, order, section


@pytest.mark.parametrize(
    ("headline", "way", "expected"),
    [
        ("B", Way.UP, ["B A C", "D"]),
        ("B", Way.DOWN, ["A C B", "D"]),
        ("C", Way.DOWN, ["A B", "C D"]),
        ("D", Way.UP, ["A B C D", ""]),
    ],
)
def test_a_story_steps_one_place_and_past_the_end_of_its_section(
    digest: Digest, anna: User, at: Desk, headline: str, way: Way, expected: list[str]
) -> None:
    arranging.step(digest.pk, item(digest, headline).pk, way, at(anna))
    assert order(digest) == expected


def test_at_the_end_of_the_digest_nothing_moves(digest: Digest, anna: User, at: Desk) -> None:
    with pytest.raises(Refused, match="at the end"):
        arranging.step(digest.pk, item(digest, "A").pk, Way.UP, at(anna))
    assert order(digest) == ["A B C", "D"]
    assert not digest.changes.exists()


@pytest.mark.parametrize(
    ("headline", "heading", "place", "expected"),
    [
        ("A", "Today", 2, ["B C A", "D"]),
        ("C", "Today", 0, ["C A B", "D"]),
        ("A", "Briefs", 1, ["B C", "D A"]),
        ("A", "Briefs", 99, ["B C", "D A"]),
        ("A", "Briefs", -1, ["B C", "A D"]),
    ],
)
def test_a_story_moves_to_any_place(
    digest: Digest,
    anna: User,
    at: Desk,
    headline: str,
    heading: str,
    place: int,
    expected: list[str],
) -> None:
    story = item(digest, headline)
    arranging.move(digest.pk, story.pk, section(digest, heading).pk, place, at(anna))
    assert order(digest) == expected
    story.refresh_from_db()
    assert story.is_locked


def test_a_move_to_where_it_stands_is_no_change(digest: Digest, anna: User, at: Desk) -> None:
    Item.objects.update(is_locked=True)
    edit = arranging.move(digest.pk, item(digest, "B").pk, section(digest, "Today").pk, 1, at(anna))
    assert edit.change is None
    digest.refresh_from_db()
    assert digest.revision == 0


def test_a_story_is_added_once_and_removed(
    press: Press, digest: Digest, anna: User, at: Desk
) -> None:
    article, today = press.article("E"), section(digest, "Today")
    arranging.add(digest.pk, today.pk, article.pk, 1, at(anna))
    assert order(digest) == ["A E B C", "D"]
    assert item(digest, "E").seen_headline == "E"
    with pytest.raises(Refused, match="“E” is in this digest already"):
        arranging.add(digest.pk, section(digest, "Briefs").pk, article.pk, 0, at(anna))
    arranging.remove(digest.pk, item(digest, "E").pk, at(anna))
    assert order(digest) == ["A B C", "D"]


def test_a_story_whose_article_was_deleted_is_not_added(
    press: Press, digest: Digest, anna: User, at: Desk
) -> None:
    article = press.article("E")
    article_id = article.pk
    article.delete()
    with pytest.raises(Refused, match="That story is gone"):
        arranging.add(digest.pk, section(digest, "Today").pk, article_id, 0, at(anna))


def test_a_story_is_written_by_hand(digest: Digest, anna: User, at: Desk) -> None:
    today = section(digest, "Today").pk
    arranging.write(digest.pk, today, "  Clocks go back tonight ", 0, at(anna))
    written = Item.objects.get(article=None)
    assert (written.headline, written.shown_url, written.is_locked) == (
        "Clocks go back tonight",
        "",
        True,
    )
    with pytest.raises(Refused, match="headline first"):
        arranging.write(digest.pk, today, "  ", 0, at(anna))
    with pytest.raises(ValidationError):
        arranging.write(digest.pk, today, "x" * 301, 0, at(anna))


def test_a_story_is_locked_and_unlocked(digest: Digest, anna: User, at: Desk) -> None:
    a = item(digest, "A")
    for is_locked in (True, False):
        arranging.lock(digest.pk, a.pk, at(anna), is_locked=is_locked)
        a.refresh_from_db()
        assert a.is_locked is is_locked


@pytest.mark.parametrize(("slots", "is_allowed"), [(0, False), (1, True), (50, True), (51, False)])
def test_a_section_has_from_one_to_fifty_places(
    digest: Digest, anna: User, at: Desk, slots: int, is_allowed: bool
) -> None:
    today = section(digest, "Today")
    if is_allowed:
        arranging.resize(digest.pk, today.pk, slots, at(anna))
        today.refresh_from_db()
        assert today.slots == slots
    else:
        with pytest.raises(Refused, match="from 1 to 50"):
            arranging.resize(digest.pk, today.pk, slots, at(anna))


def test_a_story_of_another_digest_is_not_touched(
    press: Press, digest: Digest, anna: User, at: Desk
) -> None:
    other = press.digest(digest.newsletter, local_date=DAY + timedelta(days=1))
    press.carry(other, press.article("X"))
    with pytest.raises(Refused, match="no longer in this digest"):
        arranging.remove(digest.pk, item(other, "X").pk, at(anna))
    assert order(other) == ["X"]


def test_a_digest_that_is_under_way_is_not_changed(digest: Digest, anna: User, at: Desk) -> None:
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.CANCELLED)
    with pytest.raises(Refused, match="It is cancelled, so it can no longer be changed"):
        arranging.step(digest.pk, item(digest, "B").pk, Way.UP, at(anna))


def test_what_somebody_else_moved_is_not_moved_from_a_stale_page(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    b, briefs = item(digest, "B"), section(digest, "Briefs")
    arranging.move(digest.pk, b.pk, briefs.pk, 0, at(ben, 0))
    with pytest.raises(Stale, match="ben: “B” moved to place 1 of “Briefs”"):
        arranging.step(digest.pk, b.pk, Way.UP, at(anna, 0))
    assert order(digest) == ["A C", "B D"]
    # Another story may move from the same page: nobody has touched it.
    arranging.step(digest.pk, item(digest, "C").pk, Way.UP, at(anna, 0))
    assert order(digest) == ["C A", "B D"]


def test_what_somebody_else_rewrote_is_not_removed_from_a_stale_page(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    b = item(digest, "B")
    arranging.lock(digest.pk, b.pk, at(ben, 0), is_locked=True)
    with pytest.raises(Stale):
        arranging.remove(digest.pk, b.pk, at(anna, 0))
    arranging.remove(digest.pk, b.pk, at(anna, 1))
    assert order(digest) == ["A C", "D"]


def test_the_cost_of_a_move_does_not_grow_with_the_digest(
    press: Press,
    digest: Digest,
    anna: User,
    at: Desk,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    today = section(digest, "Today")
    for place in range(40):
        last = Item.objects.create(section=today, article=press.article(), position=3 + place)
    with django_assert_max_num_queries(12):
        arranging.move(digest.pk, last.pk, today.pk, 0, at(anna))
