"""The words that are ours follow the stories; what an editor wrote is left alone; and ours are in nobody's way."""

import pytest
from django.contrib.auth.models import User

from digests import versions
from digests.assembly.assembling import assemble
from digests.choices import WORDS
from digests.composing import arranging, undoing, wording
from digests.composing.arranging import Way
from digests.drafts.refusals import Refused, Stale
from digests.models import Article, Change, Digest, Item, Template
from tests.builders import NOON, Press
from tests.digests.composing.conftest import Desk, item, section

OURS = ("Morning Briefing: A", "B; C; D")


@pytest.fixture
def ours(digest: Digest) -> Digest:
    digest.subject, digest.preheader = OURS
    digest.automatic_words = list(WORDS)
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


def test_a_version_tells_of_the_headlines_as_their_sources_have_them(ours: Digest) -> None:
    """A headline is corrected at its source: nobody has touched the digest since."""
    Article.objects.filter(headline="A").update(headline="A, corrected")
    Article.objects.filter(headline="B").update(headline="B, corrected")
    draft = versions.draft_of(ours)
    assert draft.subject == "Morning Briefing: A, corrected"
    assert draft.preheader == "B, corrected; C; D"
    Digest.objects.update(automatic_words=[])
    ours.refresh_from_db()
    assert versions.draft_of(ours).subject == OURS[0]


def test_an_editors_own_words_stay(ours: Digest, anna: User, at: Desk) -> None:
    wording.write_words(ours.pk, {"subject": "Good morning"}, at(anna))
    arranging.remove(ours.pk, item(ours, "A").pk, at(anna))
    assert words(ours) == ("Good morning", "C; D")
    undoing.undo(ours.pk, at(anna))
    undoing.undo(ours.pk, at(anna))
    assert words(ours) == OURS
    wording.write_words(ours.pk, {"subject": "Good morning"}, at(anna))
    assemble(ours.pk, now=NOON, again=True)
    assert words(ours)[0] == "Good morning"


def test_an_editor_may_write_the_very_words_that_were_ours(
    ours: Digest, anna: User, at: Desk
) -> None:
    """Sent as they stood, as a form without scripts does, they are still ours."""
    wording.write_words(ours.pk, {"subject": OURS[0], "preheader": "Mine"}, at(anna))
    ours.refresh_from_db()
    assert set(ours.automatic_words) == {"subject", "intro", "outro"}
    wording.write_words(ours.pk, {"subject": "Another"}, at(anna))
    wording.write_words(ours.pk, {"subject": OURS[0]}, at(anna))
    arranging.remove(ours.pk, item(ours, "A").pk, at(anna))
    assert words(ours) == (OURS[0], "Mine")


@pytest.mark.parametrize("cleared", ["", "  ", None])
def test_cleared_they_are_ours_again_as_the_stories_stand(
    ours: Digest, anna: User, at: Desk, cleared: str | None
) -> None:
    wording.write_words(ours.pk, {"subject": "Good morning", "preheader": "And so"}, at(anna))
    arranging.remove(ours.pk, item(ours, "A").pk, at(anna))
    wording.write_words(ours.pk, {"subject": cleared, "preheader": cleared}, at(anna))
    assert words(ours) == ("Morning Briefing: B", "C; D")
    undoing.undo(ours.pk, at(anna))
    assert words(ours) == ("Good morning", "And so")
    undoing.redo(ours.pk, at(anna))
    assert words(ours) == ("Morning Briefing: B", "C; D")


def test_an_intro_that_is_cleared_stays_out_and_one_that_is_given_back_is_the_templates(
    ours: Digest, anna: User, at: Desk
) -> None:
    Template.objects.update(intro="<p>Good morning</p>", outro="<p>Bye</p>")
    assemble(ours.pk, now=NOON, again=True)
    ours.refresh_from_db()
    assert (ours.intro, ours.outro) == ("<p>Good morning</p>", "<p>Bye</p>")
    wording.write_words(ours.pk, {"intro": "", "outro": "<p>So long</p>"}, at(anna))
    Template.objects.update(intro="<p>Good day</p>", outro="<p>Until then</p>")
    assemble(ours.pk, now=NOON, again=True)
    ours.refresh_from_db()
    assert (ours.intro, ours.outro) == ("", "<p>So long</p>")
    wording.write_words(ours.pk, {"intro": None, "outro": None}, at(anna))
    ours.refresh_from_db()
    assert (ours.intro, ours.outro) == ("<p>Good day</p>", "<p>Until then</p>")


@pytest.mark.parametrize("name", WORDS)
def test_ours_are_in_nobodys_way(
    ours: Digest, press: Press, anna: User, ben: User, at: Desk, name: str
) -> None:
    """Whatever moves them: a colleague's move, an assembly by anybody, a colleague who leaves them to us."""
    Template.objects.update(intro="<p>Good morning</p>", outro="<p>Bye</p>")
    for act in (
        lambda: arranging.remove(ours.pk, item(ours, "A").pk, at(ben)),
        lambda: assemble(ours.pk, now=NOON, again=True, by=ben),
        lambda: assemble(ours.pk, now=NOON, again=True),
        lambda: wording.write_words(ours.pk, {name: None}, at(ben)),
    ):
        seen = Digest.objects.get().revision
        act()
        wording.write_words(ours.pk, {name: "<p>Typed</p>"}, at(anna, seen))
        ours.refresh_from_db()
        assert getattr(ours, name) == "<p>Typed</p>"


def test_what_a_colleague_wrote_is_in_the_way(
    ours: Digest, anna: User, ben: User, at: Desk
) -> None:
    for name in WORDS:
        seen = Digest.objects.get().revision
        wording.write_words(ours.pk, {name: "<p>Ben’s</p>"}, at(ben))
        with pytest.raises(Stale) as stale:
            wording.write_words(ours.pk, {name: "<p>Anna’s</p>"}, at(anna, seen))
        assert stale.value.change.by == ben


def test_leaving_them_to_us_is_a_step_of_its_own(ours: Digest, anna: User, at: Desk) -> None:
    """However quickly it follows what was typed: undoing it leads back to the words."""
    wording.write_words(ours.pk, {"subject": "Good m"}, at(anna, seconds=0))
    wording.write_words(ours.pk, {"subject": "Good morning"}, at(anna, seconds=1))
    wording.write_words(ours.pk, {"subject": ""}, at(anna, seconds=2))
    wording.write_words(ours.pk, {"subject": "Good night"}, at(anna, seconds=3))
    kept = [change.after["digest"]["subject"] for change in ours.changes.order_by("number")]
    assert kept == ["Good morning", None, "Good night"]
    for expected in (OURS[0], "Good morning", OURS[0]):
        undoing.undo(ours.pk, at(anna))
        assert words(ours)[0] == expected


# --- What is arranged by a rule ----------------------------------------------------------------------


def test_an_assembly_is_in_the_way_of_no_move_and_no_words(
    ours: Digest, press: Press, anna: User, ben: User, at: Desk
) -> None:
    """The same story, chosen again by the rule, is the same item: an editor's page goes on with it."""
    Item.objects.update(is_locked=False)
    rule = Template.objects.get().sections.get()
    ours.sections.filter(heading="Today").update(made_from=rule)
    chosen = {it.article_id: it.pk for it in Item.objects.filter(section__heading="Today")}
    seen = ours.revision
    assemble(ours.pk, now=NOON, again=True, by=ben)
    assert {it.article_id: it.pk for it in Item.objects.filter(article__in=chosen)} == chosen
    kept = item(ours, "C")
    arranging.move(ours.pk, kept.pk, kept.section_id, 0, at(anna, seen))
    wording.override(ours.pk, kept.pk, {"kicker": "Typed"}, at(anna, seen))
    assert item(ours, "C").kicker == "Typed"


def test_words_for_a_story_that_an_assembly_took_out_bring_it_back(
    ours: Digest, press: Press, anna: User, ben: User, at: Desk
) -> None:
    rule = Template.objects.get().sections.get()
    today = ours.sections.get(heading="Today")
    today.made_from = rule
    today.save()
    Item.objects.update(is_locked=False)
    gone, seen = item(ours, "C"), ours.revision
    Article.objects.filter(headline="C").update(published_at=NOON.replace(year=2020))
    assemble(ours.pk, now=NOON, again=True, by=ben)
    assert not Item.objects.filter(pk=gone.pk).exists()
    wording.override(ours.pk, gone.pk, {"kicker": "Typed"}, at(anna, seen))
    back = Item.objects.get(pk=gone.pk)
    assert (back.kicker, back.is_locked, back.article_id) == ("Typed", True, gone.article_id)
    undoing.undo(ours.pk, at(anna))
    assert not Item.objects.filter(pk=gone.pk).exists()
    assert Change.objects.filter(digest=ours).exists()


def test_words_for_a_story_that_a_colleague_took_out_do_not(
    ours: Digest, anna: User, ben: User, at: Desk
) -> None:
    gone, seen = item(ours, "C"), ours.revision
    arranging.remove(ours.pk, gone.pk, at(ben))
    with pytest.raises(Refused, match="no longer in this digest"):
        wording.override(ours.pk, gone.pk, {"kicker": "Typed"}, at(anna, seen))
