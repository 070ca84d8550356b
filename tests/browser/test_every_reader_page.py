"""Every page that a reader can see, those behind a button too: of use to anybody, on any screen, from either side."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.signals import template_rendered
from playwright.sync_api import Browser, Page, Response
from pytest_django.live_server_helper import LiveServer

from digests.choices import DigestState
from digests.models import Digest, Template
from subscriptions.models import Publisher
from tests.browser.access import contrast_faults, faults, shortcomings
from tests.browser.conftest import window
from tests.builders import DAY, Press
from tests.subscriptions.embedding import embedded_form
from tools.pictures.reader_tour import PARTS
from tools.pictures.tour import Tour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["en", "ar"]
MOST_BYTES = 30_000
# The cities of all time zones in the reader's language, two bytes a letter in Arabic.
HEAVIER = {"settings-zone": 40_000}
TEMPLATES = Path(__file__).parents[2] / "templates"
# Not readers': the page on which a seed stops a digest, and the demo's mailbox.
OF_OTHERS = {"web/stop.html"}
OWN_MJML = """<mj-section>
<mj-column width="60%"><mj-text font-size="28px"><p>Read us on the ferry.</p></mj-text></mj-column>
<mj-column><mj-divider/><mj-button href="https://example.org/app">Donaudampfschifffahrt</mj-button></mj-column>
</mj-section>"""


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """Whose challenges wait to be solved, so that they can be looked at. Without scripts axe could not look either."""
    for page in window(browser):
        page.route("**/web/proof*.js", lambda route: route.abort())
        yield page


def toured(page: Page, live_server: LiveServer, language: str) -> Tour:
    press = Press()
    Publisher.objects.update(
        name="The Harbour Courier",
        colour="#ffcc00",
        postal_address="1 Quay Street",
        privacy_url="https://example.org/privacy",
        zone="Africa/Cairo",
    )
    weekly = press.newsletter("Good News", position=2, frequency="Fridays", colour="#fff000")
    daily = press.newsletter(
        "Morning Briefing",
        position=1,
        description="Ten stories.",
        frequency="Every weekday",
        lighter=weekly,
    )
    Template.objects.filter(newsletter=daily).update(
        own_mjml=OWN_MJML, band="#7a0019", faces="sans"
    )
    edition = press.frozen(daily)
    Digest.objects.filter(pk=edition.pk).update(state=DigestState.SENT)
    press.newsletter("نشرة الميناء", slug="arabic", position=3, language="ar")
    press.newsletter("Donaudampfschifffahrtsgesellschaftskapitän", position=4, language="de")
    further = {
        "archive": "/archive/morning-briefing/",
        "archive-empty": "/archive/good-news/",
        "archived": f"/archive/morning-briefing/{DAY}/",
    }
    box = embedded_form(daily, weekly, readers_choose=True)
    return Tour(page, live_server.url, language, daily, weekly, box, further)


class Weights:
    """What the page as it stands consists of, in bytes: its document, and what that loads."""

    def __init__(self, page: Page, base: str) -> None:
        self._page, self._base = page, base
        self._document = 0
        self._loaded: dict[str, int] = {}
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self._document = len(response.body())

    def of_page(self) -> int:
        urls: list[str] = self._page.evaluate(
            "() => [...document.querySelectorAll('link[rel=stylesheet], link[rel=icon], script[src]')]"
            ".map(it => it.href || it.src)"
        )
        assert all(url.startswith(self._base) for url in urls), urls
        return self._document + sum(map(self._size, urls))

    def _size(self, url: str) -> int:
        if url not in self._loaded:
            self._loaded[url] = len(self._page.request.get(url).body())
        return self._loaded[url]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_every_page_is_of_use_to_anybody_and_light(
    plain_page: Page, live_server: LiveServer, part: str, language: str
) -> None:
    page = plain_page
    tour = toured(page, live_server, language)
    weights = Weights(page, live_server.url)
    seen = []
    for name in PARTS[part](tour):
        seen.append(name)
        assert page.locator("html").get_attribute("dir") == (
            "rtl" if language == "ar" else "ltr"
        ), name
        page.emulate_media(color_scheme="light")
        assert faults(page) == "", name
        if language == LANGUAGES[0]:  # the colours are the same in all of them
            page.emulate_media(color_scheme="dark")
            assert contrast_faults(page) == "", name
        for width in (320, 1280):
            # A window of 1280 by 1024 px at 400 % is one of 320 by 256 (WCAG 2.2, criterion 1.4.10).
            page.set_viewport_size({"width": width, "height": 256})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert shortcomings(page) == [], name
        assert 1_000 < weights.of_page() <= HEAVIER.get(name, MOST_BYTES), name
    assert len(seen) == len(set(seen)) > 3
    assert page.context.cookies() == []


def test_the_tour_leaves_no_page_out(plain_page: Page, live_server: LiveServer) -> None:
    shown: set[str] = set()

    def note(*, template: object, **_: object) -> None:
        shown.add(str(getattr(template, "name", "")))

    template_rendered.connect(note)
    try:
        tour = toured(plain_page, live_server, "en")
        for part in PARTS.values():
            for _name in part(tour):
                pass
    finally:
        template_rendered.disconnect(note)
    pages = {
        str(file.relative_to(TEMPLATES))
        for file in (TEMPLATES / "web").rglob("*.html")
        if "{% extends " in file.read_text() and "mailbox" not in file.parts
    }
    assert len(pages) > 25
    assert pages - shown == OF_OTHERS
