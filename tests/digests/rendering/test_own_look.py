from dataclasses import replace

import pytest

from digests.rendering.compose import colours_of, render
from digests.rendering.content import Content
from digests.rendering.designs import DESIGNS
from digests.rendering.own_look import Inks, OwnLook, by_field, coloured
from digests.rendering.stored_content import restored, stored
from subscriptions.rendering.colours import READABLE_CONTRAST, UnknownColourError, contrast
from subscriptions.rendering.looks import PAPER
from tests.digests.rendering.building import CONTENT, Page, with_masthead

HOSTILE = [
    "</style><script>alert(1)</script>",
    "red;} body{display:none",
    "url(javascript:alert(1))",
    "expression(alert(1))",
    "#ffffff;background:url(https://evil.example.org/x)",
    "#fff\n",
    "\ue000leave_url\ue001",
]


def with_look(content: Content = CONTENT, **look: object) -> Content:
    return replace(content, own_look=replace(content.own_look, **look))  # type: ignore[arg-type]  # by name


def test_a_look_that_says_nothing_is_its_designs() -> None:
    assert coloured(PAPER, OwnLook(), colour="#0b5c8a").look == PAPER


@pytest.mark.parametrize("design", DESIGNS)
def test_every_colour_is_seen_where_it_belongs(design: str) -> None:
    own = OwnLook(
        band="#112233",
        day=Inks("#fafafa", "#fffff0", "#101010", "#505050", "#7a0019"),
        night=Inks("#000010", "#101020", "#f0f0f1", "#b0b0b1", "#ffb3c1"),
    )
    content = replace(with_masthead(design=design), own_look=own)
    html = render(content).html
    by_day, by_night = html.split("<body", 1)[1], html.split("<body", 1)[0]
    for colour in ("#112233", "#fafafa", "#fffff0", "#101010", "#505050", "#7a0019"):
        assert colour in by_day
    for colour in ("#000010", "#101020", "#f0f0f1", "#b0b0b1", "#ffb3c1"):
        assert colour in by_night
    assert DESIGNS[design].look.light.ink not in html


def test_what_is_made_of_ink_and_paper_follows_them() -> None:
    found = coloured(PAPER, OwnLook(day=Inks(paper="#222222", ink="#eeeeee")), colour="#0b5c8a")
    shades = found.look.light
    for ground in (shades.paper, shades.tint):
        assert contrast(shades.soft, ground) >= READABLE_CONTRAST
        assert contrast(found.palette.accent, ground) >= READABLE_CONTRAST
    assert shades.rule not in (PAPER.light.rule, shades.paper)


def test_every_colour_has_the_name_of_its_field() -> None:
    colours = by_field(colours_of(with_look(day=Inks(ink="#123456"))))
    assert colours["ink"] == "#123456"
    assert colours["dark_ink"] == PAPER.dark.ink
    assert len(colours) == 11


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["band", "page", "paper", "ink", "soft", "accent"])
def test_what_is_no_colour_is_never_rendered(field: str, value: str) -> None:
    look = OwnLook(band=value) if field == "band" else OwnLook(day=Inks(**{field: value}))
    with pytest.raises(UnknownColourError):
        render(replace(CONTENT, own_look=look))


def test_one_face_may_stand_throughout() -> None:
    assert "Georgia" not in render(with_look(faces="sans")).html
    assert "Helvetica" not in render(with_look(faces="serif")).html
    both = render(with_look()).html
    assert "Georgia" in both
    assert "Helvetica" in both


def test_a_logo_is_as_large_as_its_place_takes() -> None:
    content = with_masthead(logo_width=640, logo_height=128, logo_alt="The Courier’s anchor")
    image = Page(render(content).html).all("img")[0]
    assert (image["width"], image["height"]) == ("140", "28")
    assert image["alt"] == "The Courier’s anchor"
    plate = Page(render(with_look(content, nameplate="logo")).html)
    image = plate.all("img")[0]
    assert (image["width"], image["height"]) == ("320", "64")
    assert image["alt"] == "Morning Briefing"  # it stands for the name
    assert "Morning Briefing" not in plate.words.split("You are receiving")[0].replace("\n", " ")


def test_words_alone_show_no_logo() -> None:
    page = Page(render(with_look(nameplate="words")).html)
    assert not [image for image in page.all("img") if "logo" in image["src"]]
    assert "The Harbour Courier" in page.words


def test_without_a_logo_the_name_stands_in_the_nameplate() -> None:
    page = Page(render(with_look(with_masthead(logo_url=None), nameplate="logo")).html)
    assert "Morning Briefing" in page.words


def test_a_look_is_kept_with_its_version_and_older_ones_have_none() -> None:
    content = with_look(day=Inks(ink="#123456"), night=Inks(page="#000000"), faces="sans")
    kept = stored(content)
    assert restored(kept) == content
    del kept["own_look"]
    for name in ("logo_alt", "logo_width", "logo_height"):
        del kept["masthead"][name]
    assert restored(kept).own_look == OwnLook()
