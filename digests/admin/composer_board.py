"""The sections of a digest with their stories and sponsors, as the composer's page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from digests.choices import BlockStyle, SponsorPlace
from digests.models import Booking, Digest, Item, Section
from digests.rendering.sponsors import places, shown_label
from digests.sponsors.sponsoring import bookings_of


@dataclass(frozen=True, slots=True)
class Row:
    """An item in its place; `is_beyond`: the section has no room for it, so it is not sent."""

    item: Item
    number: int
    is_beyond: bool


@dataclass(frozen=True, slots=True)
class Block:
    section: Section
    rows: list[Row]
    ads: list["Ad"] = field(default_factory=list)  # right behind it

    @property
    def shown(self) -> int:
        return min(len(self.rows), self.section.slots)

    @property
    def room(self) -> int:
        return max(self.section.slots - len(self.rows), 0)


@dataclass(frozen=True, slots=True)
class Ad:
    """A booking of the digest's day; `why_not`: why the mail leaves it out, for the editor."""

    booking: Booking
    label: str
    why_not: str = ""


def staff(request: HttpRequest) -> User:
    """Return the member of staff who asks. The admin's views have asked for a login before."""
    return cast(User, request.user)


def arranged(digest: Digest) -> dict[str, Any]:
    """Sections and sponsors in the order of the mail: a fixed number of queries, however many stories."""
    blocks = _blocks_of(digest)
    return {"digest": digest, "blocks": blocks, "foot_ads": _place_ads(digest, blocks)}


def _place_ads(digest: Digest, blocks: Sequence[Block]) -> list[Ad]:
    """Puts each behind its block; returns those at the foot, and those that have no place."""
    filled = [block for block in blocks if block.rows]
    behind: dict[int, Block] = {}
    if filled:
        styles = [BlockStyle(block.section.style) for block in filled]
        lead, middle = places(styles)
        behind = {SponsorPlace.AFTER_LEAD: filled[lead], SponsorPlace.BETWEEN: filled[middle]}
    foot: list[Ad] = []
    for booking in bookings_of(digest):
        block = behind.get(booking.place)
        (block.ads if block else foot).append(_ad(booking, digest, has_stories=bool(filled)))
    return foot


def _ad(booking: Booking, digest: Digest, *, has_stories: bool) -> Ad:
    why_not = ""
    if not booking.has_copy:
        why_not = _("Left out: the sponsor has neither a headline nor a text.")
    elif not has_stories and booking.place != SponsorPlace.FOOT:
        why_not = _("Left out while the digest has no stories.")
    return Ad(booking, shown_label(booking.label, digest.newsletter.language), why_not)


def _blocks_of(digest: Digest) -> list[Block]:
    sections = digest.sections.select_related("made_from").prefetch_related(
        "items__article__source", "items__image"
    )
    return [
        Block(
            section,
            [
                Row(item, place + 1, place >= section.slots)
                for place, item in enumerate(section.items.all())
            ],
        )
        for section in sections
    ]
