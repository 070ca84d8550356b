"""The composer where something stands in the way: words that are not taken, a password asked for, keys alone."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.models import Digest
from digests.rendering.rich_text import MOST_CHARACTERS
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_composer import compose, full, order, saved, story
from tests.browser.test_editor_desk import desk, digest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["desk", "digest", "full"]  # fixtures

PASTE = """(root, html) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  root.focus();
  root.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""
WORD = (
    "<p class=MsoNormal style='mso-margin-top-alt:auto'><b>Good</b> morning<o:p></o:p></p>"
    "<script>alert(1)</script><p><a href='javascript:alert(1)'>Click</a></p>"
)


def test_a_story_goes_to_another_section_from_its_list(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    compose(desk, live_server, full)
    told = desk.locator("#composer-told")
    story(desk, "Market day").get_by_label("to another section").select_option(label="Briefs")
    expect(told).to_contain_text("“Market day” moved to place 1 of “Briefs”.")

    # By keys a closed list changes with each press: nothing moves before Enter, nor when the list is left.
    chooser = story(desk, "School opens").get_by_label("to another section")
    chooser.focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    expect(told).to_have_text("Press Enter to move it to “Briefs”.")
    desk.keyboard.press("Tab")
    expect(chooser).to_have_value("")
    assert order(full)[1][-1] == "School opens"
    chooser.focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(told).to_contain_text("“School opens” moved to place 1 of “Briefs”.")
    assert order(full)[2] == ["School opens", "Market day", "Diary found"]


def test_what_is_pasted_is_saved_while_the_caret_stays(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    compose(desk, live_server, full)
    intro = desk.locator("#rich-intro")
    intro.evaluate(PASTE, WORD)
    expect(desk.locator("#composer-saved")).to_have_text("Saving …")
    saved(desk)
    expect(intro).to_be_focused()
    full.refresh_from_db()
    assert full.intro == "<p><b>Good</b> morning</p><p><a>Click</a></p>"


def test_words_that_are_not_taken_say_why_until_they_are(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    compose(desk, live_server, full)
    desk.get_by_label("Subject").fill("A subject that stays")
    desk.get_by_label("Preheader").focus()
    saved(desk)
    intro = desk.locator("#rich-intro")
    intro.evaluate(PASTE, "<p>" + "long " * (MOST_CHARACTERS // 5 + 1) + "</p>")
    why = desk.get_by_role("alert").filter(has_text=re.compile("there is room for 20000"))
    expect(why.first).to_be_visible()

    # Undoing would take back what was done before; and a change elsewhere does not make the reason go.
    desk.get_by_role("button", name="Undo").click()
    desk.get_by_role("button", name="Move “Market day” up").click()
    expect(desk.locator("#composer-told")).to_contain_text("“Market day” moved")
    expect(desk.get_by_label("Subject")).to_have_value("A subject that stays")
    expect(desk.locator(".composer-refused")).to_contain_text("It is not saved.")
    intro.click()
    desk.keyboard.press("Control+a")
    desk.keyboard.type("Short")
    saved(desk)
    expect(desk.locator(".composer-refused")).to_have_count(0)


def test_a_refused_picture_says_so_where_one_is(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    desk.set_viewport_size({"width": 375, "height": 812})
    compose(desk, live_server, full)
    desk.get_by_role("link", name="Edit “School opens”").click()
    chooser = story(desk, "School opens").get_by_label(re.compile("^Picture"))
    text = {"name": "text.png", "mimeType": "image/png", "buffer": b"no picture"}
    with desk.expect_response(re.compile("compose/change")):
        chooser.set_input_files(text)  # type: ignore[arg-type]
        desk.get_by_role("button", name="Use this picture").click()
    expect(desk.locator("#composer-trouble")).to_contain_text("The picture is not taken.")
    expect(desk.locator("#composer-trouble")).to_be_in_viewport()


def test_who_is_signed_out_in_mid_sentence_signs_in_elsewhere_and_loses_nothing(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    compose(desk, live_server, full)
    Session.objects.all().delete()
    desk.get_by_role("link", name="Edit “School opens”").click()
    trouble = desk.locator("#composer-trouble")
    expect(trouble).to_contain_text("You are signed out")
    expect(desk.get_by_label("Password")).to_have_count(
        0
    )  # no login page in the place of the story
    desk.get_by_label("Subject").fill("Written while signed out")
    desk.get_by_label("Preheader").focus()
    expect(desk.locator("#composer-saved")).to_have_text("Not saved.")

    # By the form itself, since signing in makes a new token as well.
    user = User.objects.get(username="publisher")
    user.set_password("a long password")
    user.save()
    with desk.context.expect_page() as opened:
        trouble.get_by_role("link", name="Sign in in another window").click()
    login = opened.value
    login.get_by_label("Username").fill("publisher")
    login.get_by_label("Password").fill("a long password")
    login.get_by_role("button", name="Log in").click()
    login.wait_for_url(live_server.url + "/admin/")
    login.close()
    everything = desk.locator("#composer-saved")
    expect(everything).to_have_text("All changes are saved.", timeout=3 * PATIENCE_MS)
    expect(trouble).to_be_hidden()
    full.refresh_from_db()
    assert full.subject == "Written while signed out"


def test_a_link_waits_for_the_words_before_it(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    desk.on("dialog", note)
    compose(desk, live_server, full)
    desk.get_by_label("Subject").fill("Written a moment ago")
    desk.get_by_role("link", name="Approve", exact=True).click()
    expect(desk.get_by_text("Subject: Written a moment ago")).to_be_visible()
    assert asked == []


@pytest.mark.parametrize(
    ("typed", "href"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("example.org/a?b=c", "https://example.org/a?b=c"),
        ("desk@example.org", "mailto:desk@example.org"),
    ],
)
def test_a_link_is_set_as_people_type_it(
    desk: Page, live_server: LiveServer, full: Digest, typed: str, href: str
) -> None:
    compose(desk, live_server, full)
    desk.locator("#rich-intro").click()
    desk.keyboard.type("guide")
    desk.keyboard.press("Control+a")
    tools = desk.locator("[data-rich=intro]")
    tools.get_by_role("button", name="Link", exact=True).click()
    desk.keyboard.type("no address")
    desk.keyboard.press("Enter")
    expect(tools.get_by_label("Where does the link lead?")).to_be_visible()
    desk.keyboard.press("Control+a")
    desk.keyboard.type(typed)
    desk.keyboard.press("Enter")
    expect(desk.locator("#rich-intro a")).to_have_attribute("href", href)
