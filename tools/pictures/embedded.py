"""The embedded form in its states, below a story of the demo's paper: another site than ours."""

from pathlib import Path

from playwright.sync_api import Browser

from subscriptions.embed.snippets import snippets
from subscriptions.models import EmbeddedForm
from tools.demo.newsdesk import Desk
from tools.demo.paper import Paper
from tools.pictures.pages import take_page_pictures, take_pictures

STORY = "/stories/"


def take_embedded_pictures(
    base: str, paper: Paper, desk: Desk, out: Path, *, browser: Browser
) -> list[Path]:
    paper.signup_box = _snippet(desk.box)
    page = browser.new_page()
    page.goto(f"{paper.url}{STORY}{paper.stories[0].slug}")
    form = page.locator("newsroom-signup")
    form.scroll_into_view_if_needed()
    form.get_by_role("button").wait_for()
    pictures = take_pictures(page, "embedded", out)
    form.get_by_role("textbox").fill("reader@example")
    form.get_by_role("button", name="Sign up").click()
    form.get_by_text("does not look like").wait_for()
    pictures += take_pictures(page, "embedded-with-errors", out)
    form.get_by_role("checkbox").first.check()
    form.get_by_role("textbox").fill("embedded@example.org")
    page.wait_for_timeout(1_000)  # quicker would be a robot
    form.get_by_role("button", name="Sign up").click()
    form.get_by_role("heading", name="Check your inbox").wait_for()
    pictures += take_pictures(page, "embedded-success", out)
    page.close()
    frame = {"embedded-frame": f"/embed/{desk.box.public_id}/"}
    return pictures + take_page_pictures(base, frame, out, browser=browser)


def _snippet(form: EmbeddedForm) -> str:
    return next(snippet.code for snippet in snippets(form) if snippet.name == "script")
