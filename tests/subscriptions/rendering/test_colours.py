import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.rendering.colours import (
    READABLE_CONTRAST,
    UnknownColourError,
    contrast,
    palette,
    readable_on,
    text_on,
)

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#fff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.478),
        ("#767676", "#ffffff", 4.542),
        ("#ff0000", "#ffffff", 3.998),
    ],
)
def test_the_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.001)
    assert contrast(other, one) == contrast(one, other)


@given(COLOURS)
def test_text_on_any_colour_can_be_read(colour: str) -> None:
    assert contrast(text_on(colour), colour) >= READABLE_CONTRAST


@given(COLOURS, COLOURS)
def test_any_colour_has_a_shade_that_can_be_read_on_any_other(colour: str, paper: str) -> None:
    assert contrast(readable_on(paper, colour), paper) >= READABLE_CONTRAST


def test_a_colour_that_can_be_read_stays_itself() -> None:
    assert readable_on("#ffffff", "#0b5c8a") == "#0b5c8a"


def test_a_palette_keeps_the_colour_and_lightens_it_for_the_night() -> None:
    shades = palette("#05C", light_paper="#ffffff", dark_paper="#191b1e")
    assert shades.fill == "#0055cc"
    assert shades.accent == "#0055cc"
    assert shades.accent_dark != shades.accent


@pytest.mark.parametrize("colour", ["", "red", "#12", "#12345g", "#1234567", "#ff0000;}"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(UnknownColourError, match="#rrggbb"):
        palette(colour, light_paper="#fff", dark_paper="#000")
