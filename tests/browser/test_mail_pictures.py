from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from digests.rendering.compose import render
from digests.rendering.own_look import Nameplate
from tests.digests.rendering.building import STORY, with_masthead, with_story
from tests.digests.rendering.test_own_look import with_look
from tools.pictures.mails import WIDTHS, mails, photograph

pytestmark = pytest.mark.browser
LANGUAGES = ("en", "ar")
LETTERS = (
    *("confirmation", "confirmation-of-one", "reminder", "welcome", "welcome-without-words"),
    *("settings-link", "address-old", "address-new", "address-done"),
)
MAILS = (
    *("briefing", "weekly", "briefing-own-look", "weekly-own-look", "news-alert", "correction"),
    *("ar-briefing", "ar-weekly-own-look", "alert", "alert-seed"),
    *(f"{start}{letter}" for letter in LETTERS for start in ("", "ar-")),
)


def test_no_mail_is_wider_than_its_window(browser: Browser) -> None:
    shown = dict(mails(LANGUAGES))
    assert set(shown) == set(MAILS)
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 800}, offline=True)
        for name, html in shown.items():
            page.set_content(html)
            assert page.evaluate("document.documentElement.scrollWidth") == width, name
        page.close()


@pytest.mark.parametrize("name", ["briefing", "ar-weekly-own-look", "confirmation"])
def test_it_is_photographed_in_both_widths_and_both_lights(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    html = dict(mails(LANGUAGES))[name]
    pictures = {picture.stem: picture for picture in photograph(browser, name, html, tmp_path)}
    assert set(pictures) == {
        f"{name}-{width}-{light}" for width in WIDTHS for light in ("light", "dark")
    }
    for stem, picture in pictures.items():
        with Image.open(picture) as image:
            assert image.width == (750 if "-375-" in stem else 700)
            corner = image.convert("L").crop((0, 0, 4, 4)).tobytes()
        assert max(corner) < 60 if stem.endswith("dark") else min(corner) > 200


@pytest.mark.parametrize("design", ["briefing", "weekly"])
def test_long_words_do_not_widen_a_narrow_phone(design: str, browser: Browser) -> None:
    word = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2
    story = replace(STORY, headline=word, kicker=word, blurb=word, source=word)
    content = with_story(story, with_masthead(design=design, newsletter=word, publisher=word))
    html = render(replace(content, preheader=word, intro=word)).html
    page = browser.new_page(viewport={"width": 320, "height": 640}, offline=True)
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("design", ["briefing", "weekly"])
def test_a_logo_with_its_plate_is_as_large_as_it_was_made(design: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 700, "height": 640}, offline=True)
    page.set_content(render(with_masthead(design=design, logo_width=200, logo_height=28)).html)
    logo = page.locator("img.logo").bounding_box()
    assert logo is not None
    assert logo["width"] == 200 + 2 * 8  # padding


@pytest.mark.parametrize("nameplate", ["name", "logo"])
@pytest.mark.parametrize("design", ["briefing", "weekly"])
def test_a_wide_logo_does_not_widen_a_narrow_phone(
    design: str, nameplate: Nameplate, browser: Browser
) -> None:
    content = with_masthead(design=design, logo_width=640, logo_height=80)
    html = render(with_look(content, nameplate=nameplate)).html
    page = browser.new_page(viewport={"width": 320, "height": 640}, offline=True)
    page.set_content(html)
    logo = page.locator("img.logo").bounding_box()
    assert logo is not None
    assert logo["width"] > 100
    assert page.evaluate("document.documentElement.scrollWidth") == 320
