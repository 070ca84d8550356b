"""Material in which nothing is wrong, to spoil in one place."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from digests.preflight.material import Answer, Material, Story
from digests.rendering.tokens import Token, marker
from tests.builders import NOON

LEAVE = marker(Token.LEAVE_URL)
STORY = Story(
    article_id=1,
    headline="The ferry is back",
    url="https://paper.example.org/ferry",
    published_at=NOON - timedelta(hours=3),
    item_id=11,
    section="Today",
    seen_headline="The ferry is back",
    article_headline="The ferry is back",
    has_picture=True,
    alt="A white ferry in harbour",
)
SOUND = Material(
    newsletter="Morning Briefing",
    zone="Europe/Paris",
    goes_out_at=NOON,
    subject="The ferry is back, and so is the fog",
    preheader="Five stories for your way to work",
    html=f'<a href="{LEAVE}">Unsubscribe</a>',
    text=LEAVE,
    postal_address="1 Quay Street, Port Aldwyn",
    story_count=1,
    stories=(STORY,),
    html_bytes=40_000,
    sender="Morning Briefing <news@news.paper.co.uk>",
    house_domains=("www.paper.co.uk",),
    readers=1_000,
    readers_before=(990, 1_010, 1_000),
)


def story(**fields: Any) -> Story:
    return replace(STORY, **fields)


def material(**fields: Any) -> Material:
    return replace(SOUND, **fields)


def answer(status: int | None, error: str = "", times: int = 0, minutes: int = 0) -> Answer:
    """`minutes`: for how long it has said that there is nothing."""
    since = NOON - timedelta(minutes=minutes) if times else None
    return Answer(status, error, times, NOON, since)


def by_hand(**fields: Any) -> Story:
    """Written by an editor, with a link."""
    values = {
        "headline": "Thank you, Ada",
        "url": "https://ada.example.org/",
        "own_headline": "Thank you, Ada",
    }
    return Story(**({"article_id": None, "published_at": None, "item_id": 21} | values | fields))
