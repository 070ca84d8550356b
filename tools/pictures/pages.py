"""The readers' pages as they look on a phone and on a desk, by day and by night."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

WIDTHS = {375: 812, 1280: 800}  # CSS pixels: the width of the window and its least height
TALLEST = 6_000
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# A picture shows what a reader sees who has come to the end of the page.
_LOAD_ALL = """() => Promise.all([...document.images].map(image => {
    image.loading = "eager";
    return image.decode().catch(() => null);
}))"""


def take_page_pictures(
    base_url: str, paths: Mapping[str, str], out: Path, *, browser: Browser
) -> list[Path]:
    """Write `{name}-{width}-{scheme}.png` for each named path, whole pages, and return the files."""
    page = browser.new_page()
    files: list[Path] = []
    for name, path in paths.items():
        page.goto(base_url + path, wait_until="load")
        files += take_pictures(page, name, out)
    page.close()
    return files


def take_pictures(
    page: Page,
    name: str,
    out: Path,
    *,
    reload: bool = False,
    press: Callable[[Page], None] | None = None,
) -> list[Path]:
    """The same of the page as it stands, for what only a pressed button shows.

    `reload` is for pages that choose their colours only when they are loaded, as admin does; what a script shows there
    is pressed for again after each load.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            if reload:
                page.reload(wait_until="load")
            if press is not None:
                press(page)
            page.evaluate(_LOAD_ALL)
            if reload:
                _make_room(page, width)
            file = out / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True)
            files.append(file)
    return files


def _make_room(page: Page, width: int) -> None:
    """For all of the page: then a bar at its foot, and the mails in their frames, are drawn in their places."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, WIDTHS[width]), TALLEST)})
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)
