"""What of a digest is shown where: content made clean, counted, and fitted to its design.

Templates only lay out; everything that needs arithmetic or judgement is done here.
"""

import re
from dataclasses import dataclass
from itertools import count

from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from digests.choices import BlockStyle
from digests.rendering.content import Content, Masthead, Picture, Story
from digests.rendering.designs import DESIGNS, part_of
from digests.rendering.rich_text import clean_rich_text, plain_paragraphs, with_links
from subscriptions.rendering.cleaning import clean, clean_link, clean_optional_link
from subscriptions.rendering.dates import day_text

# Spanish writes "e" for "y" before this sound ("Ana e Ignacio"), which "Hierro" does not begin with.
_SOUND_OF_I = re.compile(r"h?[ií](?!e)", re.IGNORECASE)
THUMBNAIL_PX = 120  # leaves a headline 190 px beside it on a phone of 375
TALLEST_WIDE_PX = 450  # a portrait must not push the headline off the screen
TALLEST_THUMBNAIL_PX = 150


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int


# In pixels of the mail; the files are made for screens of twice that (assembly/pictures.py).
LOGO_PX = Size(240, 28)
NAMEPLATE_PX = Size(320, 72)


@dataclass(frozen=True, slots=True)
class ShownPicture:
    url: str
    large_url: str
    alt: str
    credit: str  # “Photo: A. Writer/Agency”, or nothing
    wide: Size
    thumbnail: Size


@dataclass(frozen=True, slots=True)
class ShownLogo:
    """`size` is None where nobody has measured it; it is then as high as a line of small print allows."""

    url: str
    alt: str
    size: Size | None


@dataclass(frozen=True, slots=True)
class ShownText:
    """Rich text for both sides of a mail; both empty when it says nothing."""

    html: SafeString
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownStory:
    number: int  # counts through the whole digest
    headline: str
    url: str
    blurb: str
    kicker: str
    link_text: str
    byline: str
    day: str
    picture: ShownPicture | None


@dataclass(frozen=True, slots=True)
class ShownSponsor:
    """`label` is never empty."""

    label: str
    sponsor: str
    headline: str
    text: str
    url: str
    picture: ShownPicture | None


@dataclass(frozen=True, slots=True)
class ShownBlock:
    heading: str
    style: BlockStyle
    part: str  # the template that lays it out in a mail
    stories: tuple[ShownStory, ...]
    sponsors: tuple[ShownSponsor, ...] = ()  # right behind it (sponsors.py)


def present_blocks(content: Content) -> tuple[ShownBlock, ...]:
    """The blocks that have stories, numbered through."""
    numbers = count(1)
    masthead = content.masthead
    with translation.override(masthead.language):
        return tuple(
            ShownBlock(
                heading=clean(block.heading),
                style=block.style,
                part=part_of(masthead.design, block.style),
                stories=tuple(
                    _present_story(story, next(numbers), content) for story in block.stories
                ),
            )
            for block in content.blocks
            if block.stories
        )


def present_rich(text: str) -> ShownText:
    html = with_links(clean_rich_text(text), str)
    # Cleaned by an allow-list just above: the one text that comes with tags.
    return ShownText(html=mark_safe(html), paragraphs=plain_paragraphs(html))  # noqa: S308


def _present_story(story: Story, number: int, content: Content) -> ShownStory:
    headline = clean(story.headline)
    owner = f"“{headline}”"
    masthead = content.masthead
    return ShownStory(
        number=number,
        headline=headline,
        url=clean_link(story.url, owner=owner) if story.url else "",
        blurb=clean(story.blurb),
        kicker=clean(story.kicker),
        link_text=clean(story.link_text) or gettext("Read the story"),
        byline=_byline(story, masthead),
        day=day_text(story.published_at, masthead.language) if story.published_at else "",
        picture=present_picture(story.picture, owner, DESIGNS[masthead.design].wide_px),
    )


def _byline(story: Story, masthead: Masthead) -> str:
    """ "Anna Berg and Li Na · The Northern Post", or what there is of it. A paper does not name itself."""
    names = [cleaned for name in story.authors if (cleaned := clean(name))]
    if len(names) > 1:
        written = gettext("%(names)s and %(last)s") % {
            "names": gettext(", ").join(names[:-1]),
            "last": names[-1],
        }
        if masthead.language.startswith("es") and _SOUND_OF_I.match(names[-1]):
            written = f"{written.removesuffix(f'y {names[-1]}')}e {names[-1]}"
    else:
        written = "".join(names)
    source = clean(story.source)
    is_own = source.casefold() == clean(masthead.publisher).casefold()
    return " · ".join(part for part in (written, "" if is_own else source) if part)


def present_logo(masthead: Masthead, *, is_name: bool) -> ShownLogo | None:
    """`is_name`: it stands for the newsletter's name, larger, and is read out as that."""
    owner = f"the newsletter “{clean(masthead.newsletter)}” (logo)"
    url = clean_optional_link(masthead.logo_url or "", owner=owner)
    if not url:
        return None
    size = None
    if masthead.logo_width > 0 and masthead.logo_height > 0:
        limit = NAMEPLATE_PX if is_name else LOGO_PX
        size = _scaled(Size(masthead.logo_width, masthead.logo_height), limit)
    alt = clean(masthead.newsletter) if is_name else ""
    return ShownLogo(url, alt or clean(masthead.logo_alt) or clean(masthead.publisher), size)


def present_picture(picture: Picture | None, owner: str, wide_px: int) -> ShownPicture | None:
    """`owner` names its place in the error of a refused link."""
    if picture is None or picture.width < 1 or picture.height < 1:
        return None
    name = f"the picture of {owner}"
    return ShownPicture(
        url=clean_link(picture.url, owner=name),
        large_url=clean_link(picture.large_url, owner=name) if picture.large_url else "",
        alt=clean(picture.alt),
        credit=_credit(clean(picture.credit)),
        wide=_fitted(picture, Size(wide_px, TALLEST_WIDE_PX)),
        thumbnail=_fitted(picture, Size(THUMBNAIL_PX, TALLEST_THUMBNAIL_PX)),
    )


def _credit(name: str) -> str:
    return gettext("Photo: %(name)s") % {"name": name} if name else ""


def _fitted(picture: Picture, limit: Size) -> Size:
    return _scaled(Size(picture.width, picture.height), limit)


def _scaled(size: Size, limit: Size) -> Size:
    """The largest size within `limit` that keeps the proportions; pictures are never blown up."""
    scale = min(1.0, limit.width / size.width, limit.height / size.height)
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))
