"""A publisher's and a newsletter's colour on the papers of the readers' pages."""

from subscriptions.rendering.colours import Palette, UnknownColourError, palette

LIGHT_PAPER = "#faf8f4"  # the --paper of static/web/site.css; its cards are lighter still
# A shade above the --card of dark pages: small coloured type on a dark ground looks dimmer than its contrast says.
DARK_PAPER = "#2c3137"
FALLBACK = "#1d3557"


def page_palette(colour: str) -> Palette:
    """What is no colour gives that of the default: a page must come up, and nothing else get into its style."""
    try:
        return palette(colour, light_paper=LIGHT_PAPER, dark_paper=DARK_PAPER)
    except UnknownColourError:
        return palette(FALLBACK, light_paper=LIGHT_PAPER, dark_paper=DARK_PAPER)
