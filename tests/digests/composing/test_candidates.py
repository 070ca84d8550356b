from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digests.assembly.identity import story_key
from digests.composing.candidates import LIMIT, Candidates, Wish, story_candidates, wished
from digests.models import Digest, StoryAddress
from tests.builders import DAY, NOON, Press


def headlines(found: Candidates) -> list[str]:
    return [one.article.headline for one in found.stories]


def look(digest: Digest, **wish: object) -> list[str]:
    return headlines(story_candidates(digest, Wish(**wish), now=NOON))  # type: ignore[arg-type]  # a case's own


@pytest.fixture
def stories(press: Press, digest: Digest) -> None:
    """Beside the digest's own, from the newest on."""
    wire = press.source(name="Wire")
    for hours, headline, tags in (
        (1, "Harbour bridge reopens", ["city"]),
        (5, "The bridge-builder’s diary", ["good news"]),
        (30, "Ferry stays in harbour", ["city", "quay"]),
    ):
        published_at = NOON - timedelta(hours=hours)
        press.article(headline, tags=tags, source=wire, published_at=published_at)


@pytest.mark.usefixtures("stories")
@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({}, [0, 1, 2]),
        ({"words": "HARB"}, [0, 2]),
        ({"words": "bridge harbour"}, [0]),
        ({"words": "quay"}, [2]),
        ({"words": "good news"}, []),
        ({"tag": "Good News"}, [1]),
        ({"hours": 24}, [0, 1]),
        ({"words": "':* | !&"}, [0, 1, 2]),
        ({"words": "no such word"}, []),
        ({"source_id": 999_999_999}, []),
    ],
)
def test_stories_are_found_by_the_beginning_of_words_and_by_tags(
    digest: Digest, wish: dict[str, object], found: list[int]
) -> None:
    every = ["Harbour bridge reopens", "The bridge-builder’s diary", "Ferry stays in harbour"]
    assert look(digest, **wish) == [every[place] for place in found]


def test_a_story_is_found_by_words_of_its_summary(press: Press, digest: Digest) -> None:
    press.article("Harbour bridge reopens", summary="After nine years of works, traffic flows.")
    press.article("Ferry stays")
    assert look(digest, words="bridge traff") == ["Harbour bridge reopens"]


@pytest.mark.parametrize(
    "pasted",
    [
        "https://paper.example.org/bridge", " http://www.paper.example.org/bridge/?utm_source=mail#top ",
        "https://paper.example.org/bridge/amp",
    ],
)  # fmt: skip
def test_a_story_is_found_by_its_address_as_readers_have_it(
    press: Press, digest: Digest, pasted: str
) -> None:
    story = press.article("Harbour bridge reopens", url="https://paper.example.org/bridge")
    StoryAddress.objects.create(key=story_key(story.url), article=story)
    press.article("Another")
    assert look(digest, words=pasted) == ["Harbour bridge reopens"]
    assert look(digest, words=str(story.pk)) == ["Harbour bridge reopens"]


@pytest.mark.parametrize("pasted", ["https://paper.example.org/none", "https://[", "http://"])
def test_an_address_of_no_story_finds_none(press: Press, digest: Digest, pasted: str) -> None:
    press.article("A story")
    assert look(digest, words=pasted) == []


def test_what_was_carried_is_told_our_own_first(press: Press, digest: Digest) -> None:
    yesterday = press.digest(digest.newsletter, local_date=DAY - timedelta(days=1))
    other = press.digest(press.newsletter("Good News"), local_date=DAY)
    ours, theirs, fresh = press.article("Ours"), press.article("Theirs"), press.article("Fresh")
    press.carry(yesterday, ours)
    press.carry(other, ours, theirs)
    found = story_candidates(digest, Wish(), now=NOON).stories
    assert {one.article: (one.carried_in, one.is_used_by(digest)) for one in found} == {
        ours: (yesterday, True),
        theirs: (other, False),
        fresh: (None, False),
    }


def test_a_retracted_story_is_not_offered(press: Press, digest: Digest) -> None:
    press.article("Gone", retracted_at=NOON)
    assert look(digest) == []


def test_older_stories_are_on_further_pages(press: Press, digest: Digest) -> None:
    for number in range(LIMIT + 2):
        published_at = NOON - timedelta(minutes=number)
        press.article(f"Story {number}", published_at=published_at)
    first = story_candidates(digest, Wish(), now=NOON)
    second = story_candidates(digest, Wish(page=2), now=NOON)
    assert (len(first.stories), first.has_more) == (LIMIT, True)
    assert (headlines(second), second.has_more) == (["Story 30", "Story 31"], False)
    assert story_candidates(digest, Wish(page=10**9), now=NOON).stories == []


@pytest.mark.parametrize("rows", [3, 30])
def test_ten_times_the_stories_cost_no_more_queries(
    press: Press,
    digest: Digest,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    yesterday = press.digest(digest.newsletter, local_date=DAY - timedelta(days=1))
    press.carry(yesterday, *(press.article(source=press.source()) for _number in range(rows)))
    with django_assert_num_queries(2):
        for one in story_candidates(digest, Wish(words="story"), now=NOON).stories:
            assert (str(one.article.source), str(one.carried_in)) != ("", "")


def test_words_are_looked_up_in_their_index(press: Press, digest: Digest) -> None:
    """Not by reading every headline: whoever changes the expression must change the index, too."""
    from django.db import connection

    found = wished(Wish(words="bridge"), NOON)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "article_all_words" in found.order_by().explain()
