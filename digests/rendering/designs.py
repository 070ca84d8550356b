"""One record a design: what code must know of it. The rest are its templates in templates/email/digests/."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from digests.choices import BlockStyle, Design
from subscriptions.rendering.looks import CREAM, PAPER, Look

# News alerts have a design of their own, which no template can choose.
ALERT: Final = "alert"


@dataclass(frozen=True, slots=True)
class DesignRecord:
    look: Look  # its colours and faces, where a template sets no others
    wide_px: int  # of the largest picture
    has_band: bool = False  # does it set words on a band in the newsletter's colour?


DESIGNS: Final[Mapping[str, DesignRecord]] = {
    Design.BRIEFING: DesignRecord(PAPER, wide_px=600),
    Design.WEEKLY: DesignRecord(CREAM, wide_px=552, has_band=True),
    ALERT: DesignRecord(PAPER, wide_px=600, has_band=True),
}


def part_of(design: str, style: BlockStyle) -> str:
    """The template that lays a block out; the design of alerts needs none."""
    return f"digests/parts/{design}_{style}.html"
