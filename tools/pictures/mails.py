"""Photographs of the mails, on a phone and at a desk, by day and by night."""

import io
from collections.abc import Collection, Iterator
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Route

from digests.rendering.compose import render
from digests.rendering.content import Content
from digests.rendering.tokens import Token, fill
from tools.pictures import nameplate, samples, scenes
from tools.pictures.arabic import in_arabic
from tools.pictures.letters import alerts, letters

WIDTHS = (375, 700)
_SITE = "https://news.example.org"
_READER = {
    Token.LEAVE_URL: f"{_SITE}/unsubscribe/sample/",
    Token.PREFERENCES_URL: f"{_SITE}/preferences/sample/",
    Token.WEB_URL: f"{_SITE}/archive/sample/",
    Token.ADDRESS: "reader@example.org",
}


def render_mail_pictures(out: Path, languages: Collection[str], *, browser: Browser) -> list[Path]:
    """Writes `briefing-375-dark.png` and its like into `out`; returns what it wrote."""
    out.mkdir(parents=True, exist_ok=True)
    return [
        picture
        for name, html in mails(languages)
        for picture in photograph(browser, name, html, out)
    ]


def photograph(browser: Browser, name: str, html: str, out: Path) -> Iterator[Path]:
    """The page in both widths and both lights. Only the painted scenes are ever loaded."""
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            page = browser.new_page(
                viewport={"width": width, "height": 800},
                color_scheme="dark" if scheme == "dark" else "light",
                device_scale_factor=2 if width < 480 else 1,
            )
            page.route("**/*", _serve)
            page.set_content(html, wait_until="load")
            picture = out / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)
            page.close()
            yield picture


def mails(languages: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each by its name, as HTML.

    English names stand alone; others begin with their language. Digests are written in two.
    """
    digests = {
        "briefing": samples.briefing(),
        "weekly": samples.weekly(),
        "briefing-own-look": samples.own_briefing(),
        "weekly-own-look": samples.own_weekly(),
        "news-alert": samples.news_alert(),
        "correction": samples.correction(),
    }
    for name, content in digests.items():
        if "en" in languages:
            yield name, _filled(content)
        if "ar" in languages and name in {"briefing", "weekly-own-look"}:
            yield f"ar-{name}", _filled(in_arabic(content))
    for language in languages:
        for name, html in letters(language):
            yield name if language == "en" else f"{language}-{name}", html
    if "en" in languages:
        yield from alerts()


def _filled(content: Content) -> str:
    return fill(render(content).html, _READER, escape)


def _serve(route: Route) -> None:
    url = route.request.url
    if not url.startswith(samples.MEDIA):
        route.abort()
        return
    if url == samples.LOGO:
        route.fulfill(body=nameplate.drawn(), content_type="image/png")
        return
    width, name = url.removeprefix(samples.MEDIA).removesuffix(".jpg").split("/")
    picture = Image.open(io.BytesIO(scenes.painted(name)))
    picture.thumbnail((int(width), int(width)))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86)
    route.fulfill(body=out.getvalue(), content_type="image/jpeg")
