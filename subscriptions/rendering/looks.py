"""Which neutral colours and faces a mail is set in, by day and by night."""

from dataclasses import dataclass

# No web fonts: a request to a third party, and most mail clients ignore them. Names of several
# words need no quotes in CSS, and without them they fit any HTML attribute.
SERIF = "Georgia,Times New Roman,serif"
SANS = "-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Shades:
    page: str
    paper: str
    ink: str
    soft: str  # bylines and footers; readable on page, paper and tint
    rule: str  # hairlines
    tint: str


@dataclass(frozen=True, slots=True)
class Look:
    light: Shades
    dark: Shades


PAPER = Look(
    light=Shades("#f1f0ec", "#ffffff", "#16171a", "#5c5f66", "#dcdad3", "#f7f6f2"),
    dark=Shades("#101113", "#191b1e", "#eceae5", "#a5a7ad", "#383b40", "#202226"),
)
CREAM = Look(
    light=Shades("#f0e8db", "#fffdf8", "#2a241d", "#6a5f51", "#e4dac9", "#f8f1e4"),
    dark=Shades("#14110d", "#1e1a15", "#f1eae0", "#b3a896", "#403830", "#282219"),
)
