"""The editor's half in Chromium: its pages are free of barriers and fit their windows. Composing: test_composer.py."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from digests.models import Article, Digest, Item, Section
from subscriptions.clock import database_now
from tests.browser.desk_pages import UNFOLDS_OWN, serious, sign_in
from tests.builders import Press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["UNFOLDS_OWN", "sign_in"]


@pytest.fixture
def digest(live_server: LiveServer, transactional_db: None) -> Digest:
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.digest(newsletter, due_at=database_now() + timedelta(hours=6))
    press.carry(digest, press.article("Bridge reopens"), press.article("Ferry stays"))
    briefs = Section.objects.create(digest=digest, heading="Briefs", slots=3, position=1)
    Item.objects.create(section=briefs, article=press.article("Diary found"))
    press.article("Storm warning lifted")
    return digest


def put_away(page: Page) -> None:
    """Let what the page asked be answered, and nothing more be asked, before the database is emptied."""
    page.route("**/compose/**", lambda route: route.abort())
    page.wait_for_timeout(400)
    page.goto("about:blank")


@pytest.fixture
def desk(page: Page, live_server: LiveServer, digest: Digest) -> Iterator[Page]:
    """An editor's window on a desktop; what the browser complains of fails the test, a broken policy too."""
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    yield page
    put_away(page)


def path(digest: Digest, name: str) -> str:
    return f"/admin/digests/digest/{digest.pk}/{name}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["change", "compose", "preview", "approve", "cancel", "schedule", "desk"]
)
def test_the_pages_of_a_digest_are_free_of_serious_barriers(
    desk: Page,
    live_server: LiveServer,
    digest: Digest,
    name: str,
    scheme: Literal["light", "dark"],
) -> None:
    desk.emulate_media(color_scheme=scheme)
    desk.goto(live_server.url + ("/admin/" if name == "desk" else path(digest, name)))
    desk.wait_for_timeout(300)  # Unfold shows its frame once its script has run
    # The mail in its frame has tests of its own (rendering); here it would be read twice more.
    assert serious(desk, but=["iframe"]) == []


@pytest.mark.parametrize("width", [375, 1280])
def test_no_page_of_a_digest_is_wider_than_its_window(
    desk: Page, live_server: LiveServer, digest: Digest, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    for name in ("change", "compose", "preview", "approve"):
        desk.goto(live_server.url + path(digest, name))
        over = desk.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, name


# What a line of a list has no room for, and fields that stand beyond the window.
_CUT_OFF = """() => [
    ...[...document.querySelectorAll("#result_list :is(td, th)")].filter((it) => it.scrollHeight > it.clientHeight + 1),
    ...[...document.querySelectorAll("#main :is(input:not([type=file]), textarea)")]
        .filter((it) => it.checkVisibility() && it.getBoundingClientRect().right > innerWidth),
].map((it) => it.textContent.trim().slice(0, 80) || it.name)"""


@pytest.mark.parametrize(
    "listed", ["digests/article", "digests/digest", "subscriptions/newsletter"]
)
def test_a_phone_shows_each_line_of_a_list_and_of_a_form_whole(
    desk: Page, live_server: LiveServer, digest: Digest, listed: str
) -> None:
    Article.objects.filter(headline="Bridge reopens").update(headline="Bridge reopens " * 12)
    desk.set_viewport_size({"width": 375, "height": 812})
    desk.goto(f"{live_server.url}/admin/{listed}/")
    desk.wait_for_timeout(300)
    assert desk.evaluate(_CUT_OFF) == []
    desk.locator("#result_list a[href*=change]").first.click()
    desk.wait_for_load_state()
    desk.wait_for_timeout(300)
    assert desk.evaluate(_CUT_OFF) == []


@pytest.mark.parametrize("width", [375, 1280])
def test_a_previewed_mail_is_shown_as_wide_as_there_is_room(
    desk: Page, live_server: LiveServer, digest: Digest, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(live_server.url + path(digest, "preview"))
    desk.wait_for_timeout(300)
    for frame in desk.locator(".desk-frame").all():
        assert frame.evaluate("it => it.scrollWidth <= it.clientWidth"), frame
        place, mail = frame.bounding_box(), frame.locator("iframe").bounding_box()
        assert place is not None
        assert mail is not None
        assert mail["width"] > place["width"] - 4
