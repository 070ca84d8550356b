"""What is in today's Harbour Courier: the invented paper that the demo fetches like any other."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

STORIES_FILE = Path(__file__).with_name("stories.toml")
PAPER_NAME = "The Harbour Courier"
PAPER_CITY = "Port Aldwyn"
SECTIONS = {
    "world": "World",
    "city": "City",
    "politics": "Politics",
    "business": "Business",
    "science": "Science",
    "culture": "Culture",
    "sport": "Sport",
    "climate": "Climate",
    "good-news": "Good News",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One story. `headline` is plain text but for `<em>`, as newsroom systems really export it."""

    slug: str
    headline: str
    standfirst: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    age: timedelta
    picture: str | None
    """A scene of illustrations.py, or None for a story without a picture."""

    @property
    def section(self) -> str:
        """The tag that the story leads with; its others only help to find it."""
        return self.tags[0]

    @property
    def plain_headline(self) -> str:
        return self.headline.replace("<em>", "").replace("</em>", "")

    def published_at(self, *, now: datetime) -> datetime:
        """The moment to the whole second, because a feed's dates have no fractions."""
        return (now - self.age).replace(microsecond=0)


def load_stories(path: Path = STORIES_FILE) -> tuple[Story, ...]:
    """All stories, newest first. Raises ValueError naming the story that is wrong."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["story"]
    stories = [_story(entry) for entry in entries]
    slugs = [story.slug for story in stories]
    if len(set(slugs)) != len(slugs):
        twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
        raise ValueError(f"{path.name}: used twice as a slug: {', '.join(twice)}")
    return tuple(sorted(stories, key=lambda story: story.age))


def _story(entry: dict[str, Any]) -> Story:
    try:
        story = Story(
            slug=entry["slug"],
            headline=entry["headline"],
            standfirst=entry["standfirst"],
            authors=tuple(entry["authors"]),
            tags=tuple(entry["tags"]),
            age=timedelta(minutes=entry["age"]),
            picture=entry.get("picture"),
        )
    except KeyError as error:
        raise ValueError(f"story {entry.get('slug', '?')!r} has no {error.args[0]}") from error
    unknown = set(story.tags) - set(SECTIONS)
    if unknown or not story.tags:
        raise ValueError(f"story {story.slug!r} has unknown or no tags: {sorted(unknown)}")
    return story
