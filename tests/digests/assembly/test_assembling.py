"""From a template to a draft that an editor can work on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import tasks
from digests.assembly.assembling import assemble
from digests.choices import ChangeKind, DigestState, StateReason
from digests.composing import wording
from digests.drafts.editing import Editor
from digests.models import (
    Alert,
    Article,
    Change,
    Digest,
    Item,
    Section,
    Template,
    TemplateSection,
)
from digests.plan import planning
from subscriptions.clock import database_now
from subscriptions.models import Letter, Newsletter, Publisher
from tests.at_once import at_once
from tests.builders import DAY, NOON, Press


def waiting(press: Press, newsletter: Newsletter, **fields: object) -> Digest:
    return press.digest(newsletter, **({"assembled_at": None, "subject": ""} | fields))


def assembled(digest: Digest, *, again: bool = False) -> Digest:
    done = assemble(digest.pk, now=NOON, again=again)
    assert done is not None
    return Digest.objects.get(pk=digest.pk)


def headlines(digest: Digest) -> list[str]:
    items = Item.objects.filter(section__digest=digest).order_by("section__position", "position")
    return [item.shown_headline for item in items]


def stories(press: Press, number: int, **fields: object) -> list[Article]:
    """The first is the newest."""
    return [
        press.article(f"Story {place}", published_at=NOON - timedelta(minutes=place), **fields)
        for place in range(1, number + 1)
    ]


def test_each_section_is_filled_by_its_rule_and_no_story_comes_twice(press: Press) -> None:
    newsletter = press.newsletter()
    today = TemplateSection.objects.get()
    today.slots = 2
    today.save()
    TemplateSection.objects.create(
        template=newsletter.template, position=1, heading="Sport", tags=["sport"], slots=5
    )
    stories(press, 3, tags=["sport"])
    digest = assembled(waiting(press, newsletter))

    assert headlines(digest) == ["Story 1", "Story 2", "Story 3"]
    assert [section.heading for section in digest.sections.all()] == ["Today", "Sport"]
    assert (digest.state, digest.assembled_at) == (DigestState.DRAFT, NOON)


def test_a_general_section_in_front_leaves_a_special_one_its_stories(press: Press) -> None:
    newsletter = press.newsletter()
    today = TemplateSection.objects.get()
    sport = TemplateSection.objects.create(
        template=newsletter.template, position=1, heading="Sport", tags=["sport"], slots=4
    )
    stories(press, 5, tags=["sport"])
    for hours in (12, 11, 10):
        press.article(f"Politics {hours}", published_at=NOON - timedelta(hours=hours))
    digest = assembled(waiting(press, newsletter))

    def of(rule: TemplateSection) -> list[str]:
        section = digest.sections.get(made_from=rule)
        return [item.shown_headline for item in section.items.order_by("position")]

    assert of(sport) == ["Story 1", "Story 2", "Story 3", "Story 4"]
    assert of(today) == ["Story 5", "Politics 10", "Politics 11", "Politics 12"]
    assert "Story 5" in digest.subject  # the first section leads, whichever was filled first


def test_the_words_around_the_stories_are_written(press: Press) -> None:
    newsletter = press.newsletter()
    Template.objects.update(intro="Good morning.", outro="Until tomorrow.")
    stories(press, 5)
    digest = assembled(waiting(press, newsletter))
    assert digest.subject == "Morning Briefing: Story 1"
    assert digest.preheader == "Story 2; Story 3; Story 4"
    assert (digest.intro, digest.outro) == ("Good morning.", "Until tomorrow.")


def test_a_long_headline_is_cut_at_a_word_to_fit_the_subject(press: Press) -> None:
    press.article("word " * 59 + "end")
    digest = assembled(waiting(press, press.newsletter()))
    assert len(digest.subject) <= 150
    assert digest.subject.endswith(" word…")


def test_it_is_assembled_once(press: Press) -> None:
    digest = waiting(press, press.newsletter())
    stories(press, 1)
    assembled(digest)
    assert assemble(digest.pk, now=NOON) is None


@pytest.mark.parametrize("state", [DigestState.SENDING, DigestState.SENT, DigestState.CANCELLED])
def test_what_is_under_way_or_done_is_left_as_it_is(press: Press, state: DigestState) -> None:
    digest = press.frozen(press.newsletter())
    Digest.objects.update(state=state)
    assert assemble(digest.pk, now=NOON, again=True) is None


# --- Nothing repeated ------------------------------------------------------------------------------------


def test_yesterdays_stories_are_not_taken_again(press: Press) -> None:
    newsletter = press.newsletter()
    old, _new = stories(press, 2)
    yesterday = press.digest(newsletter, local_date=DAY - timedelta(days=1))
    press.carry(yesterday, old)
    assert headlines(assembled(waiting(press, newsletter))) == ["Story 2"]


def test_the_stories_of_a_cancelled_digest_are_as_good_as_new(press: Press) -> None:
    newsletter = press.newsletter()
    (story,) = stories(press, 1)
    press.carry(
        press.digest(newsletter, local_date=DAY - timedelta(days=1), state=DigestState.CANCELLED),
        story,
    )
    assert headlines(assembled(waiting(press, newsletter))) == ["Story 1"]


@pytest.mark.django_db(transaction=True)
def test_two_digests_of_a_newsletter_assembled_at_once_share_no_story(press: Press) -> None:
    newsletter = press.newsletter()
    stories(press, 12)
    digests = [waiting(press, newsletter, slot=slot) for slot in ("main", "evening")]
    at_once(*[lambda pk=digest.pk: assemble(pk, now=NOON) for digest in digests])
    taken = [headline for digest in digests for headline in headlines(digest)]
    assert len(taken) == len(set(taken)) == 10


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_assemble_one_draft(press: Press) -> None:
    digest = waiting(press, press.newsletter())
    stories(press, 5)
    at_once(*[lambda: assemble(digest.pk, now=NOON)] * 3)
    assert len(headlines(digest)) == 5


# --- Too few -----------------------------------------------------------------------------------------------


def test_too_few_stories_hold_the_digest_and_alert_once(press: Press) -> None:
    Publisher.objects.update(alert_address="desk@example.org")
    newsletter = press.newsletter()
    Template.objects.update(minimum_stories=3)
    stories(press, 2)
    digest = assembled(waiting(press, newsletter))
    digest = assembled(digest, again=True)

    assert digest.state == DigestState.HELD
    assert digest.state_reason == "Too few stories: 2 of at least 3 were found for it."
    assert Alert.objects.count() == Letter.objects.count() == 1


def test_assembling_again_cures_what_was_held_for_want_of_stories(press: Press) -> None:
    newsletter = press.newsletter()
    digest = assembled(waiting(press, newsletter))
    assert digest.state == DigestState.HELD
    stories(press, 2)

    digest = assembled(digest, again=True)

    assert (digest.state, digest.state_reason) == (DigestState.DRAFT, "")
    assert Alert.objects.get().cleared_at == NOON
    # Written when there was no story yet, and by nobody.
    assert digest.subject == "Morning Briefing: Story 1"
    assert digest.preheader == "Story 2"


def test_stories_that_come_in_later_are_a_reason_to_assemble_again(press: Press) -> None:
    digest = assembled(waiting(press, press.newsletter()))
    soon, later = NOON + timedelta(minutes=4), NOON + timedelta(minutes=5)
    assert planning.to_assemble_again(now=later) == []

    press.article(first_seen_at=NOON + timedelta(minutes=3))

    assert planning.to_assemble_again(now=soon) == []
    assert planning.to_assemble_again(now=later) == [digest.pk]
    assert planning.to_assemble_again(now=digest.miss_at) == []
    Digest.objects.update(reason=StateReason.NOT_APPROVED)
    assert planning.to_assemble_again(now=later) == []


def test_a_feed_that_is_read_after_the_hour_of_assembly_fills_the_digest(press: Press) -> None:
    now = database_now()
    press = Press(noon=now - timedelta(minutes=10))
    digest = waiting(press, press.newsletter(), due_at=now + timedelta(hours=1))
    assemble(digest.pk, now=press.noon)
    press.article(published_at=now - timedelta(hours=2), first_seen_at=now)

    tasks.assemble_digest_again(digest.pk)
    tasks.assemble_digest_again(digest.pk)  # a doorbell may ring twice

    digest.refresh_from_db()
    assert digest.state == DigestState.DRAFT
    assert Item.objects.filter(section__digest=digest).count() == 1
    assert Change.objects.filter(digest=digest, kind=ChangeKind.ASSEMBLED).count() == 2


def test_assembling_again_releases_nothing_that_is_held_for_another_reason(press: Press) -> None:
    digest = waiting(
        press, press.newsletter(), state=DigestState.HELD, reason=StateReason.NOT_APPROVED
    )
    stories(press, 2)
    assert assembled(digest, again=True).state == DigestState.HELD


def test_assembling_again_takes_no_approval_back(press: Press) -> None:
    digest = press.approved(press.newsletter())
    Article.objects.update(published_at=NOON - timedelta(days=3))
    assert assembled(digest, again=True).state == DigestState.APPROVED


def test_stories_in_a_section_made_by_hand_count_and_are_not_repeated(press: Press) -> None:
    newsletter = press.newsletter()
    digest = waiting(press, newsletter)
    first, _second = stories(press, 2)
    section = Section.objects.create(digest=digest, heading="Just in", position=9)
    Item.objects.create(section=section, article=first)
    Template.objects.update(minimum_stories=2)
    digest = assembled(digest)
    assert headlines(digest) == ["Story 2", "Story 1"]
    assert digest.state == DigestState.DRAFT


# --- What a person did stays ---------------------------------------------------------------------------------


def test_a_picked_story_keeps_its_place_and_words(press: Press) -> None:
    newsletter = press.newsletter()
    stories(press, 5)
    digest = assembled(waiting(press, newsletter))
    Item.objects.filter(section__digest=digest, position=2).update(
        is_locked=True, headline="In the editor’s words"
    )
    for minute in range(5):
        press.article(f"New {minute}", published_at=NOON - timedelta(seconds=minute))

    assert headlines(assembled(digest, again=True)) == [
        "New 0",
        "New 1",
        "In the editor’s words",
        "New 2",
        "New 3",
    ]


def test_written_words_stay_and_unwritten_ones_follow_the_stories(press: Press) -> None:
    newsletter = press.newsletter()
    stories(press, 3)
    digest = assembled(waiting(press, newsletter))
    words: dict[str, str | None] = {"preheader": "Chosen with care", "intro": "<p>Dear reader,</p>"}
    wording.write_words(digest.pk, words, Editor(None, NOON))
    press.article("The night’s news", published_at=NOON)

    digest = assembled(digest, again=True)

    assert digest.subject == "Morning Briefing: The night’s news"
    assert (digest.preheader, digest.intro) == ("Chosen with care", "<p>Dear reader,</p>")


def test_a_section_that_an_editor_made_larger_or_renamed_stays_so(press: Press) -> None:
    newsletter = press.newsletter()
    stories(press, 8)
    digest = assembled(waiting(press, newsletter))
    Section.objects.update(slots=7, heading="Overnight")
    assert len(headlines(assembled(digest, again=True))) == 7
    assert Section.objects.get().heading == "Overnight"


# --- Cost and crashes ----------------------------------------------------------------------------------------


def test_ten_times_the_stories_cost_no_more_queries(press: Press) -> None:
    def queries(number: int) -> int:
        newsletter = press.newsletter(f"Letter {number}")
        digest = waiting(press, newsletter)
        Article.objects.bulk_create(
            Article(
                url=f"https://paper.example.org/{number}/{place}",
                headline=f"Story {place}",
                published_at=NOON - timedelta(seconds=place),
                first_seen_at=NOON,
            )
            for place in range(number)
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assembled(digest)
        return len(captured)

    assert queries(500) == queries(50) < 40


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_assembling_leaves_nothing_half_done(press: Press) -> None:
    """The database ends the session, as it does for a worker that is gone; its work is undone."""
    digest = waiting(press, press.newsletter())
    stories(press, 3)

    def die(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.startswith('UPDATE "digests_digest"'):
            context["connection"].close()
            raise ConnectionAbortedError
        return execute(sql, params, many, context)

    with pytest.raises(ConnectionAbortedError), connection.execute_wrapper(die):
        assemble(digest.pk, now=NOON)

    assert not Section.objects.exists()
    assert len(headlines(assembled(digest))) == 3
