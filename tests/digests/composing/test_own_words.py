"""The subject that we wrote follows the lead; one that an editor wrote is left alone."""

import pytest
from django.contrib.auth.models import User

from digests.composing import arranging, undoing, wording
from digests.composing.arranging import Way
from digests.models import Digest
from tests.builders import Press
from tests.digests.composing.conftest import Desk, item, section

OURS = ("Morning Briefing: A", "B; C; D")


@pytest.fixture
def ours(digest: Digest) -> Digest:
    digest.subject, digest.preheader = OURS
    digest.save()
    return digest


def words(digest: Digest) -> tuple[str, str]:
    digest.refresh_from_db()
    return digest.subject, digest.preheader


def test_they_follow_what_is_moved_removed_added_and_rewritten(
    ours: Digest, press: Press, anna: User, at: Desk
) -> None:
    arranging.step(ours.pk, item(ours, "B").pk, Way.UP, at(anna))
    assert words(ours) == ("Morning Briefing: B", "A; C; D")
    arranging.remove(ours.pk, item(ours, "B").pk, at(anna))
    assert words(ours) == ("Morning Briefing: A", "C; D")
    wording.override(ours.pk, item(ours, "A").pk, {"headline": "A at last"}, at(anna))
    assert words(ours) == ("Morning Briefing: A at last", "C; D")
    article = press.article("E")
    arranging.add(ours.pk, section(ours, "Today").pk, article.pk, 0, at(anna))
    assert words(ours) == ("Morning Briefing: E", "A at last; C; D")


def test_what_a_section_has_no_room_for_is_not_told_of(ours: Digest, anna: User, at: Desk) -> None:
    arranging.resize(ours.pk, section(ours, "Today").pk, 1, at(anna))
    assert words(ours) == ("Morning Briefing: A", "D")


def test_they_follow_an_undoing_as_well(ours: Digest, anna: User, at: Desk) -> None:
    arranging.remove(ours.pk, item(ours, "A").pk, at(anna))
    assert words(ours) == ("Morning Briefing: B", "C; D")
    undoing.undo(ours.pk, at(anna))
    assert words(ours) == OURS
    undoing.redo(ours.pk, at(anna))
    assert words(ours) == ("Morning Briefing: B", "C; D")


def test_an_editors_own_words_stay_and_blanks_stay_blank(
    ours: Digest, anna: User, at: Desk
) -> None:
    wording.write_words(ours.pk, {"subject": "Good morning", "preheader": ""}, at(anna))
    arranging.remove(ours.pk, item(ours, "A").pk, at(anna))
    assert words(ours) == ("Good morning", "")
    undoing.undo(ours.pk, at(anna))
    undoing.undo(ours.pk, at(anna))
    assert words(ours) == OURS
