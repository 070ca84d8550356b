"""What a digest's templates are given: plain values, fetched and decided elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from digests.choices import BlockStyle
from digests.rendering.own_look import OwnLook
from subscriptions.rendering.setting import Direction

SponsorPlace = Literal["after_lead", "between", "foot"]


@dataclass(frozen=True, slots=True)
class Picture:
    """Our own copy of a story's picture, in two sizes. Width and height are those of `url`.

    An empty `alt` means that the picture is decorative.
    """

    url: str  # up to 600 px wide
    width: int
    height: int
    alt: str
    large_url: str  # up to 1200 px wide, for dense screens; empty where there is none
    credit: str = ""  # who made it


@dataclass(frozen=True, slots=True)
class Story:
    """An article as it stands in this digest. Everything but the headline may be empty.

    `published_at` is in the newsletter's zone. `item` and `article` say which rows it was made of; 0: unknown, or none.
    """

    headline: str
    url: str
    blurb: str = ""
    kicker: str = ""
    link_text: str = ""
    authors: tuple[str, ...] = ()
    source: str = ""
    published_at: datetime | None = None
    picture: Picture | None = None
    item: int = 0
    article: int = 0


@dataclass(frozen=True, slots=True)
class Sponsor:
    """What a booking shows in its slot. An empty `label` means "Sponsored" in the newsletter's language."""

    booking: int
    place: SponsorPlace
    sponsor: str
    label: str
    headline: str
    text: str
    url: str  # may be empty
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Block:
    heading: str
    style: BlockStyle
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Masthead:
    """Who speaks. `colour` is #rrggbb; `date_text` see dates.py; the logo may be missing."""

    newsletter: str
    publisher: str
    colour: str
    logo_url: str | None
    postal_address: str
    privacy_url: str
    language: str
    direction: Direction
    date_text: str
    design: str  # one of DESIGNS (designs.py)
    has_page: bool = True  # on the web, for "View in browser"
    logo_alt: str = ""  # empty: the publisher's name
    logo_width: int = 0  # pixels of the file; 0 where nobody measured it
    logo_height: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """A whole digest. `intro` and `outro` are rich text (rich_text.py); both may be empty."""

    masthead: Masthead
    subject: str
    preheader: str
    intro: str
    outro: str
    blocks: tuple[Block, ...]
    sponsors: tuple[Sponsor, ...] = ()
    own_look: OwnLook = field(default_factory=OwnLook)


def stories_in(content: Content) -> Iterator[Story]:
    """In the order of the mail."""
    for block in content.blocks:
        yield from block.stories


def less(content: Content, is_out: Callable[[Story], bool]) -> Content:
    """Return the content without those stories, and without a block that has no other."""
    blocks = (
        replace(block, stories=tuple(story for story in block.stories if not is_out(story)))
        for block in content.blocks
    )
    return replace(content, blocks=tuple(block for block in blocks if block.stories))
