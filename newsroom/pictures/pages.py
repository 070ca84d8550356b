"""The readers' pages as they look on a phone and on a desk, by day and by night."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

WIDTHS = {375: 812, 1280: 800}  # CSS pixels: the width of the window and its least height
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


def take_pictures(page: Page, name: str, out: Path, *, reload: bool = False) -> list[Path]:
    """The same of the page as it stands, for what only a pressed button shows.

    `reload` is for pages that choose their colours only when they are loaded, as admin does.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if reload:
                page.reload(wait_until="load")
            page.evaluate(_LOAD_ALL)
            file = out / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True)
            files.append(file)
    return files
