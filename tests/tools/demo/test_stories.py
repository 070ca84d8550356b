"""The invented paper: enough of it, varied enough, and nothing wrong with it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.demo.illustrations import SCENES
from tools.demo.stories import SECTIONS, Story, load_stories

NOW = datetime(2026, 3, 2, 6, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def stories() -> tuple[Story, ...]:
    return load_stories()


def test_there_are_enough_stories_for_a_daily_and_a_weekly(stories: tuple[Story, ...]) -> None:
    assert len(stories) >= 46
    assert sum("good-news" in story.tags for story in stories) >= 12
    assert sum(story.age < timedelta(days=1) for story in stories) >= 20
    assert {story.section for story in stories} == set(SECTIONS)


def test_the_newest_is_minutes_old_and_the_oldest_about_six_days(
    stories: tuple[Story, ...],
) -> None:
    assert [story.age for story in stories] == sorted(story.age for story in stories)
    assert stories[0].age < timedelta(minutes=15)
    assert timedelta(days=5) < stories[-1].age < timedelta(days=6)


def test_the_stories_are_as_untidy_as_real_ones(stories: tuple[Story, ...]) -> None:
    headlines = " ".join(story.headline for story in stories)
    assert all(sign in headlines for sign in ("’", "“", "&", "<em>", "ø"))
    assert any("ł" in "".join(story.authors).lower() for story in stories)
    assert any(len(story.authors) == 2 for story in stories)
    assert max(len(story.headline) for story in stories) > 120
    assert {story.picture is None for story in stories} == {True, False}


def test_every_picture_is_one_that_can_be_painted(stories: tuple[Story, ...]) -> None:
    assert {story.picture for story in stories if story.picture} <= set(SCENES)


def test_every_scene_is_used(stories: tuple[Story, ...]) -> None:
    assert set(SCENES) <= {story.picture for story in stories}


def test_a_plain_headline_has_no_mark_up(stories: tuple[Story, ...]) -> None:
    assert not any("<" in story.plain_headline for story in stories)


def test_a_story_is_dated_from_now_to_the_second(stories: tuple[Story, ...]) -> None:
    assert stories[0].published_at(now=NOW) == (NOW - stories[0].age).replace(microsecond=0)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("slug = 'a'\nheadline = 'H'", "story 'a' has no standfirst"),
        (
            "slug = 'a'\nheadline = 'H'\nstandfirst = 'S'\nauthors = []\ntags = ['x']\nage = 1",
            "'x'",
        ),
        (
            "slug = 'a'\nheadline = 'H'\nstandfirst = 'S'\nauthors = []\ntags = []\nage = 1",
            "no tags",
        ),
    ],
)
def test_a_wrong_story_is_named(tmp_path: Path, entry: str, complaint: str) -> None:
    file = tmp_path / "stories.toml"
    file.write_text(f"[[story]]\n{entry}\n")
    with pytest.raises(ValueError, match=complaint):
        load_stories(file)


def test_a_slug_used_twice_is_named(tmp_path: Path) -> None:
    one = "[[story]]\nslug='a'\nheadline='H'\nstandfirst='S'\nauthors=[]\ntags=['city']\nage=1\n"
    file = tmp_path / "stories.toml"
    file.write_text(one * 2)
    with pytest.raises(ValueError, match="used twice as a slug: a"):
        load_stories(file)
