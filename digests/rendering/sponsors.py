"""Where sponsors stand among the blocks of a digest, and with which label."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils import translation
from django.utils.translation import gettext

from digests.choices import BlockStyle
from digests.rendering.content import Content, Sponsor, SponsorPlace
from digests.rendering.presenting import (
    ShownBlock,
    ShownSponsor,
    present_picture,
)
from subscriptions.rendering.cleaning import clean, clean_link

AT_THE_FOOT: SponsorPlace = "foot"
_PICTURE_PX = (
    600 - 2 * 24 - 2 * 18 - 2
)  # without the sides of the paper, and of the box and its rule

Sponsors = Mapping[SponsorPlace, tuple[ShownSponsor, ...]]


def present_sponsors(content: Content) -> Sponsors:
    """Those that have words to show, by their place."""
    shown: defaultdict[SponsorPlace, tuple[ShownSponsor, ...]] = defaultdict(tuple)
    for sponsor in content.sponsors:
        if clean(sponsor.headline) or clean(sponsor.text):
            shown[sponsor.place] += (_present(sponsor, content),)
    return shown


def places(styles: Sequence[BlockStyle]) -> tuple[int, int]:
    """Behind which block, counted from 0, “after the lead” and “between sections” stand; there is a block."""
    lead = next((place for place, style in enumerate(styles) if style is BlockStyle.LEAD), 0)
    return lead, max(min(lead + 1, len(styles) - 2), (len(styles) - 1) // 2, 0)


def behind_blocks(blocks: Sequence[ShownBlock], sponsors: Sponsors) -> tuple[ShownBlock, ...]:
    """After the lead, else the first block; between sections: the middle, never behind the last if that can be."""
    if not blocks:
        return ()
    lead, middle = places([block.style for block in blocks])
    behind: defaultdict[int, tuple[ShownSponsor, ...]] = defaultdict(tuple)
    behind[lead] += sponsors["after_lead"]
    behind[middle] += sponsors["between"]
    return tuple(replace(block, sponsors=behind[place]) for place, block in enumerate(blocks))


def shown_label(label: str, language: str) -> str:
    """Never empty: “Sponsored” in the newsletter's language where nobody could read the label."""
    cleaned = clean(label)
    with translation.override(language):
        return cleaned if any(map(str.isalnum, cleaned)) else gettext("Sponsored")


def _present(sponsor: Sponsor, content: Content) -> ShownSponsor:
    name = clean(sponsor.sponsor)
    owner = f"the sponsor “{name}”"
    return ShownSponsor(
        label=shown_label(sponsor.label, content.masthead.language),
        sponsor=name,
        headline=clean(sponsor.headline),
        text=clean(sponsor.text),
        url=clean_link(sponsor.url, owner=owner) if sponsor.url else "",
        picture=present_picture(sponsor.picture, owner, _PICTURE_PX),
    )
