from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.rendering.compose import colours_of
from digests.rendering.designs import DESIGNS
from digests.rendering.own_look import Inks, OwnLook, coloured
from digests.rendering.readability import Pair, failing, pairs
from subscriptions.rendering.colours import contrast, mixed, nearest_readable
from subscriptions.rendering.looks import PAPER
from tests.digests.rendering.building import with_masthead

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("colour", ["#ffd400", "#000000", "#ffffff", "#0b5c8a", "#777777"])
def test_the_designs_can_be_read_whatever_the_newsletters_colour(design: str, colour: str) -> None:
    found = colours_of(with_masthead(design=design, colour=colour))
    assert failing(found, has_band=True) == []
    assert len(pairs(found, has_band=True)) == 14
    assert len(pairs(found, has_band=False)) == 12


def test_the_ratio_is_that_of_the_standard_and_is_never_rounded_up() -> None:
    pair = Pair("day", "ink", "paper", "#777777", "#ffffff", 4.5)
    assert pair.ratio == 4.47  # the example of WCAG: 4.48 is what rounding would say
    assert not pair.passes
    assert Pair("day", "ink", "paper", "#767676", "#ffffff", 4.5).passes
    assert Pair("day", "name", "band", "#949494", "#ffffff", 3.0).passes
    assert Pair("day", "ink", "paper", "#000000", "#ffffff", 4.5).ratio == 21.0


def test_what_fails_comes_with_the_nearest_that_passes_on_all_its_grounds() -> None:
    look = OwnLook(day=Inks(ink="#8a8a8a", accent="#ffaa00"))
    found = failing(coloured(PAPER, look, colour="#0b5c8a"), has_band=False)
    assert {(pair.time, pair.text) for pair in found} == {("day", "ink"), ("day", "accent")}
    for pair in found:
        assert pair.suggestion
        assert contrast(pair.suggestion, pair.background) >= 4.5
        lighter = nearest_readable(pair.suggestion, (pair.background,))
        assert lighter == pair.suggestion


def test_between_black_and_white_there_may_be_no_colour() -> None:
    look = OwnLook(day=Inks(paper="#ffffff", page="#444444", soft="#888888"))
    found = failing(coloured(PAPER, look, colour="#0b5c8a"), has_band=False)
    assert {pair.suggestion for pair in found if pair.text == "soft"} == {""}


@given(colours, colours)
def test_a_suggestion_passes_and_no_nearer_step_does(colour: str, background: str) -> None:
    found = nearest_readable(colour, (background,))
    assert found is not None  # black or white can be read on any colour
    assert contrast(found, background) >= 4.5
    if contrast(colour, background) >= 4.5:
        assert found == colour


def test_a_mixture_lies_between() -> None:
    assert mixed("#000000", "#ffffff", 0) == "#ffffff"
    assert mixed("#000000", "#ffffff", 1) == "#000000"
    assert mixed("#000000", "#ffffff", 0.5) in ("#7f7f7f", "#808080")


def test_night_is_looked_at_by_itself() -> None:
    look = replace(OwnLook(), night=Inks(ink="#111111"))
    found = failing(coloured(PAPER, look, colour="#0b5c8a"), has_band=False)
    assert {(pair.time, pair.text) for pair in found} == {("night", "ink")}
