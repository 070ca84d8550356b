"""A template's look in Chromium: seen while it is chosen, mended where it is hard to read, saved, and mailed."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FrameLocator, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from digests.decisions import approval
from digests.messages.message import SAMPLE, load
from digests.models import Digest, Template, TemplateSection
from subscriptions.clock import database_now
from tests.browser.test_editor_desk import UNFOLDS_OWN, sign_in
from tests.builders import Press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def template(live_server: LiveServer, transactional_db: None, settings: Settings) -> Template:
    """The template of a newsletter with two sections and a draft for tomorrow."""
    settings.SITE_URL = live_server.url
    press = Press()
    newsletter = press.newsletter()
    template = newsletter.template
    TemplateSection.objects.create(
        template=template, heading="In brief", style="briefs", slots=3, position=1
    )
    press.readers(newsletter, 3)
    digest = press.digest(newsletter, due_at=database_now() + timedelta(hours=20))
    press.carry(digest, press.article("Bridge reopens"), press.article("Ferry stays"))
    return template


@pytest.fixture
def desk(page: Page, live_server: LiveServer, template: Template) -> Iterator[Page]:
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/digests/template/{template.pk}/change/")
    yield page
    # Let what the page asked be answered, and nothing more be asked, before the database is emptied.
    page.route("**/preview/**", lambda route: route.abort())
    page.wait_for_timeout(400)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")


def mail(page: Page) -> FrameLocator:
    return page.frame_locator("#design-mail")


def barriers(page: Page) -> list[object]:
    """What is serious of what axe finds. Not the mail in its frame, which runs no script."""
    found = Axe().run(page, context={"exclude": [[one] for one in UNFOLDS_OWN]})
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def headings(page: Page) -> list[str]:
    return page.locator("#design-sections [data-name]").all_inner_texts()


def test_a_look_is_chosen_mended_saved_and_mailed(desk: Page, template: Template) -> None:
    expect(desk.get_by_text("1 draft takes it.")).to_be_visible()
    name = mail(desk).locator("h3", has_text="Bridge reopens")
    expect(name).to_be_visible()

    # The preview follows the fields.
    desk.get_by_label("Paper", exact=True).fill("#fff3e0")
    expect(mail(desk).locator("table.paper, div.paper").first).to_have_css(
        "background-color", "rgb(255, 243, 224)"
    )
    expect(desk.get_by_text("Nothing of it is saved yet.")).to_be_visible()

    # What is hard to read is said, with a colour that is not, which is taken with one press.
    desk.get_by_label("Text", exact=True).fill("#a08060")
    take = desk.get_by_role("button", name="Take #").first
    expect(take).to_be_visible()
    expect(desk.get_by_text("It cannot be saved like this:")).to_be_visible()
    assert barriers(desk) == []
    take.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Text", exact=True)).to_be_focused()
    expect(desk.locator("#design-contrast .is-failing")).to_have_count(0)
    expect(desk.get_by_text("It cannot be saved like this:")).to_be_hidden()
    ink = desk.get_by_label("Text", exact=True).input_value()
    assert ink not in ("", "#a08060")

    # Sections are ordered by keyboard alone.
    assert headings(desk) == ["Today", "In brief"]
    up = desk.get_by_role("button", name="Move up").nth(1)
    up.focus()
    desk.keyboard.press("Enter")
    assert headings(desk) == ["In brief", "Today"]
    expect(desk.locator("#design-moved")).to_have_text("In brief is now section 1 of 2.")
    expect(desk.get_by_role("button", name="Move down").nth(0)).to_be_focused()
    expect(mail(desk).locator("h2").first).to_have_text("In brief")
    desk.keyboard.press("Alt+ArrowDown")
    assert headings(desk) == ["Today", "In brief"]
    desk.keyboard.press("Alt+ArrowUp")
    assert headings(desk) == ["In brief", "Today"]

    desk.get_by_role("button", name="Save").focus()
    desk.keyboard.press("Enter")
    expect(
        desk.get_by_text("It is saved. Changed: paper, text, order of sections.")
    ).to_be_visible()
    template.refresh_from_db()
    assert (template.paper, template.ink) == ("#fff3e0", ink)
    assert [row.heading for row in template.sections.all()] == ["In brief", "Today"]

    digest = Digest.objects.get()
    approved = approval.approve(digest, by=None, now=database_now()).version
    sent = load(approved.pk).personalised(SAMPLE)
    assert "background:#fff3e0" in str(sent.alternatives[0][0])
    assert ink in str(sent.alternatives[0][0])


def test_the_mail_is_shown_in_every_way(desk: Page) -> None:
    desk.get_by_label("Paper by night", exact=True).fill("#001020")
    desk.get_by_role("button", name="Dark").click()
    expect(desk.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    expect(mail(desk).locator("table.paper, div.paper").first).to_have_css(
        "background-color", "rgb(0, 16, 32)"
    )
    desk.get_by_role("button", name="Phone").click()
    assert desk.locator("#design-mail").evaluate("frame => frame.style.width") == "375px"
    desk.get_by_role("button", name="Plain text").click()
    expect(mail(desk).locator("body")).to_contain_text("1. Bridge reopens")


def test_an_error_leaves_the_last_good_preview(desk: Page) -> None:
    desk.get_by_label("Band", exact=True).fill("#7a0019")
    top = mail(desk).locator("td.mast")
    expect(top).to_have_css("border-top-color", "rgb(122, 0, 25)")
    desk.get_by_role("textbox", name="Own MJML").fill("<mj-section>\n<mj-tetx/>\n</mj-section>")
    expect(desk.get_by_text("Line 2 of the own MJML: <mj-tetx> is not known")).to_be_visible()
    expect(top).to_have_css("border-top-color", "rgb(122, 0, 25)")
    desk.get_by_role("textbox", name="Own MJML").fill(
        '<mj-section><mj-column><mj-button href="https://example.org/">Join us</mj-button>'
        "</mj-column></mj-section>"
    )
    expect(mail(desk).get_by_role("link", name="Join us")).to_be_visible()
    expect(desk.locator("#design-trouble")).to_be_hidden()

    # Nor does a server that is away take anything.
    desk.route("**/preview/", lost)
    desk.get_by_label("Band", exact=True).fill("red")
    expect(desk.get_by_text("The preview could not be made")).to_be_visible()
    desk.unroute("**/preview/")
    desk.get_by_label("Band", exact=True).fill("rede")
    expect(desk.locator("#design-trouble")).to_contain_text("Band: Write a colour as #1a2b3c.")
    expect(mail(desk).get_by_role("link", name="Join us")).to_be_visible()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("It is not saved. What you filled in is still here.")).to_be_visible()
    assert "Join us" in desk.get_by_role("textbox", name="Own MJML").input_value()
    assert desk.get_by_label("Band", exact=True).input_value() == "rede"
    assert barriers(desk) == []


def lost(route: Route) -> None:
    route.abort()


def test_a_logo_is_seen_before_it_is_kept(desk: Page, template: Template) -> None:
    file = BytesIO()
    Image.new("RGB", (600, 120), "#7a0019").save(file, "PNG")
    desk.get_by_label("New logo").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    # Its file name is no description: Unfold's script would write it into the field beside.
    expect(desk.get_by_label("Description of the logo")).to_have_value("")
    image = mail(desk).locator("img.logo")
    expect(image).to_be_visible()
    assert image.evaluate("it => it.naturalWidth") == 600
    desk.get_by_label("New logo").set_input_files(
        {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": b"<svg><script/></svg>"}
    )
    expect(desk.locator("#design-trouble")).to_contain_text("SVG drawing")
    expect(image).to_be_visible()
    template.refresh_from_db()
    assert not template.logo


def test_sections_are_added_and_taken_out(desk: Page, template: Template) -> None:
    desk.get_by_role("button", name="Add a section").click()
    desk.keyboard.type("Weather")
    assert headings(desk) == ["Today", "In brief", "Weather"]
    expect(mail(desk).locator("h2", has_text="Weather")).to_be_visible()
    desk.get_by_label("Take it out").nth(1).check()
    expect(mail(desk).locator("h2", has_text="In brief")).to_have_count(0)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Changed: a section added, a section removed.")).to_be_visible()
    assert [row.heading for row in template.sections.all()] == ["Today", "Weather"]


def test_a_section_is_dragged(desk: Page) -> None:
    handles = desk.locator(".design-handle")
    handles.nth(1).scroll_into_view_if_needed()
    below, above = handles.nth(1).bounding_box(), handles.nth(0).bounding_box()
    assert below
    assert above
    desk.mouse.move(below["x"] + 5, below["y"] + 5)
    desk.mouse.down()
    desk.mouse.move(above["x"] + 5, above["y"] + 40, steps=8)
    desk.mouse.move(above["x"] + 5, above["y"] - 5, steps=4)
    desk.mouse.up()
    expect(desk.locator("#design-moved")).to_have_text("In brief is now section 1 of 2.")
    expect(mail(desk).locator("h2").first).to_have_text("In brief")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_fits_every_window_and_has_no_barrier(
    desk: Page, scheme: Literal["light", "dark"]
) -> None:
    desk.emulate_media(color_scheme=scheme)
    for width in (375, 1280):
        desk.set_viewport_size({"width": width, "height": 900})
        desk.reload()
        desk.wait_for_timeout(300)  # Unfold shows its frame once its script has run
        assert desk.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        for summary in desk.locator(".design details summary").all():
            summary.click()
        assert barriers(desk) == []
