"""What a correction at a source does to digests: words of ours follow, those of a person are marked, staff are told."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from digests import versions
from digests.assembly.assembling import assemble
from digests.assembly.keeping import keep
from digests.assembly.raw_pictures import RawPicture
from digests.assembly.stories import ParsedStory
from digests.choices import AlertKind, DigestState
from digests.composing import undoing, wording
from digests.drafts import corrections
from digests.drafts.editing import Editor
from digests.models import Alert, Article, Digest, Image, Item, Source
from digests.preflight import running
from tests.builders import NOON, Press

LATER = NOON + timedelta(minutes=5)
EDITOR = Editor(None, LATER)
WRONG, RIGHT = "Mayor took bribes, court says", "Correction: court cleared the mayor"


@dataclass
class Newsroom:
    """A digest with a story of a feed, which the feed may tell anew."""

    source: Source
    story: ParsedStory
    digest: Digest

    def tell(self, **changes: object) -> None:
        self.story = replace(self.story, **changes)  # type: ignore[arg-type]  # a case's own
        keep([self.story], self.source, now=LATER)

    @property
    def item(self) -> Item:
        return Item.objects.get(section__digest=self.digest)

    def read(self) -> Digest:
        self.digest.refresh_from_db()
        return self.digest

    def findings(self) -> list[str]:
        report = running.run(self.digest.pk, now=LATER)
        assert report is not None
        return [finding.check for finding in report.warnings]


def picture(name: str) -> RawPicture:
    return RawPicture(f"https://paper.example.org/{name}.jpg", alt=name)


@pytest.fixture
def newsroom(press: Press) -> Newsroom:
    source, newsletter = press.source(), press.newsletter()
    url = "https://paper.example.org/m"
    story = ParsedStory(
        url=url, guid="m", headline=WRONG, summary="He did.", authors=(), tags=(), published_at=NOON, updated_at=None,
        pictures=(picture("wrong"),), key=url,
    )  # fmt: skip
    keep([story], source, now=NOON)
    digest = press.digest(
        newsletter, subject="", assembled_at=None, due_at=NOON + timedelta(days=2)
    )
    assemble(digest.pk, now=NOON)
    digest.refresh_from_db()
    assert digest.subject.endswith(WRONG)
    return Newsroom(source, story, digest)


def write_subject(newsroom: Newsroom, text: str) -> None:
    wording.write_words(newsroom.digest.pk, {"subject": text}, EDITOR)


def test_a_subject_of_ours_follows_before_anybody_looks(newsroom: Newsroom) -> None:
    newsroom.tell(headline=RIGHT)
    assert newsroom.findings().count("headline") == 1
    assert newsroom.read().subject.endswith(RIGHT)
    assert newsroom.digest.corrected_words == {}


@pytest.mark.parametrize("answer", ["take", "keep", "assemble"])
def test_a_subject_of_a_persons_is_marked_until_somebody_looks_whatever_becomes_of_the_story(
    newsroom: Newsroom, answer: str
) -> None:
    write_subject(newsroom, "Mayor took bribes")
    assert "corrected_words" not in newsroom.findings()
    newsroom.tell(headline=RIGHT)
    if answer == "assemble":
        assemble(newsroom.digest.pk, now=LATER, again=True)
    else:
        assert "corrected_words" in newsroom.findings()
        act = {"take": wording.take_source, "keep": wording.keep_words}[answer]
        act(newsroom.digest.pk, newsroom.item.pk, EDITOR)
    assert "corrected_words" in newsroom.findings()
    assert "headline" not in newsroom.findings()
    write_subject(newsroom, "Mayor cleared")
    assert "corrected_words" not in newsroom.findings()
    newsroom.tell(headline="Correction of the correction")
    assert "corrected_words" in newsroom.findings()


def test_words_written_after_the_correction_are_not_marked_again(newsroom: Newsroom) -> None:
    newsroom.tell(headline=RIGHT)
    write_subject(newsroom, "Before it was settled")
    assert "corrected_words" in newsroom.findings()
    write_subject(newsroom, "Mayor cleared")
    assert "corrected_words" not in newsroom.findings()
    wording.write_words(newsroom.digest.pk, {"subject": None}, EDITOR)
    assert newsroom.read().subject.endswith(RIGHT)


def test_keeping_stands_against_the_source_and_is_told(newsroom: Newsroom) -> None:
    newsroom.tell(headline=RIGHT, summary="He did not.")
    wording.keep_words(newsroom.digest.pk, newsroom.item.pk, EDITOR)
    item = newsroom.item
    assert (item.shown_headline, item.shown_blurb) == (WRONG, "He did.")
    assert (item.is_kept, item.is_locked, item.has_source_changed) == (True, True, False)
    assert "kept" in newsroom.findings()
    undoing.undo(newsroom.digest.pk, EDITOR)
    item = newsroom.item
    assert (item.shown_headline, item.is_kept, item.has_source_changed) == (RIGHT, False, True)


def test_taking_gives_an_editors_words_up_where_the_source_has_others(newsroom: Newsroom) -> None:
    words = {"headline": "Mayor bribed", "blurb": "Our blurb."}
    wording.override(newsroom.digest.pk, newsroom.item.pk, words, EDITOR)
    newsroom.tell(headline=RIGHT)
    assert newsroom.item.shown_headline == "Mayor bribed"
    wording.take_source(newsroom.digest.pk, newsroom.item.pk, EDITOR)
    assert (newsroom.item.shown_headline, newsroom.item.shown_blurb) == (RIGHT, "Our blurb.")


def copy_of(name: str) -> Image:
    sizes = {"width": 6, "height": 4, "large_width": 6, "large_height": 4}
    source_url = f"https://paper.example.org/{name}.jpg"
    return Image.objects.create(
        source_url=source_url, file=f"{name}.jpg", large_file=f"{name}.jpg", **sizes
    )


@pytest.mark.parametrize("is_chosen", [False, True])
def test_another_picture_is_taken_by_itself_unless_somebody_chose_the_story(
    newsroom: Newsroom, is_chosen: bool
) -> None:
    wrong, right = copy_of("wrong"), copy_of("right")
    Item.objects.update(image=wrong, is_locked=is_chosen)
    newsroom.tell(pictures=(picture("right"),))
    assert "picture" in newsroom.findings()
    item = newsroom.item
    assert item.image == (wrong if is_chosen else right)
    # What was said of the right one is not said of the wrong one.
    assert item.shown_alt == ("" if is_chosen else "right")
    wording.take_source(newsroom.digest.pk, item.pk, EDITOR)
    assert newsroom.item.image == right
    undoing.undo(newsroom.digest.pk, EDITOR)
    wording.keep_words(newsroom.digest.pk, item.pk, EDITOR)
    assert newsroom.item.image == wrong
    assert newsroom.findings() == [check for check in newsroom.findings() if check != "picture"]


def test_a_picture_that_is_not_copied_yet_is_waited_for(newsroom: Newsroom) -> None:
    Item.objects.update(image=copy_of("wrong"))
    newsroom.tell(pictures=(picture("right"),))
    corrections.settle(newsroom.digest.pk)
    assert newsroom.item.image is None


def test_a_correction_after_approval_alerts_staff_and_says_what_readers_get(
    newsroom: Newsroom,
) -> None:
    digest = newsroom.digest
    digest.approved_version = versions.keep(digest, by=None, now=NOON)
    digest.approved_at, digest.state = NOON, DigestState.APPROVED
    digest.save()
    newsroom.findings()
    assert not Alert.objects.exists()

    newsroom.tell(headline=RIGHT)
    newsroom.findings()

    alert = Alert.objects.get(kind=AlertKind.PREFLIGHT, digest=digest)
    assert f"“{WRONG}” to “{RIGHT}”" in alert.text
    assert f"As it was approved, readers get “{WRONG}”." in alert.text
    assert newsroom.read().subject.endswith(WRONG)  # what was approved is left alone

    Digest.objects.update(state=DigestState.DRAFT, approved_at=None, approved_version=None)
    newsroom.findings()
    assert newsroom.read().subject.endswith(RIGHT)


def test_settling_again_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.tell(headline=RIGHT)
    corrections.settle(newsroom.digest.pk)
    before = Digest.objects.values().get()
    corrections.settle(newsroom.digest.pk)
    assert Digest.objects.values().get() == before
    corrections.settle(999_999)
    assert Article.objects.count() == 1
