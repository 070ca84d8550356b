import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from digests.composing import arranging, undoing, wording
from digests.drafts.refusals import Refused, Stale
from digests.models import Digest, Item
from tests.builders import Press
from tests.digests.composing.conftest import Desk, item, section


def test_words_are_overridden_and_given_back(digest: Digest, anna: User, at: Desk) -> None:
    a = item(digest, "A")
    words = {"headline": "Better", "kicker": "Harbour", "blurb": "Why."}
    wording.override(digest.pk, a.pk, words, at(anna))
    a.refresh_from_db()
    assert (a.shown_headline, a.kicker, a.shown_blurb, a.is_locked) == (
        "Better",
        "Harbour",
        "Why.",
        True,
    )
    wording.override(digest.pk, a.pk, {"headline": " "}, at(anna))
    a.refresh_from_db()
    assert (a.shown_headline, a.kicker) == ("A", "Harbour")


def test_the_credit_of_a_picture_is_its_sources_until_an_editor_writes_another(
    press: Press, digest: Digest, anna: User, at: Desk
) -> None:
    picture = {"url": "https://paper.example.org/b.jpg", "alt": "", "caption": "", "credit": "Wire"}
    article = press.article("Pictured", image_url=picture["url"], pictures=[picture])
    arranging.add(digest.pk, section(digest, "Today").pk, article.pk, 0, at(anna))
    story = item(digest, "Pictured")
    assert story.shown_credit == "Wire"
    wording.override(digest.pk, story.pk, {"image_credit": "A. Writer / Wire"}, at(anna))
    story.refresh_from_db()
    assert story.shown_credit == "A. Writer / Wire"
    undoing.undo(digest.pk, at(anna))
    story.refresh_from_db()
    assert story.shown_credit == "Wire"


@pytest.mark.parametrize(
    "words",
    [
        {"headline": "two\nlines"},
        {"headline": "x" * 301},
        {"url": "javascript:alert(1)"},
        {"blurb": "x" * 5001},
    ],
)
def test_words_that_cannot_stand_are_refused(
    digest: Digest, anna: User, at: Desk, words: dict[str, str]
) -> None:
    a = item(digest, "A")
    with pytest.raises(ValidationError):
        wording.override(digest.pk, a.pk, words, at(anna))
    a.refresh_from_db()
    assert (a.headline, a.url, a.blurb) == ("", "", "")


def test_a_story_of_ones_own_keeps_a_headline(digest: Digest, anna: User, at: Desk) -> None:
    arranging.write(digest.pk, section(digest, "Today").pk, "Clocks go back", 0, at(anna))
    written = Item.objects.get(article=None)
    with pytest.raises(ValidationError, match="needs a headline"):
        wording.override(digest.pk, written.pk, {"headline": ""}, at(anna))


def test_the_words_of_a_digest_are_saved_one_by_one(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    wording.write_words(digest.pk, {"subject": "Anna’s"}, at(anna, 0))
    wording.write_words(digest.pk, {"preheader": "Ben’s"}, at(ben, 0))
    digest.refresh_from_db()
    assert (digest.subject, digest.preheader, digest.revision) == ("Anna’s", "Ben’s", 2)


def test_words_of_somebody_else_are_not_overwritten(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    wording.write_words(digest.pk, {"subject": "Ben’s"}, at(ben, 0))
    with pytest.raises(Stale, match="ben: subject rewritten"):
        wording.write_words(digest.pk, {"subject": "Anna’s"}, at(anna, 0))
    digest.refresh_from_db()
    assert digest.subject == "Ben’s"
    wording.write_words(digest.pk, {"subject": "Anna’s"}, at(anna, 1))


def test_words_saved_while_they_are_typed_are_one_change(
    digest: Digest, anna: User, at: Desk
) -> None:
    digest_before = digest.subject
    for seconds, text in enumerate(("A b", "A bri", "A bridge")):
        wording.write_words(digest.pk, {"subject": text}, at(anna, seconds, seconds=seconds))
    change = digest.changes.get()
    assert change.before == {"digest": {"subject": digest_before}}
    assert change.after == {"digest": {"subject": "A bridge"}}
    assert change.number == 3


def test_a_long_pause_or_another_hand_begins_a_new_change(
    digest: Digest, anna: User, ben: User, at: Desk
) -> None:
    wording.write_words(digest.pk, {"subject": "A"}, at(anna, seconds=0))
    wording.write_words(digest.pk, {"subject": "B"}, at(ben, seconds=1))
    wording.write_words(digest.pk, {"subject": "C"}, at(ben, seconds=100))
    assert digest.changes.count() == 3


def test_undoing_takes_a_minute_of_typing_at_most(digest: Digest, anna: User, at: Desk) -> None:
    for seconds in range(0, 90, 30):
        words = " ".join(["word"] * (seconds + 1))
        wording.write_words(digest.pk, {"intro": words}, at(anna, seconds=seconds))
    lengths = [len(change.after["digest"]["intro"].split()) for change in digest.changes.all()]
    assert lengths == [61, 31]  # the newest first


def test_what_is_pasted_is_undone_without_the_words_before_it(
    digest: Digest, anna: User, at: Desk
) -> None:
    wording.write_words(digest.pk, {"intro": "<p>Good morning.</p>"}, at(anna, seconds=0))
    wording.write_words(digest.pk, {"intro": f"<p>{'Pasted. ' * 40}</p>"}, at(anna, seconds=5))
    undoing.undo(digest.pk, at(anna, seconds=6))
    digest.refresh_from_db()
    assert digest.intro == "<p>Good morning.</p>"


def test_script_in_an_intro_is_taken_out(digest: Digest, anna: User, at: Desk) -> None:
    html = '<p onclick="x()">Good <script>alert(1)</script><a href="javascript:x()">day</a></p>'
    wording.write_words(digest.pk, {"intro": html}, at(anna))
    digest.refresh_from_db()
    assert digest.intro == "<p>Good <a>day</a></p>"


def test_an_intro_of_200_kb_is_refused_whole(digest: Digest, anna: User, at: Desk) -> None:
    with pytest.raises(Refused, match="there is room for 20000"):
        wording.write_words(digest.pk, {"intro": f"<p>{'a' * 200_000}</p>"}, at(anna))
    digest.refresh_from_db()
    assert digest.intro == ""


def test_a_changed_source_is_marked_until_somebody_answers(
    press: Press, digest: Digest, anna: User, at: Desk
) -> None:
    edit = arranging.add(
        digest.pk, section(digest, "Today").pk, press.article("Old").pk, 0, at(anna)
    )
    story = edit.board.item(edit.about["item"])
    assert story.article is not None
    assert not story.has_source_changed
    story.article.headline = "New"
    story.article.save()
    story = Item.objects.get(pk=story.pk)
    assert story.has_source_changed
    wording.take_source(digest.pk, story.pk, at(anna))
    assert not Item.objects.get(pk=story.pk).has_source_changed
