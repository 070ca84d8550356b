"""Photographs of the mails, on a phone and at a desk, by day and by night."""

import io
from collections.abc import Iterator
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Route

from digests.rendering.compose import render
from digests.rendering.tokens import Token, fill
from newsroom.pictures import nameplate, samples, scenes
from subscriptions.rendering.letters import render_letter

WIDTHS = (375, 700)
_SITE = "https://news.example.org"
_READER = {
    Token.LEAVE_URL: f"{_SITE}/unsubscribe/sample/",
    Token.PREFERENCES_URL: f"{_SITE}/preferences/sample/",
    Token.WEB_URL: f"{_SITE}/archive/sample/",
    Token.ADDRESS: "reader@example.org",
    Token.MESSAGE_KEY: "sample",
}


def render_mail_pictures(out: Path, *, browser: Browser) -> list[Path]:
    """Writes `briefing-375-dark.png` and its like into `out`; returns what it wrote."""
    out.mkdir(parents=True, exist_ok=True)
    return [picture for name, html in _mails() for picture in photograph(browser, name, html, out)]


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


def _mails() -> Iterator[tuple[str, str]]:
    yield "briefing", fill(render(samples.briefing()).html, _READER, escape)
    yield "weekly", fill(render(samples.weekly()).html, _READER, escape)
    yield "briefing-own-look", fill(render(samples.own_briefing()).html, _READER, escape)
    yield "weekly-own-look", fill(render(samples.own_weekly()).html, _READER, escape)
    yield "news-alert", fill(render(samples.news_alert()).html, _READER, escape)
    yield "confirmation", render_letter("confirmation", samples.CONFIRMATION).html
    yield "welcome", render_letter("welcome", samples.WELCOME).html
    yield "alert", render_letter("alert", samples.ALERT).html


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
