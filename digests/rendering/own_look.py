"""What a template says over the look of its design: colours by day and by night, faces, words of its own."""

from dataclasses import dataclass, field, replace
from typing import Literal

from subscriptions.rendering.colours import (
    Palette,
    mixed,
    nearest_readable,
    palette,
    written_out,
)
from subscriptions.rendering.looks import Look, Shades

Faces = Literal["design", "serif", "sans"]
Nameplate = Literal["name", "logo", "words"]

# How much of the ink is in what is made of ink and paper; the designs' own shades are near these.
INK_IN_SOFT, INK_IN_RULE, INK_IN_TINT = 0.7, 0.16, 0.04


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of a time of day, as #rrggbb. An empty one is the design's."""

    page: str = ""  # around the paper
    paper: str = ""
    ink: str = ""
    soft: str = ""  # bylines and the foot
    accent: str = (
        ""  # kickers and links; empty: a shade of the newsletter's colour that can be read
    )


@dataclass(frozen=True, slots=True)
class OwnLook:
    """`band` is the colour of bars, bands and buttons; empty: the newsletter's. `mjml`: see own_mjml.py."""

    band: str = ""
    day: Inks = field(default_factory=Inks)
    night: Inks = field(default_factory=Inks)
    faces: Faces = "design"
    nameplate: Nameplate = "name"
    mjml: str = ""


@dataclass(frozen=True, slots=True)
class Coloured:
    """A design's look with every colour decided."""

    look: Look
    palette: Palette


def coloured(look: Look, own: OwnLook, *, colour: str) -> Coloured:
    """`colour` is the newsletter's. Raises UnknownColourError for what is no colour, whoever wrote it."""
    light, dark = _shades(look.light, own.day), _shades(look.dark, own.night)
    # Tint is the paper that needs most: what can be read there can be read on plain paper.
    found = palette(own.band or colour, light_paper=light.tint, dark_paper=dark.tint)
    return Coloured(
        Look(light, dark),
        replace(
            found,
            accent=_or(own.day.accent, found.accent),
            accent_dark=_or(own.night.accent, found.accent_dark),
        ),
    )


def by_field(coloured: Coloured) -> dict[str, str]:
    """Every colour as decided, by the name that templates keep it under."""
    look, colours = coloured.look, coloured.palette
    found = {"band": colours.fill, "accent": colours.accent, "dark_accent": colours.accent_dark}
    for start, shades in (("", look.light), ("dark_", look.dark)):
        found |= {
            f"{start}{name}": getattr(shades, name) for name in ("page", "paper", "ink", "soft")
        }
    return found


def _shades(shades: Shades, inks: Inks) -> Shades:
    page, paper, ink = (
        _or(inks.page, shades.page),
        _or(inks.paper, shades.paper),
        _or(inks.ink, shades.ink),
    )
    is_own = bool(inks.paper or inks.ink)
    tint = mixed(ink, paper, INK_IN_TINT) if is_own else shades.tint
    rule = mixed(ink, paper, INK_IN_RULE) if is_own else shades.rule
    soft = mixed(ink, paper, INK_IN_SOFT) if is_own else shades.soft
    if not inks.soft:
        soft = nearest_readable(soft, (page, paper, tint)) or soft
    return Shades(page, paper, ink, _or(inks.soft, soft), rule, tint)


def _or(chosen: str, otherwise: str) -> str:
    return written_out(chosen) if chosen else otherwise
