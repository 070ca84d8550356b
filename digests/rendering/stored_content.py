"""A digest's content as JSON, kept with its version, and back."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from digests.choices import BlockStyle
from digests.rendering.content import Block, Content, Masthead, Picture, Sponsor, Story
from digests.rendering.own_look import Inks, OwnLook


def stored(content: Content) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(json.dumps(asdict(content), cls=DjangoJSONEncoder))
    return kept


def restored(kept: dict[str, Any]) -> Content:
    return Content(
        masthead=Masthead(**kept["masthead"]),
        subject=kept["subject"],
        preheader=kept["preheader"],
        intro=kept["intro"],
        outro=kept["outro"],
        blocks=tuple(
            Block(
                block["heading"],
                BlockStyle(block["style"]),
                tuple(map(_story, block["stories"])),
            )
            for block in kept["blocks"]
        ),
        sponsors=tuple(map(_sponsor, kept.get("sponsors", ()))),
        own_look=own_look_of(kept),
    )


def own_look_of(kept: dict[str, Any]) -> OwnLook:
    """Versions from before templates had looks of their own say nothing of it."""
    look = kept.get("own_look") or {}
    return OwnLook(
        **(look | {time: Inks(**look[time]) for time in ("day", "night") if time in look})
    )


def story_count(kept: dict[str, Any]) -> int:
    """Stories of all blocks, those written by hand too."""
    return sum(len(block["stories"]) for block in kept.get("blocks", ()))


def words_of_stories(kept: dict[str, Any]) -> dict[int, tuple[str, str]]:
    """Headline and blurb by the article; stories without one are left out."""
    stories = [story for block in kept.get("blocks", ()) for story in block["stories"]]
    return {
        story["article"]: (story["headline"], story["blurb"])
        for story in stories
        if story.get("article")
    }


def _story(kept: dict[str, Any]) -> Story:
    published, picture = kept["published_at"], kept["picture"]
    special = {
        "authors": tuple(kept["authors"]),
        "published_at": datetime.fromisoformat(published) if published else None,
        "picture": Picture(**picture) if picture else None,
    }
    return Story(**(kept | special))


def _sponsor(kept: dict[str, Any]) -> Sponsor:
    picture = kept["picture"]
    return Sponsor(**(kept | {"picture": Picture(**picture) if picture else None}))
