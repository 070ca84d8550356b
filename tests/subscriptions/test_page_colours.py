"""Colours that can be read on the papers the style sheet really has."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from subscriptions.page_colours import FALLBACK, LIGHT_PAPER, page_palette
from subscriptions.rendering.colours import READABLE_CONTRAST, contrast

STYLE = (Path(settings.BASE_DIR) / "static" / "web" / "site.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", part))
    for part in STYLE.partition("@media print")[0].split("(prefers-color-scheme: dark)", 1)
)


@pytest.mark.parametrize("colour", ["#ffcc00", "#000000", "#ffffff", "#1d3557", "#e63946"])
def test_a_colour_can_be_read_on_every_paper_and_under_a_buttons_words(colour: str) -> None:
    palette = page_palette(colour)
    for name in ("paper", "card", "on-accent"):
        assert contrast(palette.accent, LIGHT[name]) >= READABLE_CONTRAST, name
        assert contrast(palette.accent_dark, DARK[name]) >= READABLE_CONTRAST, name


def test_the_light_paper_is_that_of_the_style_sheet() -> None:
    assert LIGHT["paper"] == LIGHT_PAPER


def test_what_is_no_colour_does_not_get_into_a_style() -> None:
    assert page_palette("red;} body{display:none") == page_palette(FALLBACK)
