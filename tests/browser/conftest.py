"""Chromium, as readers and staff use the pages; nothing is faked and nothing leaves this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from tools.pictures.browser import CHROMIUM, chromium

REQUIRE_BROWSER = os.environ.get("REQUIRE_BROWSER") == "1"
PATIENCE_MS = 10_000  # a page of ours that takes longer is broken


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """One for the whole run, ended before the test database is.

    Playwright keeps an event loop in this thread. Django then takes our code for asynchronous, and gives it a database
    connection other than the one it had before: each is closed on its own side.
    """
    if not Path(CHROMIUM).exists():
        missing = f"Chromium is missing: {CHROMIUM} (Debian: apt install chromium)."
        pytest.fail(missing) if REQUIRE_BROWSER else pytest.skip(missing)
    connections.close_all()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium() as browser:
        yield browser
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def _no_connection_outlives_its_request() -> None:
    """Chromium keeps its sockets, so threads of the live server stay: they must not hold the test database."""
    connections.settings["default"]["CONN_MAX_AGE"] = 0


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from window(browser)


def window(browser: Browser) -> Iterator[Page]:
    """A reader's, on a phone. What the page asks of other hosts, or complains of, fails the test."""
    context = browser.new_context(viewport={"width": 375, "height": 812}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: foreign.append(request.url))
    yield page
    context.close()
    assert [url for url in foreign if not url.startswith(("http://localhost:", "about:"))] == []
    # A page of a 4xx is one that we mean; Chromium reports its status as an error.
    assert [text for text in complaints if "Failed to load resource" not in text] == []
