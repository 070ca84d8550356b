"""Which stories fit a section."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from digests.assembly.selecting import candidates, carried, filling_order
from digests.choices import DigestState
from digests.models import Article, Sighting, Template, TemplateSection
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


# --- What an order takes first, and what it leaves out ------------------------------------------------------


def test_a_section_leaves_out_tags_and_sources(press: Press) -> None:
    wire, ours = press.source(), press.source()
    press.article("of the wire", source=wire)
    both = press.article("of both", source=wire)
    Sighting.objects.create(article=both, source=ours, seen_at=NOON)
    press.article("by hand")
    press.article("advert", source=ours, tags=["advert", "sport"])
    section = rule(press, without_tags=["Advert"])
    section.without_sources.add(wire)
    assert set(found(section)) == {"of both", "by hand"}
    section.sources.add(wire)
    assert found(section) == ["of both"]


def test_no_source_fills_more_than_its_part(press: Press) -> None:
    wire, ours = press.source(name="Wire"), press.source(name="Ours")
    for number in range(60):
        press.article(f"brief {number}", source=wire, published_at=NOON - timedelta(minutes=number))
    for number in range(3):
        press.article(f"own {number}", source=ours, published_at=NOON - (5 + number) * HOUR)
    press.article("by hand", published_at=NOON - 20 * HOUR)
    section = rule(press, most_per_source=2)
    assert found(section) == ["brief 0", "brief 1", "own 0", "own 1", "by hand"]


def test_where_a_source_tells_an_event_twice_its_next_story_takes_the_place(press: Press) -> None:
    wire = press.source()
    for minutes in range(4):
        press.article(
            "Quake of magnitude six hits Port Aldwyn overnight",
            source=wire,
            published_at=NOON - timedelta(minutes=minutes),
        )
    press.article("Rates rise", source=wire, published_at=NOON - HOUR)
    assert found(rule(press, most_per_source=2)) == [
        "Quake of magnitude six hits Port Aldwyn overnight",
        "Rates rise",
    ]


@pytest.mark.parametrize(
    ("rank", "order"),
    [
        ("newest", ["newest", "second", "first", "unlisted"]),
        ("feed", ["first", "second", "newest", "unlisted"]),
        ("tags", ["unlisted", "newest", "first", "second"]),  # of one tag the newest first
    ],
)
def test_a_section_ranks_by_what_it_says(press: Press, rank: str, order: list[str]) -> None:
    source = press.source(asked_in_full_at=NOON)
    rows = (
        ("first", 0, 3, NOON, ["arts"]),
        ("second", 1, 2, NOON, ["other", "sport"]),
        ("newest", 2, 1, NOON, ["arts", "sport"]),
        ("unlisted", 0, 4, NOON - HOUR, ["local"]),
    )
    for headline, place, hours, seen_at, tags in rows:
        press.article(
            headline,
            source=source,
            place=place,
            seen_at=seen_at,
            tags=tags,
            published_at=NOON - hours * HOUR,
        )
    tags = ["Local", "Arts", "sport"]
    assert found(rule(press, rank=rank, tags=tags)) == order


def test_a_section_ranks_by_the_priority_of_its_sources(press: Press) -> None:
    low, high = press.source(priority=7), press.source(priority=1)
    press.article("low", source=low, published_at=NOON - HOUR)
    press.article("high", source=high, published_at=NOON - 3 * HOUR)
    press.article("high, newer", source=high, published_at=NOON - 2 * HOUR)
    press.article("by hand", published_at=NOON - HOUR)
    assert found(rule(press, rank="priority")) == ["high, newer", "high", "low", "by hand"]


def test_sections_are_filled_by_number_then_the_special_ones_before_the_general(
    press: Press,
) -> None:
    general = rule(press, position=0)
    sport = TemplateSection.objects.create(template=general.template, position=1, tags=["sport"])
    wire = TemplateSection.objects.create(template=general.template, position=2)
    wire.sources.add(press.source())
    assert filling_order([general, sport, wire]) == [sport, wire, general]
    lead = TemplateSection.objects.create(template=general.template, position=3, style="lead")
    assert filling_order([general, sport, lead]) == [lead, sport, general]
    general.fill_order, wire.fill_order = 2, 1
    assert filling_order([general, sport, wire]) == [wire, general, sport]
