"""The dates of one feed's stories: they tell of each other which number is the day."""

from datetime import UTC, datetime, tzinfo

from digests.assembly.dates import day_comes_first, read_moment
from digests.assembly.stories import Moments, RawStory
from digests.assembly.wording import plain, shortened

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Dated = tuple[RawStory, Moments]


def with_moments(raw: list[RawStory], zone: tzinfo) -> tuple[list[Dated], list[str]]:
    """Each with what its dates mean, and a warning where some cannot be read."""
    day_first = day_comes_first(text for story in raw for text in (story.published, story.updated))
    dated, unread = [], []
    for story in raw:
        published, updated = (
            read_moment(text, zone=zone, day_first=day_first) if text else None
            for text in (story.published, story.updated)
        )
        dated.append((story, Moments(published, updated)))
        if (story.published or story.updated) and not (published or updated):
            unread.append(story.published or story.updated)
    return dated, [_warning(unread)] if unread else []


def _warning(unread: list[str]) -> str:
    example = shortened(plain(unread[0]), 60)
    if len(unread) == 1:
        return f"1 story has a date that cannot be read: “{example}”."
    return f"{len(unread)} stories have dates that cannot be read, such as “{example}”."
