"""The editor's half in Chromium: from the desk to an approved digest, by mouse, by keyboard, and without scripts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.choices import DigestState
from digests.models import Digest, Item, Section
from subscriptions.clock import database_now
from tests.browser.conftest import PATIENCE_MS
from tests.builders import Press
from tests.staff import member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Faults of Unfold's own frame, on every page of its kind; what stands between is ours and is checked.
UNFOLDS_OWN = [
    "#nav-sidebar",
    "#nav-sidebar-inner",
    "#header-inner",
    "#submit-row",
    "#tabs-wrapper",
]


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


def sign_in(page: Page, live_server: LiveServer) -> None:
    client = Client()
    client.force_login(member("publisher"))
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


@pytest.fixture
def desk(page: Page, live_server: LiveServer, digest: Digest) -> Page:
    """An editor's window on a desktop; what the browser complains of fails the test, a broken policy too."""
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    return page


@pytest.fixture
def plain_desk(browser: Browser, live_server: LiveServer, digest: Digest) -> Iterator[Page]:
    """Without scripts."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, live_server)
    yield page
    context.close()


def path(digest: Digest, name: str) -> str:
    return f"/admin/digests/digest/{digest.pk}/{name}/"


def test_an_editor_arranges_looks_and_approves(
    desk: Page, live_server: LiveServer, digest: Digest
) -> None:
    desk.goto(live_server.url + "/admin/digests/digest/")
    desk.get_by_role("link", name="Morning Briefing").click()
    expect(desk.get_by_text("if nobody approves: held, and you are alerted")).to_be_visible()
    expect(desk.get_by_text("to about 3 readers")).to_be_visible()

    desk.get_by_label("Subject").fill("The bridge is back")
    expect(desk.get_by_text("18 characters")).to_be_visible()
    desk.get_by_role("button", name="Save and continue editing").click()

    desk.get_by_role("link", name="Arrange stories").click()
    desk.get_by_role("button", name="Move “Ferry stays” up").click()
    expect(desk.get_by_text("“Ferry stays” is moved up.")).to_be_visible()
    desk.get_by_role("button", name="Add “Storm warning lifted”").click()
    expect(desk.get_by_text("“Storm warning lifted” is added at the top")).to_be_visible()

    desk.get_by_role("link", name="Preview").click()
    expect(desk.get_by_role("heading", name="The bridge is back")).to_be_visible()
    mail = desk.frame_locator("iframe[width='375']")
    expect(mail.get_by_text("Storm warning lifted")).to_be_visible()

    desk.get_by_role("link", name="Back to the digest").click()
    desk.get_by_role("link", name="Approve", exact=False).first.click()
    desk.get_by_role("button", name="Approve it").dblclick()
    expect(desk.get_by_text("Version 1 is approved.")).to_be_visible()
    digest.refresh_from_db()
    assert digest.state == DigestState.APPROVED
    assert digest.versions.count() == 1
    assert digest.approved_version is not None
    assert digest.approved_version.subject == "The bridge is back"


def test_stories_are_arranged_without_scripts(
    plain_desk: Page, live_server: LiveServer, digest: Digest
) -> None:
    plain_desk.goto(live_server.url + path(digest, "stories"))
    plain_desk.locator("button[value=down]").first.click()
    first = digest.sections.all()[0]
    shown = [item.shown_headline for item in first.items.select_related("article")]
    assert shown == ["Ferry stays", "Bridge reopens"]


def test_stories_are_arranged_by_keyboard(
    desk: Page, live_server: LiveServer, digest: Digest
) -> None:
    desk.goto(live_server.url + path(digest, "stories"))
    desk.get_by_role("button", name="Move “Diary found” up").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("“Diary found” is moved up.")).to_be_visible()
    assert Item.objects.get(article__headline="Diary found").section.heading == "Today"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["change", "stories", "preview", "approve", "cancel", "schedule", "desk"]
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
    found = Axe().run(desk, context={"exclude": [[one] for one in [*UNFOLDS_OWN, "iframe"]]})
    serious = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("width", [375, 1280])
def test_no_page_of_a_digest_is_wider_than_its_window(
    desk: Page, live_server: LiveServer, digest: Digest, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    for name in ("change", "stories", "preview", "approve"):
        desk.goto(live_server.url + path(digest, name))
        over = desk.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, name
