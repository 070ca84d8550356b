"""What each page of the desk must be in Chromium: without serious barriers, by day and night, as wide as its window."""

from collections.abc import Sequence
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.staff import member

# Faults of Unfold's own frame, on every page of its kind; what stands between is ours and is checked.
UNFOLDS_OWN = [
    "#nav-sidebar",
    "#nav-sidebar-inner",
    "#header-inner",
    "#submit-row",
    "#tabs-wrapper",
]
WIDTHS = (375, 1280)
_BEYOND = """() => [...document.querySelectorAll("#main *, #content *")]
    .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
    .map((it) => it.outerHTML.slice(0, 150)).slice(-6)"""
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def sign_in(
    page: Page, live_server: LiveServer, name: str = "publisher", *, role: str = "publisher"
) -> None:
    client = Client()
    client.force_login(member(role, name))
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


def serious(page: Page, *, but: Sequence[str] = ()) -> list[tuple[str, list[str]]]:
    """What axe finds on the page as it stands, outside Unfold's own parts and `but`."""
    found = Axe().run(page, context={"exclude": [[one] for one in [*UNFOLDS_OWN, *but]]})
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def check(page: Page, *, but: Sequence[str] = ()) -> None:
    """Light and dark, on a phone and at a desk; the page is fetched anew."""
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.reload()
        page.wait_for_timeout(300)  # Unfold shows its frame once its script has run
        found = serious(page, but=but)
        assert not found, (page.url, scheme, found)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, (page.url, width, page.evaluate(_BEYOND))
