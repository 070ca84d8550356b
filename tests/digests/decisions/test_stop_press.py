"""The next version of a digest that is being sent: made beside it, released at once, or not at all."""

import pytest
from django.contrib.auth.models import User

from digests import ledger, versions
from digests.choices import DigestState, Outcome
from digests.composing import arranging, undoing, wording
from digests.counts.progress import progress_of
from digests.decisions.stop_press import Refused, release, retract
from digests.delivery import claiming, slices
from digests.delivery.freezing import Freeze, freeze
from digests.delivery.steps import Answers, OpenSlice
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.drafts import refusals
from digests.drafts.editing import Editor
from digests.models import Digest, Item, Template, Version
from digests.rendering.content import stories_in
from digests.rendering.stored_content import restored
from subscriptions.clock import database_now
from tests.builders import Press
from tests.staff import member

SLICE = 4


@pytest.fixture
def anna(db: None) -> User:
    return member("publisher", "anna")


@pytest.fixture
def ben(db: None) -> User:
    return member("publisher", "ben")


@pytest.fixture
def digest(press: Press) -> Digest:
    """Ten readers; the first four have its first version, of two stories."""
    newsletter = press.newsletter()
    press.readers(newsletter, 10)
    digest = press.approved(newsletter, due_at=database_now())
    press.carry(digest, press.article("Ferry sinks"))
    digest.approved_version = versions.keep(digest, by=None, now=database_now())
    digest.save()
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    digest.refresh_from_db()
    return digest


def item(digest: Digest, headline: str = "Ferry sinks") -> Item:
    return Item.objects.get(section__digest=digest, article__headline=headline)


def reword(digest: Digest, subject: str = "The ferry is safe") -> None:
    wording.write_words(digest.pk, {"subject": subject}, Editor(None, database_now()))


def sending(digest: Digest) -> str:
    found = Digest.objects.select_related("sending_version").get(pk=digest.pk).sending_version
    assert found is not None
    return found.subject


def test_editing_changes_nothing_that_is_being_sent(digest: Digest) -> None:
    before = digest.sending_version_id
    reword(digest)
    arranging.remove(digest.pk, item(digest).pk, Editor(None, database_now()))
    digest = Digest.objects.get(pk=digest.pk)
    assert digest.sending_version_id == before
    assert versions.has_changed(digest)
    assert sending(digest) == "What happened in the night"


def test_a_release_moves_the_next_slice_on_and_keeps_who_said_so(
    digest: Digest, anna: User
) -> None:
    held, step = _first_slice()
    reword(digest)
    made = release(digest.pk, by=anna, now=database_now())
    # What is in a server's hands stays what it is; the next slice gets the new one.
    following = slices.advance(held, Answers(step, _accepted(step)), transport="smtp", most=SLICE)
    assert isinstance(following, OpenSlice)
    assert following.version_id == made.version_id != step.version_id
    progress = progress_of(digest.pk)
    assert progress.versions[step.version_id].accepted == SLICE
    assert progress.versions[made.version_id].in_hand == SLICE
    assert progress.waiting == 10 - 2 * SLICE
    assert (made.by, made.version.number) == (anna, 3)
    digest.refresh_from_db()
    assert (digest.approved_by, digest.approved_version_id) == (anna, made.version_id)


def _first_slice() -> tuple[claiming.Claim, OpenSlice]:
    held = claiming.claim()
    assert held is not None
    step = slices.advance(held, None, transport="smtp", most=SLICE)
    assert isinstance(step, OpenSlice)
    return held, step


def _accepted(step: OpenSlice) -> list[Answer]:
    return [ACCEPTED] * len(step.recipients)


def test_nothing_is_released_that_nobody_looked_at_or_that_is_no_news(
    digest: Digest, anna: User
) -> None:
    with pytest.raises(Refused, match="Nothing has changed"):
        release(digest.pk, by=anna, now=database_now())
    reword(digest)
    with pytest.raises(Refused, match="changed since you looked"):
        release(digest.pk, by=anna, now=database_now(), seen="another fingerprint")
    assert digest.versions.count() == 2, "what is refused leaves no version behind"


def test_what_preflight_blocks_is_not_released(digest: Digest, anna: User) -> None:
    reword(digest, "Dear {{ name }}, the ferry is safe")
    with pytest.raises(Refused, match="subject"):
        release(digest.pk, by=anna, now=database_now())
    assert sending(digest) == "What happened in the night"


@pytest.mark.parametrize("state", [DigestState.SENT, DigestState.CANCELLED, DigestState.DRAFT])
def test_once_nobody_waits_there_is_nothing_to_release(
    digest: Digest, anna: User, state: DigestState
) -> None:
    Digest.objects.filter(pk=digest.pk).update(state=state)
    with pytest.raises(Refused, match="nobody waits"):
        release(digest.pk, by=anna, now=database_now())
    with pytest.raises(Refused, match="nobody waits"):
        retract(digest.pk, item(digest).pk, by=anna, now=database_now())
    assert Item.objects.filter(article__headline="Ferry sinks").exists()


def test_where_two_people_must_agree_the_second_one_releases(
    digest: Digest, anna: User, ben: User
) -> None:
    Template.objects.filter(newsletter=digest.newsletter).update(needs_second_person=True)
    reword(digest)
    for _click in range(2):
        assert release(digest.pk, by=anna, now=database_now()).is_waiting
    assert sending(digest) == "What happened in the night"
    made = release(digest.pk, by=ben, now=database_now())
    assert (made.by, made.confirmed_by) == (anna, ben)
    assert sending(digest) == "The ferry is safe"


def test_one_click_takes_a_story_out_whatever_else_is_wrong(digest: Digest, anna: User) -> None:
    Template.objects.filter(newsletter=digest.newsletter).update(needs_second_person=True)
    other = Item.objects.exclude(pk=item(digest).pk).get()
    assert other.article is not None
    other.article.retracted_at = database_now()
    other.article.save()
    wrong = item(digest)
    done = retract(digest.pk, wrong.pk, by=anna, now=database_now())
    assert done.story == "Ferry sinks"
    assert done.approval is not None
    digest.refresh_from_db()
    assert digest.sending_version is not None
    assert digest.sending_version_id == done.approval.version_id
    assert digest.sending_version.article_ids == [other.article_id]


def test_the_last_story_is_not_taken_out(digest: Digest, anna: User) -> None:
    retract(digest.pk, item(digest).pk, by=anna, now=database_now())
    last = Item.objects.get(section__digest=digest)
    with pytest.raises(Refused, match="has no stories yet"):
        retract(digest.pk, last.pk, by=anna, now=database_now())
    assert Item.objects.filter(pk=last.pk).exists()


def test_a_retraction_releases_no_other_change(digest: Digest, anna: User) -> None:
    reword(digest, "Half a sen")
    done = retract(digest.pk, item(digest).pk, by=anna, now=database_now())
    assert done.approval is not None
    assert (done.approval.is_waiting, done.approval.taken_out) == (False, "Ferry sinks")
    assert sending(digest) == "What happened in the night"
    assert headlines(digest) == headlines(digest, done.approval.version) == ["Story"]
    digest.refresh_from_db()
    assert digest.subject == "Half a sen"
    assert versions.has_changed(digest)


def headlines(digest: Digest, version: Version | None = None) -> list[str]:
    """Return the headlines of what is being sent. A story of the builder's is called Story and a number."""
    version = (
        version
        or Digest.objects.select_related("sending_version").get(pk=digest.pk).sending_version
    )
    assert version is not None
    found = stories_in(restored(version.content))
    return [story.headline.rstrip(" 0123456789") for story in found]


def test_what_stood_behind_a_story_does_not_move_up(digest: Digest, anna: User) -> None:
    section = digest.sections.get()
    section.slots = 2
    section.save()
    Item.objects.create(section=section, article=Press().article("Unseen"), position=2)
    done = retract(digest.pk, item(digest).pk, by=anna, now=database_now())
    assert done.approval is not None
    assert headlines(digest) == ["Story"]
    assert "Unseen" not in done.approval.version.html
    section.refresh_from_db()
    assert section.slots == 1
    digest.refresh_from_db()
    assert not versions.has_changed(digest)
    undoing.undo(digest.pk, Editor(anna, database_now()))
    section.refresh_from_db()
    assert section.slots == 2
    assert headlines(digest) == ["Story"], "what is brought back waits for a release"


def test_taking_out_what_readers_are_not_getting_releases_nothing(
    digest: Digest, anna: User
) -> None:
    before = digest.sending_version_id
    new = Item.objects.create(section=digest.sections.get(), headline="Not yet", position=7)
    assert retract(digest.pk, new.pk, by=anna, now=database_now()).approval is None
    digest.refresh_from_db()
    assert digest.sending_version_id == before


def test_a_story_that_an_editor_removed_and_readers_still_get_is_taken_out(
    digest: Digest, anna: User
) -> None:
    wrong = item(digest).pk
    arranging.remove(digest.pk, wrong, Editor(None, database_now()))
    assert headlines(digest) == ["Story", "Ferry sinks"]
    retract(digest.pk, wrong, by=anna, now=database_now())
    assert headlines(digest) == ["Story"]


def test_a_story_put_in_again_is_known_by_its_article(digest: Digest, anna: User) -> None:
    wrong = item(digest)
    assert wrong.article_id is not None
    arranging.remove(digest.pk, wrong.pk, Editor(None, database_now()))
    arranging.add(digest.pk, wrong.section_id, wrong.article_id, 0, Editor(None, database_now()))
    retract(digest.pk, item(digest).pk, by=anna, now=database_now())
    assert headlines(digest) == ["Story"]
    assert not Item.objects.filter(article=wrong.article_id).exists()


def test_it_is_told_where_the_subject_still_names_the_story(digest: Digest, anna: User) -> None:
    reword(digest, "Ferry sinks, and more")
    release(digest.pk, by=anna, now=database_now())
    assert retract(digest.pk, item(digest).pk, by=anna, now=database_now()).is_still_named


def test_a_subject_of_ours_follows(digest: Digest, anna: User) -> None:
    lead = Item.objects.exclude(pk=item(digest).pk).get()
    Digest.objects.filter(pk=digest.pk).update(
        subject=f"Morning Briefing: {lead.shown_headline}",
        preheader="Ferry sinks",
        automatic_words=["subject", "preheader"],
    )
    release(digest.pk, by=anna, now=database_now())
    done = retract(digest.pk, lead.pk, by=anna, now=database_now())
    assert sending(digest) == "Morning Briefing: Ferry sinks"
    assert done.approval is not None
    assert (done.approval.version.preheader, done.is_still_named) == ("", False)
    digest.refresh_from_db()
    assert not versions.has_changed(digest)


def test_a_version_that_does_not_say_what_it_holds_is_not_cut(digest: Digest, anna: User) -> None:
    Digest.objects.filter(pk=digest.pk).update(
        sending_version=digest.versions.create(
            number=9, subject="Old", html="<p>Old</p>", text="Old", created_at=database_now()
        )
    )
    with pytest.raises(Refused, match="An earlier release"):
        retract(digest.pk, item(digest).pk, by=anna, now=database_now())
    assert Item.objects.filter(article__headline="Ferry sinks").exists()


def test_a_story_that_somebody_else_took_out_is_gone(digest: Digest, anna: User) -> None:
    wrong = item(digest).pk
    retract(digest.pk, wrong, by=anna, now=database_now())
    with pytest.raises(refusals.Refused, match="no longer in this digest"):
        retract(digest.pk, wrong, by=anna, now=database_now())


def test_a_deferred_reader_gets_the_newest_version(digest: Digest, anna: User) -> None:
    held, step = _first_slice()
    later = Answer(Outcome.DEFERRED, "451", "Come back")
    reword(digest)
    made = release(digest.pk, by=anna, now=database_now())
    following = slices.advance(held, Answers(step, [later] * SLICE), transport="smtp", most=6)
    assert isinstance(following, OpenSlice)
    slices.advance(held, Answers(following, _accepted(following)), transport="smtp", most=6)
    digest.batches.update(due_at=database_now())
    again = claiming.claim()
    assert again is not None
    retried = slices.advance(again, None, transport="smtp", most=6)
    assert isinstance(retried, OpenSlice)
    assert retried.version_id == made.version_id
    assert len(retried.recipients) == SLICE
    assert ledger.counts(digest.pk)[Outcome.ACCEPTED] == 6
