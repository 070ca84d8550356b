from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from digests.rendering.compose import render
from digests.rendering.content import Design
from digests.rendering.own_look import Nameplate
from newsroom.pictures.mails import render_mail_pictures
from tests.digests.rendering.building import STORY, with_masthead, with_story
from tests.digests.rendering.test_own_look import with_look

pytestmark = pytest.mark.browser
LANGUAGES = ("en",)  # Arabic ones take as long again, and are the same templates.
LETTERS = (
    *("confirmation", "confirmation-of-one", "reminder", "welcome", "welcome-without-words"),
    *("settings-link", "address-old", "address-new", "address-done"),
)
MAILS = (
    *("briefing", "weekly", "briefing-own-look", "weekly-own-look", "news-alert", "correction"),
    *("alert", "alert-seed"),
    *LETTERS,
)


@pytest.mark.timeout(300)  # Most of a minute on a machine that does nothing else.
def test_every_mail_is_photographed_in_both_widths_and_both_lights(
    browser: Browser, tmp_path: Path
) -> None:
    """One test for all that the pictures show, so that they are taken once."""
    pictures = {
        picture.stem: picture
        for picture in render_mail_pictures(tmp_path, LANGUAGES, browser=browser)
    }
    assert set(pictures) == {
        f"{mail}-{width}-{light}"
        for mail in MAILS
        for width in (375, 700)
        for light in ("light", "dark")
    }
    for name, picture in pictures.items():
        with Image.open(picture) as image:
            assert image.width == (750 if "-375-" in name else 700), f"{name} is wider than asked"
            corner = image.convert("L").crop((0, 0, 4, 4)).tobytes()
        assert max(corner) < 60 if name.endswith("dark") else min(corner) > 200, name


@pytest.mark.parametrize("design", ["briefing", "weekly"])
def test_long_words_do_not_widen_a_narrow_phone(design: Design, browser: Browser) -> None:
    word = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2
    story = replace(STORY, headline=word, kicker=word, blurb=word, source=word)
    content = with_story(story, with_masthead(design=design, newsletter=word, publisher=word))
    html = render(replace(content, preheader=word, intro=word)).html
    page = browser.new_page(viewport={"width": 320, "height": 640}, offline=True)
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("design", ["briefing", "weekly"])
def test_a_logo_with_its_plate_is_as_large_as_it_was_made(design: Design, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 700, "height": 640}, offline=True)
    page.set_content(render(with_masthead(design=design, logo_width=200, logo_height=28)).html)
    logo = page.locator("img.logo").bounding_box()
    assert logo is not None
    assert logo["width"] == 200 + 2 * 8  # padding


@pytest.mark.parametrize("nameplate", ["name", "logo"])
@pytest.mark.parametrize("design", ["briefing", "weekly"])
def test_a_wide_logo_does_not_widen_a_narrow_phone(
    design: Design, nameplate: Nameplate, browser: Browser
) -> None:
    content = with_masthead(design=design, logo_width=640, logo_height=80)
    html = render(with_look(content, nameplate=nameplate)).html
    page = browser.new_page(viewport={"width": 320, "height": 640}, offline=True)
    page.set_content(html)
    logo = page.locator("img.logo").bounding_box()
    assert logo is not None
    assert logo["width"] > 100
    assert page.evaluate("document.documentElement.scrollWidth") == 320
