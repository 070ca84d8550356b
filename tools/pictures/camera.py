"""Pictures of pages of the desk, each by its path and by what is pressed on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tools.pictures.pages import take_pictures

# What editors meet as an error is photographed, too.
NAMED_ERRORS = {403, 404}
LOG_IN = "/admin/login/?next=/admin/"


@dataclass(frozen=True, slots=True)
class Camera:
    """`files` grows."""

    page: Page
    base: str
    out: Path
    files: list[Path] = field(default_factory=list)

    def take(self, name: str, path: str, press: Callable[[Page], None] | None = None) -> None:
        """Admin chooses its colours when it is loaded, so `press` brings the page into its state after each load."""
        answer = self.page.goto(self.base + path)
        assert answer is not None  # noqa: S101 - a page is fetched
        is_expected = answer.ok or ("error" in name and answer.status in NAMED_ERRORS)
        assert is_expected, (name, answer.status)  # noqa: S101 - a picture of a failure is none
        self.files.extend(take_pictures(self.page, name, self.out, reload=True, press=press))

    def take_all(self, paths: Mapping[str, str]) -> None:
        for name, path in paths.items():
            self.take(name, path)

    def sign_in(self, name: str, password: str) -> None:
        """In place of whoever was."""
        self.page.context.clear_cookies()
        self.page.goto(self.base + LOG_IN)
        fill_log_in(self.page, name, password)
        self.page.wait_for_url(f"{self.base}/admin/", timeout=15_000)


def fill_log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("username").fill(name)
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")
