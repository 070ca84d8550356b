"""Whatever a digest is made of and has become: a retraction sends less of what was sent, and nothing else."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from digests import versions
from digests.choices import BlockStyle, BookingState, SponsorPlace
from digests.composing import arranging, undoing, wording
from digests.decisions import approval, stop_press
from digests.delivery.freezing import Freeze, freeze
from digests.drafts import automatic_words
from digests.drafts.editing import Editor
from digests.drafts.refusals import Refused as NotEdited
from digests.models import (
    Article,
    Booking,
    Digest,
    Image,
    Item,
    Section,
    SubjectTest,
    Template,
    Version,
)
from digests.rendering.content import Content, Story, stories_in
from digests.rendering.stored_content import restored
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Publisher
from tests.builders import Press
from tests.staff import member

Chance = random.Random


def printed(press: Press, chance: Chance) -> Digest:
    """Under way, its sections with too little or too much room, perhaps with a sponsor and a subject test."""
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    due_at = database_now()
    digest = press.digest(
        newsletter, due_at=due_at, outro="<p>See <a href='https://a.example.org/'>us</a></p>"
    )
    for place in range(chance.randint(1, 3)):
        style = chance.choice(BlockStyle.values)
        section = Section.objects.create(
            digest=digest,
            heading=f"Part {place}",
            position=place,
            style=style,
            slots=chance.randint(1, 3),
        )
        for number in range(chance.randint(1, 5)):
            written = {"headline": f"Own {place}.{number}"} if chance.random() < 0.3 else {}
            article = None if written else press.article(summary="Words of it.")
            if article and chance.random() < 0.3:
                written = {"headline": f"Reworded {place}.{number}"}
            Item.objects.create(section=section, article=article, position=number, **written)
    if chance.random() < 0.5:
        book(digest, "Northern Bank", SponsorPlace.FOOT)
    template = Template.objects.get(newsletter=newsletter)
    headlines = [story.headline for story in stories_in(shown(digest))]
    if chance.random() < 0.6:
        digest.subject = automatic_words.subject(digest, template, headlines)
        digest.preheader = automatic_words.preheader(digest, template, headlines)
        digest.save()
    if chance.random() < 0.3:
        SubjectTest.objects.create(
            digest=digest, alternatives=["Another one"], sample_percent=50, minutes=5
        )
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    Template.objects.filter(pk=template.pk).update(needs_second_person=True)
    return Digest.objects.select_related("sending_version").get(pk=digest.pk)


def shown(digest: Digest) -> Content:
    return restored(versions.draft_of(digest).content)


def book(digest: Digest, sponsor: str, place: SponsorPlace) -> None:
    Booking.objects.create(
        newsletter=digest.newsletter,
        place=place,
        starts_on=digest.local_date,
        ends_on=digest.local_date,
        state=BookingState.BOOKED,
        sponsor=sponsor,
        headline=f"A word of {sponsor}",
        link="https://bank.example.org/",
    )


# What may come between the press and a retraction; none of it is anything that anybody has approved.
def source_rewrites(digest: Digest, _press: Press) -> None:
    Article.objects.update(headline="Rewritten at its source", summary="Unseen words")


def picture_arrives(_digest: Digest, press: Press) -> None:
    picture = Image.objects.create(
        source_url=f"https://p.example.org/{random.random()}.jpg",
        file="stories/unseen.jpg",
        width=6,
        height=4,
        large_width=6,
        large_height=4,
    )
    Item.objects.update(image=picture)


def sponsor_books(digest: Digest, _press: Press) -> None:
    book(digest, "Unseen Insurance", SponsorPlace.AFTER_LEAD)


def sponsor_leaves(_digest: Digest, _press: Press) -> None:
    Booking.objects.update(state=BookingState.CANCELLED)


def house_changes(digest: Digest, _press: Press) -> None:
    Template.objects.update(link_parameters="unseen=1", band="#7a0019", subject="{lead}")
    Newsletter.objects.filter(pk=digest.newsletter_id).update(
        name="Unseen Name", sender_name="Unseen"
    )
    publisher = Publisher.objects.current()
    publisher.name = "Unseen House"
    publisher.save()


def editor_writes(digest: Digest, _press: Press) -> None:
    editor = Editor(None, database_now())
    wording.write_words(digest.pk, {"subject": "Unseen subject", "intro": "Unseen intro"}, editor)


def editor_adds(digest: Digest, press: Press) -> None:
    section = digest.sections.order_by("-pk").first()
    assert section is not None
    arranging.add(
        digest.pk, section.pk, press.article("Unseen story").pk, 0, Editor(None, database_now())
    )


def editor_makes_room(digest: Digest, _press: Press) -> None:
    for section in digest.sections.all():
        arranging.resize(digest.pk, section.pk, 9, Editor(None, database_now()))


def editor_moves(digest: Digest, _press: Press) -> None:
    found = Item.objects.filter(section__digest=digest).order_by("-pk").first()
    section = digest.sections.order_by("-pk").first()
    if found and section:
        arranging.move(digest.pk, found.pk, section.pk, 0, Editor(None, database_now()))


def editor_removes(digest: Digest, _press: Press) -> None:
    found = Item.objects.filter(section__digest=digest).order_by("-pk").first()
    if found:
        arranging.remove(digest.pk, found.pk, Editor(None, database_now()))


def editor_undoes(digest: Digest, _press: Press) -> None:
    with suppress(NotEdited):  # there may be nothing to undo
        undoing.undo(digest.pk, Editor(None, database_now()))


def story_is_withdrawn(digest: Digest, _press: Press) -> None:
    article = Article.objects.filter(items__section__digest=digest).first()
    if article:
        Article.objects.filter(pk=article.pk).update(retracted_at=database_now())


DISTURBANCES: list[Callable[[Digest, Press], None]] = [
    source_rewrites,
    picture_arrives,
    sponsor_books,
    sponsor_leaves,
    house_changes,
    editor_writes,
    editor_adds,
    editor_makes_room,
    editor_moves,
    editor_removes,
    editor_undoes,
    story_is_withdrawn,
]


def sent(digest: Digest) -> Version:
    found = Digest.objects.select_related("sending_version").get(pk=digest.pk).sending_version
    assert found is not None
    return found


def around(content: Content) -> Content:
    return replace(content, blocks=(), subject="", preheader="")


def check_less(before: Version, after: Version, out: Story) -> None:
    """One story less, and the words that we had made of it; everything else byte for byte."""
    old, new = restored(before.content), restored(after.content)
    left = [story for story in stories_in(old) if story != out]
    assert list(stories_in(new)) == left
    headings = [(block.heading, block.style) for block in old.blocks]
    assert [h for h in headings if h in [(b.heading, b.style) for b in new.blocks]] == [
        (block.heading, block.style) for block in new.blocks
    ]
    assert around(new) == around(old)
    known = {story.headline for story in left} | {old.subject, old.preheader}
    assert new.subject == old.subject or any(headline in new.subject for headline in known)
    assert all(part.strip("… ") in "; ".join(known) for part in new.preheader.split("; "))
    assert (after.headers, after.content["link_parameters"]) == (
        before.headers,
        before.content["link_parameters"],
    )
    assert [one["subject"] for one in after.variants] == [one["subject"] for one in before.variants]
    bodies = [after.html, after.text, *(one["html"] for one in after.variants)]
    assert not any("Unseen" in body or "unseen" in body for body in bodies)
    assert set(after.article_ids) == {story.article for story in left if story.article}


@pytest.mark.parametrize("seed", range(8))
def test_a_retraction_only_shrinks(press: Press, seed: int) -> None:
    chance = random.Random(seed)
    anna, ben = member("publisher", "anna"), member("publisher", "ben")
    digest = printed(press, chance)
    for _turn in range(3):
        for disturb in chance.sample(DISTURBANCES, k=chance.randint(0, 4)):
            disturb(digest, press)
        before = sent(digest)
        stories = list(stories_in(restored(before.content)))
        if len(stories) == 1:
            break
        out = chance.choice(stories)
        done = stop_press.retract(digest.pk, out.item, by=anna, now=database_now())
        assert done.approval is not None
        after = sent(digest)
        assert (done.approval.version, done.approval.taken_out) == (after, out.headline)
        check_less(before, after, out)
        assert not Item.objects.filter(pk=out.item).exists()
    # Whatever else there is waits, and for two people.
    before = sent(digest)
    editor_writes(digest, press)
    editor_adds(digest, press)
    Article.objects.update(retracted_at=None)
    for person in (anna, anna):
        assert stop_press.release(digest.pk, by=person, now=database_now()).is_waiting
        assert sent(digest) == before
    made = stop_press.release(digest.pk, by=ben, now=database_now())
    assert sent(digest) == made.version


@pytest.mark.parametrize("seed", range(3))
def test_where_nothing_else_has_changed_the_next_version_is_as_it_stands(
    press: Press, seed: int
) -> None:
    """Cut from what was sent, or made of the rows: the same bytes."""
    chance = random.Random(seed)
    anna = member("publisher", "anna")
    digest = printed(press, chance)
    while len(stories := list(stories_in(restored(sent(digest).content)))) > 1:
        stop_press.retract(digest.pk, chance.choice(stories).item, by=anna, now=database_now())
        digest = Digest.objects.select_related("newsletter", "sending_version").get(pk=digest.pk)
        assert versions.draft_of(digest).fingerprint == sent(digest).fingerprint
