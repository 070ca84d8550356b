"""Embedded forms in Chromium, on a site that is not ours and not kind to them."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from subscriptions.embed.snippets import snippets
from subscriptions.models import EmbeddedForm, Publisher, SignUp, Subscriber, Subscription
from subscriptions.sign_up.rate_limits import parse_limit
from tests.browser.conftest import PATIENCE_MS
from tests.browser.paper_site import PaperSite, paper_site
from tests.browser.test_editor_desk import sign_in
from tests.browser.test_reader_pages import (
    ADDRESS,
    delivered_letter,
    link_in,
    wait_like_a_reader,
)
from tests.builders import Press
from tests.subscriptions.embedding import embedded_form

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def paper(
    live_server: LiveServer, transactional_db: None, settings: Settings
) -> Iterator[PaperSite]:
    settings.SITE_URL = live_server.url
    with paper_site() as site:
        site.policy = (
            f"default-src 'none'; style-src 'self'; script-src {live_server.url}; "
            f"connect-src {live_server.url}; frame-src {live_server.url}; form-action {live_server.url}"
        )
        yield site


@pytest.fixture
def form(paper: PaperSite, no_counts: None) -> EmbeddedForm:
    press = Press()
    Publisher.objects.update(name="The Courier", colour="#ffcc00")
    morning = press.newsletter("Morning Briefing", frequency="Weekdays", description="Ten stories.")
    return embedded_form(
        morning,
        press.newsletter("Good News"),
        allowed_origins=[paper.url],
        headline="News for breakfast",
        success_text="Good to have you.",
    )


def code(form: EmbeddedForm, name: str) -> str:
    return next(snippet.code for snippet in snippets(form) if snippet.name == name)


def article(paper: PaperSite, *codes: str, is_hostile: bool = False) -> str:
    head = '<link rel="stylesheet" href="/hostile.css">' if is_hostile else ""
    return paper.show("/2026/bridge", "".join(codes), head=head)


def barriers(page: Page) -> list[tuple[str, str]]:
    """What axe finds in the form. Landmarks and the first heading are the page's own business."""
    found = Axe().run(page).response["violations"]
    return [
        (violation["id"], str([node["html"] for node in violation["nodes"]]))
        for violation in found
        if violation["id"] not in {"landmark-one-main", "page-has-heading-one", "region"}
    ]


def test_a_reader_signs_up_in_an_article_of_a_hostile_page(
    page: Page, paper: PaperSite, form: EmbeddedForm, live_server: LiveServer
) -> None:
    other = embedded_form(
        *form.newsletters.all(), placement="Side", allowed_origins=[paper.url], headline="Or here"
    )
    page.goto(article(paper, code(form, "script"), code(other, "script"), is_hostile=True))
    first = page.locator(f"newsroom-signup[form='{form.public_id}']")
    expect(page.get_by_role("heading", name="Or here")).to_be_visible()
    expect(first.get_by_role("heading", name="News for breakfast")).to_be_visible()
    look = first.locator("input[type=email]").evaluate(
        "field => { const style = getComputedStyle(field);"
        " return [style.fontSize, style.letterSpacing, style.direction, style.opacity]; }"
    )
    assert look == ["16px", "normal", "ltr", "1"]
    assert first.evaluate("element => element.getBoundingClientRect().width") > 300
    assert page.evaluate("[document.cookie, localStorage.length]") == ["", 0]

    first.get_by_label("Good News").check()
    wait_like_a_reader(page)
    first.get_by_role("button", name="Sign up").click()
    expect(first.get_by_text("Please enter your email address.")).to_be_visible()
    expect(first.get_by_label("Your email address")).to_be_focused()
    assert barriers(page) == []

    first.get_by_label("Your email address").fill(ADDRESS)
    first.get_by_role("button", name="Sign up").dblclick()
    expect(first.get_by_role("heading", name="Check your inbox")).to_be_visible()
    expect(first.get_by_text("Good to have you.")).to_be_visible()
    assert first.evaluate("element => element.shadowRoot.activeElement.className") == "done"
    expect(page.get_by_role("heading", name="Or here")).to_be_visible()
    assert barriers(page) == []
    sign_up = SignUp.objects.get()
    assert (sign_up.embedded_form, sign_up.source_url) == (form, f"{paper.url}/2026/bridge")

    page.goto(live_server.url + link_in(delivered_letter(), "confirm"))
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed up")
    assert Subscription.objects.active().get().newsletter.slug == "good-news"


def test_the_keyboard_is_enough_and_a_lost_connection_loses_nothing(
    page: Page, paper: PaperSite, form: EmbeddedForm
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(article(paper, f'<a href="#x">before</a>{code(form, "script")}'))
    expect(page.get_by_label("Morning Briefing")).to_be_visible()
    told = "window.told = []; for (const name of ['success', 'error'])"
    told += " addEventListener('newsroom-signup:' + name, event => told.push([name, event.detail]))"
    page.evaluate(told)
    wait_like_a_reader(page)
    for key in ("Tab", "Tab", "Space", "Tab", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type(ADDRESS)
    assert (
        page.evaluate(
            "getComputedStyle(document.querySelector('newsroom-signup').shadowRoot.activeElement)"
            ".outlineStyle"
        )
        == "solid"
    )

    def lose(route: Route) -> None:
        route.abort()

    page.route("**/sign-up.json", lose)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("was not sent")
    assert barriers(page) == []
    page.unroute("**/sign-up.json", lose)
    expect(page.get_by_label("Your email address")).to_have_value(ADDRESS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert page.evaluate("told.map(([name]) => name)") == ["error", "success"]
    assert page.evaluate("told[1][1]") == {
        "form": form.public_id,
        "newsletters": ["morning-briefing"],
    }
    assert SignUp.objects.get().newsletters.get().slug == "morning-briefing"


def test_under_surge_the_browser_proves_itself_and_a_slip_is_mended(
    page: Page, paper: PaperSite, form: EmbeddedForm, settings: Settings
) -> None:
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"all": parse_limit("all", "0:9/minute")}
    page.goto(article(paper, code(form, "script")))
    page.get_by_label("Good News").check()
    page.get_by_label("Your email address").fill("reader@outlok.com")
    wait_like_a_reader(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Did you mean reader@outlook.com?")).to_be_visible()
    page.get_by_role("button", name="Yes, use this address").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert Subscriber.objects.get().address == "reader@outlook.com"


def test_attributes_and_properties_of_the_page_change_its_look(
    page: Page, paper: PaperSite, form: EmbeddedForm, settings: Settings
) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    element = (
        f'<newsroom-signup form="{form.public_id}" newsletters="good-news" headline="Cheer up"'
        ' theme="dark" accent="#ffee00" lang="en"></newsroom-signup>'
    )
    script = code(form, "script").replace(f' data-form="{form.public_id}"', "")
    page.goto(article(paper, element, script))
    expect(page.get_by_role("heading", name="Cheer up")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.evaluate(
        "document.querySelector('newsroom-signup').style.setProperty('--newsroom-paper', '#000080')"
    )
    box = page.locator("newsroom-signup .box")
    expect(box).to_have_css("background-color", "rgb(0, 0, 128)")
    expect(page.get_by_role("button")).to_have_css("background-color", "rgb(255, 238, 0)")
    expect(page.get_by_role("button")).to_have_css("color", "rgb(0, 0, 0)")

    page.goto(article(paper, f'<div lang="ar-EG">{code(form, "script")}</div>'))
    expect(page.get_by_role("checkbox")).to_have_count(2)
    expect(box).to_have_css("direction", "rtl")
    field, button = page.get_by_role("textbox"), page.get_by_role("button")
    page.set_viewport_size({"width": 1280, "height": 800})
    left = [place["x"] for place in (field.bounding_box(), button.bounding_box()) if place]
    assert left[1] < left[0]


def test_a_site_that_is_not_allowed_shows_nothing_and_its_developer_learns_why(
    browser: Browser, paper: PaperSite, form: EmbeddedForm, live_server: LiveServer
) -> None:
    EmbeddedForm.objects.update(allowed_origins=["https://www.paper.example"])
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", hear)
    with page.expect_console_message(lambda message: "newsroom-signup:" in message.text):
        page.goto(article(paper, code(form, "script"), code(form, "iframe")))
    assert any(f"{paper.url} is not among its allowed origins" in text for text in said)
    assert page.locator("newsroom-signup .box").count() == 0
    framed = page.frames[1]
    assert "News for breakfast" not in framed.content()
    answer = page.evaluate(
        "url => fetch(url, {method: 'POST', mode: 'no-cors', body: new URLSearchParams("
        "{address: 'a@example.org', newsletters: 'good-news'})}).then(answer => answer.type)",
        f"{live_server.url}/embed/{form.public_id}/sign-up.json",
    )
    assert answer == "opaque"
    assert not Subscriber.objects.exists()
    context.close()


def test_the_frame_works_on_a_page_without_scripts(
    browser: Browser, paper: PaperSite, form: EmbeddedForm
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(article(paper, code(form, "iframe")))
    frame = page.frame_locator("iframe")
    frame.get_by_label("Morning Briefing").check()
    frame.get_by_label("Your email address").fill("reader")
    wait_like_a_reader(page)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("alert")).to_contain_text("has an @")
    frame.get_by_label("Your email address").fill(ADDRESS)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert SignUp.objects.get().source_url == f"{paper.url}/2026/bridge"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frames_page_is_light_narrow_and_free_of_barriers(
    page: Page, live_server: LiveServer, form: EmbeddedForm, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 320, "height": 256})
    weights: list[int] = []
    page.on("response", lambda response: weights.append(len(response.body())))
    for name in ("", "thanks/"):
        weights.clear()
        page.goto(f"{live_server.url}/embed/{form.public_id}/{name}", wait_until="networkidle")
        assert 0 < sum(weights) <= 30_000
        assert Axe().run(page).violations_count == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_plain_form_works_without_scripts_and_comes_back(
    browser: Browser, paper: PaperSite, form: EmbeddedForm
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    plain = code(form, "html")
    page.goto(article(paper, plain))
    page.get_by_label("Good News").check()
    page.get_by_label("Your email address").fill(ADDRESS)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert SignUp.objects.get().embedded_form == form

    paper.policy += f" {paper.url}"
    thanks = paper.show("/thanks", "<h1>Thanks from us</h1>")
    back = f'<input type="hidden" name="return" value="{thanks}"></form>'
    page.goto(article(paper, plain.replace("</form>", back)))
    page.get_by_label("Morning Briefing").check()
    page.get_by_label("Your email address").fill("reader@example")  # the browser lets it pass
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_contain_text("does not look like")
    page.get_by_label("Your email address").fill("other@example.org")
    wait_like_a_reader(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Thanks from us")).to_be_visible()
    assert page.url == thanks
    context.close()


def barriers_of_staff(page: Page) -> list[tuple[str, str]]:
    """The serious ones in what is ours: the part beneath the fields."""
    found = Axe().run(page, context={"include": [["#embedded-form"]], "exclude": [["iframe"]]})
    return [
        (violation["id"], str([node["html"] for node in violation["nodes"]]))
        for violation in found.response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]


def test_staff_see_the_form_as_they_type_and_copy_its_snippet(
    page: Page, live_server: LiveServer, form: EmbeddedForm
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/subscriptions/embeddedform/{form.pk}/change/")
    preview = page.frame_locator("#form-preview")
    expect(preview.get_by_role("heading", name="News for breakfast")).to_be_visible()
    page.get_by_label("Headline").fill("News <for> supper")
    expect(preview.get_by_role("heading", name="News <for> supper")).to_be_visible()
    page.get_by_label("Button text").fill("I am in")
    preview.get_by_role("button", name="I am in").click()
    expect(preview.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert not Subscriber.objects.exists()

    page.get_by_role("button", name="Dark", exact=True).click()
    expect(preview.locator(".box")).to_have_class("box dark")
    page.get_by_role("button", name="Copy Script").click()
    expect(page.get_by_role("button", name="Copied").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code(form, "script")
    form.refresh_from_db()
    assert form.headline == "News for breakfast"
    assert barriers_of_staff(page) == []
