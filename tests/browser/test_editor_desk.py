"""The editor's half in Chromium: its pages are free of barriers and fit their windows. Composing: test_composer.py."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from digests.models import Digest, Item, Section
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
