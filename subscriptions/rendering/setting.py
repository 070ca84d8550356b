"""What every mail's template is given besides its words: colours, faces, sides of the page."""

from typing import Literal

from subscriptions.rendering.colours import palette
from subscriptions.rendering.looks import SANS, SERIF, Look
from subscriptions.rendering.plain_text import WIDTH

Direction = Literal["ltr", "rtl"]

# Wide letter-spacing suits capitals and tears joined scripts apart; only Latin, Greek and Cyrillic
# have true italics, elsewhere a browser slants the upright letters.
_LANGUAGES_WITH_CAPITALS = (
    "bg ca cs da de el en es et fi fr hr hu is it lt lv nb nl nn no pl pt ro ru sk sl sq sr sv tr "
    "uk"
)


def setting(look: Look, *, colour: str, language: str, direction: Direction) -> dict[str, object]:
    has_capitals = language.split("-")[0].lower() in _LANGUAGES_WITH_CAPITALS.split()
    return {
        "light": look.light,
        "dark": look.dark,
        # Tint is the paper that needs most: what can be read there can be read on plain paper.
        "colours": palette(colour, light_paper=look.light.tint, dark_paper=look.dark.tint),
        "serif": SERIF,
        "sans": SANS,
        "tracking": ".08em" if has_capitals else "normal",
        "slant": "italic" if has_capitals else "normal",
        "start": "right" if direction == "rtl" else "left",
        "end": "left" if direction == "rtl" else "right",
        "line": "-" * WIDTH,
    }
