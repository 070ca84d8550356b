"""Which shades of a newsletter's colour can be read, and on what (WCAG 2.2, level AA)."""

import colorsys
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

READABLE_CONTRAST = 4.5  # WCAG 1.4.3 for text of ordinary size
READABLE_WHEN_LARGE = 3.0  # from 24 px on, bold from 18.66 px on
WHITE, BLACK = "#ffffff", "#000000"
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_STEPS_OF_LIGHTNESS = 100


class UnknownColourError(ValueError):
    """A colour that is not written as #rgb or #rrggbb."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A newsletter's colour, in the four ways that a mail needs it."""

    fill: str  # the colour itself, for bands and buttons
    on_fill: str  # text on it
    accent: str  # text in it, on light paper
    accent_dark: str  # text in it, on dark paper


def palette(colour: str, *, light_paper: str, dark_paper: str) -> Palette:
    fill = written_out(colour)
    return Palette(
        fill=fill,
        on_fill=text_on(fill),
        accent=readable_on(light_paper, fill),
        accent_dark=readable_on(dark_paper, fill),
    )


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """White where it can be read, else black; one of them always can."""
    return WHITE if contrast(WHITE, background) >= READABLE_CONTRAST else BLACK


def readable_on(background: str, colour: str) -> str:
    """The shade of `colour` nearest to it that can be read as text on `background`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    goal = 1.0 if text_on(background) == WHITE else 0.0
    for step in range(_STEPS_OF_LIGHTNESS + 1):
        shade = lightness + (goal - lightness) * step / _STEPS_OF_LIGHTNESS
        candidate = _hex(colorsys.hls_to_rgb(hue, shade, saturation))
        if contrast(candidate, background) >= READABLE_CONTRAST:
            return candidate
    return text_on(background)


def nearest_readable(colour: str, backgrounds: Collection[str]) -> str | None:
    """The shade of `colour` nearest to it, lighter or darker, that can be read on all of these; None: there is none."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    if all(contrast(colour, background) >= READABLE_CONTRAST for background in backgrounds):
        return written_out(colour)
    for step in range(1, _STEPS_OF_LIGHTNESS + 1):
        for shade in (
            lightness - step / _STEPS_OF_LIGHTNESS,
            lightness + step / _STEPS_OF_LIGHTNESS,
        ):
            candidate = _hex(colorsys.hls_to_rgb(hue, min(max(shade, 0.0), 1.0), saturation))
            if all(contrast(candidate, one) >= READABLE_CONTRAST for one in backgrounds):
                return candidate
    return None


def mixed(one: str, other: str, share: float) -> str:
    """Mix two colours: `share` of `one`, the rest of `other`."""
    return _hex(
        (a * share + b * (1 - share) for a, b in zip(_channels(one), _channels(other), strict=True))
    )


def written_out(colour: str) -> str:
    """Return a colour as #rrggbb in small letters. Raises UnknownColourError."""
    if not _HEX.fullmatch(colour):
        raise UnknownColourError(f"A colour is written as #rrggbb, not {colour[:40]!r}")
    digits = colour[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _channels(colour: str) -> tuple[float, float, float]:
    """Red, green and blue, each 0 to 1."""
    written = written_out(colour)
    red, green, blue = (int(written[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    """WCAG relative luminance: sRGB made linear, weighted as the eye does."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
