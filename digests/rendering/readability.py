"""Whether what a look sets in colour can be read (WCAG 2.2, 1.4.3), and which colour near it could."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from digests.rendering.own_look import Coloured
from subscriptions.rendering.colours import (
    READABLE_CONTRAST,
    READABLE_WHEN_LARGE,
    contrast,
    nearest_readable,
)

Time = Literal["day", "night"]
Text = Literal["ink", "soft", "accent", "name", "on_band"]
Ground = Literal["paper", "page", "tint", "band"]

# Which text stands on which grounds. Tint lies under briefs and sponsors.
GROUNDS: dict[Text, tuple[Ground, ...]] = {
    "ink": ("paper", "tint"),
    "soft": ("paper", "page", "tint"),
    "accent": ("paper",),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Text in a colour on another. `suggestion` is the nearest that can be read on all its grounds; empty: none can."""

    time: Time
    text: Text
    ground: Ground
    colour: str
    background: str
    needs: float
    suggestion: str = ""

    @property
    def ratio(self) -> float:
        """The contrast to two places, never rounded up: 4.499 is not 4.5."""
        return math.floor(contrast(self.colour, self.background) * 100) / 100

    @property
    def passes(self) -> bool:
        return contrast(self.colour, self.background) >= self.needs


def pairs(coloured: Coloured, *, has_band: bool) -> list[Pair]:
    """All that stand in a mail. `has_band`: its design sets words on a band in the newsletter's colour."""
    found = [pair for time in ("day", "night") for pair in _of_time(coloured, time)]
    if has_band:
        fill, on_fill = coloured.palette.fill, coloured.palette.on_fill
        found += [
            Pair("day", "name", "band", on_fill, fill, READABLE_WHEN_LARGE),
            Pair("day", "on_band", "band", on_fill, fill, READABLE_CONTRAST),
        ]
    return found


def failing(coloured: Coloured, *, has_band: bool) -> list[Pair]:
    return [pair for pair in pairs(coloured, has_band=has_band) if not pair.passes]


def _of_time(coloured: Coloured, time: Time) -> Iterator[Pair]:
    shades = coloured.look.light if time == "day" else coloured.look.dark
    colours = coloured.palette
    accent = colours.accent if time == "day" else colours.accent_dark
    inks: dict[Text, str] = {"ink": shades.ink, "soft": shades.soft, "accent": accent}
    papers: dict[Ground, str] = {"paper": shades.paper, "page": shades.page, "tint": shades.tint}
    for text, grounds in GROUNDS.items():
        backgrounds = [papers[ground] for ground in grounds]
        suggestion = nearest_readable(inks[text], backgrounds) or ""
        for ground in grounds:
            yield Pair(
                time, text, ground, inks[text], papers[ground], READABLE_CONTRAST, suggestion
            )
