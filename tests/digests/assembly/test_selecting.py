"""Which stories fit a section."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from digests.assembly.selecting import candidates, carried
from digests.choices import DigestState
from digests.models import Article, Template, TemplateSection
from tests.builders import DAY, NOON, Press

HOUR = timedelta(hours=1)


def rule(press: Press, **fields: Any) -> TemplateSection:
    template = Template.objects.get(newsletter=press.newsletter())
    return TemplateSection.objects.create(template=template, **fields)


def found(section: TemplateSection, limit: int = 10, without: Collection[int] = ()) -> list[str]:
    chosen = candidates(section, as_of=NOON, without=without, limit=limit)
    return [article.headline for article in chosen]


def test_the_newest_come_first_and_no_more_than_asked_for(press: Press) -> None:
    for hours in (3, 1, 2):
        press.article(f"{hours} h", published_at=NOON - hours * HOUR)
    section = rule(press)
    assert found(section) == ["1 h", "2 h", "3 h"]
    assert found(section, limit=2) == ["1 h", "2 h"]
    assert found(section, limit=0) == []


def test_stories_too_old_or_still_to_come_do_not_fit(press: Press) -> None:
    press.article("old", published_at=NOON - 6 * HOUR)
    press.article("young", published_at=NOON - 6 * HOUR + timedelta(seconds=1))
    press.article("of tomorrow", published_at=NOON + HOUR)
    assert found(rule(press, max_age_hours=6)) == ["young"]


def test_tags_fit_in_any_case_and_one_of_them_is_enough(press: Press) -> None:
    press.article("sport", tags=["sport", "local"])
    press.article("arts", tags=["arts"])
    press.article("none")
    assert found(rule(press, tags=["Sport", "weather"])) == ["sport"]


def test_only_the_named_sources_fit(press: Press) -> None:
    ours, theirs = press.source(), press.source()
    press.article("ours", source=ours)
    press.article("theirs", source=theirs)
    section = rule(press)
    section.sources.add(ours)
    assert found(section) == ["ours"]


def test_a_section_of_pictures_takes_none_that_could_not_be_copied(press: Press) -> None:
    picture = "https://paper.example.org/picture.jpg"
    press.article("with", image_url=picture)
    press.article("broken", image_url=picture, image_error="The server answered 404 (Not Found).")
    press.article("without")
    assert found(rule(press, needs_picture=True)) == ["with"]


def test_what_is_used_already_does_not_fit(press: Press) -> None:
    first = press.article("first")
    press.article("second")
    assert found(rule(press), without={first.pk}) == ["second"]


@pytest.mark.parametrize(
    ("days_ago", "state", "is_carried"),
    [
        (1, DigestState.SENT, True),
        (7, DigestState.SENT, True),
        (8, DigestState.SENT, False),
        (1, DigestState.DRAFT, True),
        (-1, DigestState.DRAFT, True),
        (1, DigestState.HELD, True),
        (1, DigestState.CANCELLED, False),
        (1, DigestState.SKIPPED, False),
        (1, DigestState.MISSED, False),
    ],
)
def test_a_story_counts_as_carried_where_readers_got_it_or_will(
    press: Press, days_ago: int, state: DigestState, is_carried: bool
) -> None:
    newsletter = press.newsletter()
    article = press.article()
    digest = press.frozen(newsletter, local_date=DAY - timedelta(days=days_ago))
    press.carry(digest, article)
    digest.state = state
    digest.save()
    today = press.digest(newsletter)

    assert (article.pk in carried(today, newsletter.template)) is is_carried


def test_another_newsletter_may_carry_the_same_story(press: Press) -> None:
    article: Article = press.article()
    press.carry(press.digest(press.newsletter("Good News")), article)
    newsletter = press.newsletter()
    assert carried(press.digest(newsletter), newsletter.template) == set()
