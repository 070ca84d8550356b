"""What is typed in the composer is never dropped: at any speed, however the server behaves, whoever else is there."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.assembly.assembling import assemble
from digests.choices import WORDS
from digests.composing import arranging, wording
from digests.drafts.editing import Editor
from digests.models import Article, Digest, Item, Section, Template
from subscriptions.clock import database_now
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_composer import compose, full, open_window, order, saved, story
from tests.browser.test_editor_desk import desk, digest
from tests.staff import member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["desk", "digest", "full", "open_window"]  # fixtures

TOP, NORMAL = 0, 60  # ms between two keys
# How the way to the server may be, as the page meets it: each change of the page goes through `way`.
GOOD = "(go) => go()"
LATE = "async (go) => { const answer = await go(); await wait(900); return answer; }"
FAR = "async (go) => { await wait(900); return go(); }"
# Every second change: done, and its answer lost; not done; and an error of the server.
DEAF = "async (go, number) => { const got = await go(); if (number % 2) throw new TypeError('lost'); return got; }"
GONE = "async (go, number) => { if (number % 2) throw new TypeError('gone'); return go(); }"
ILL = "async (go, number) => (number % 2 ? new Response('', { status: 503 }) : go())"
BETWEEN = """(() => {
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const way = %s, real = window.fetch.bind(window);
  let number = 0;
  window.fetch = (address, options) =>
    String(address).includes("/compose/change/") ? way(() => real(address, options), ++number) : real(address, options);
})()"""
LEFT_OR_TOLD = """() => location.pathname.includes("/approve/")
    || document.getElementById("composer-trouble")?.textContent.startsWith("Not yet")"""
OURS = "Bridge reopens; Ferry stays; Market day"
SUBJECT, PREHEADER = "Nobody home at the harbour", "And the mayor has gone for good."


@pytest.fixture
def ours(full: Digest) -> Digest:
    """Its words are ours: they follow the stories."""
    full.automatic_words = list(WORDS)
    full.subject, full.preheader = "Morning Briefing: Mayor resigns", OURS
    full.save()
    return full


def way(page: Page, how: str) -> None:
    page.add_init_script(BETWEEN % how)


def asked(page: Page) -> list[str]:
    """What the browser itself asks when a page is left."""
    questions: list[str] = []

    def note(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    return questions


def write(page: Page, label: str, text: str, pause: int) -> None:
    """As people do: into the field, all of it marked, and typed over."""
    page.get_by_label(label, exact=True).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text, delay=pause)


@pytest.mark.parametrize(
    ("how", "pause"),
    [(LATE, NORMAL), (GOOD, TOP), (FAR, TOP), (DEAF, TOP), (GONE, TOP), (ILL, TOP)],
    ids=["late", "good-top", "far-top", "deaf-top", "gone-top", "ill-top"],
)
def test_whatever_is_typed_goes_to_approval(
    desk: Page, live_server: LiveServer, ours: Digest, how: str, pause: int
) -> None:
    """The headline moves our subject and preheader while the editor writes others; nobody else is there."""
    way(desk, how)
    questions = asked(desk)
    answers: list[int] = []
    desk.on("response", lambda got: answers.append(got.status) if "/change/" in got.url else None)
    compose(desk, live_server, ours)
    desk.get_by_role("link", name="Edit “Mayor resigns”").click()
    headline = desk.get_by_role("textbox", name="Headline").first
    headline.click()
    desk.keyboard.type("Mayor goes at last", delay=pause)
    desk.get_by_label("Blurb").click()
    desk.keyboard.type("After nine years.", delay=pause)
    write(desk, "Subject", SUBJECT, pause)
    write(desk, "Preheader", PREHEADER, pause)
    desk.locator("#rich-intro").click()
    desk.keyboard.type("Good morning", delay=pause)

    approve(desk)
    expect(desk.get_by_text(f"Subject: {SUBJECT}")).to_be_visible(timeout=3 * PATIENCE_MS)
    expect(desk.get_by_text(f"Preheader: {PREHEADER}")).to_be_visible()
    assert questions == []
    # Only where an answer was lost may an editor meet the same words of their own again.
    assert how == DEAF or set(answers) == {200}
    ours.refresh_from_db()
    assert (ours.subject, ours.preheader) == (SUBJECT, PREHEADER)
    assert ours.intro == "<p>Good morning</p>"
    assert set(ours.automatic_words) == {"outro"}
    rewritten = Item.objects.get(article__headline="Mayor resigns")
    assert (rewritten.headline, rewritten.blurb) == ("Mayor goes at last", "After nine years.")


def approve(page: Page) -> None:
    """Pressed until the page is left: where the server was away, it says what is not saved, and stays."""
    for _ in range(8):
        page.get_by_role("link", name="Approve", exact=True).click()
        page.wait_for_function(LEFT_OR_TOLD, timeout=3 * PATIENCE_MS)
        if "/approve" in page.url:
            return


def test_words_that_are_ours_change_while_the_field_is_under_somebodys_hands(
    desk: Page, live_server: LiveServer, ours: Digest
) -> None:
    """Marked to be typed over, or with the caret in it: what is typed is all that stands there."""
    compose(desk, live_server, ours)
    subject = desk.get_by_label("Subject", exact=True)
    subject.click()
    desk.keyboard.press("Control+a")
    arranging.remove(ours.pk, item(ours, "Mayor resigns").pk, Editor(None, database_now()))
    expect(story(desk, "Mayor resigns")).to_have_count(0, timeout=2 * PATIENCE_MS)
    expect(subject).to_have_value("Morning Briefing: Mayor resigns")
    desk.keyboard.type("Mine")
    desk.get_by_label("Preheader", exact=True).click()
    saved(desk)
    expect(subject).to_have_value("Mine")
    expect(desk.locator(".composer-conflict")).to_have_count(0)
    # One that nobody has under their hands follows.
    desk.get_by_role("button", name="Move “Bridge reopens” down").click()
    expect(desk.get_by_label("Preheader", exact=True)).not_to_have_value(OURS)


def item(digest: Digest, headline: str) -> Item:
    return Item.objects.get(section__digest=digest, article__headline=headline)


def test_a_cleared_line_is_ours_again_and_says_so(
    desk: Page, live_server: LiveServer, ours: Digest
) -> None:
    Template.objects.update(intro="<p>Good morning</p>")
    compose(desk, live_server, ours)
    subject, preheader = (desk.get_by_label(name, exact=True) for name in ("Subject", "Preheader"))
    badge = desk.locator("[data-automatic=subject]")
    expect(badge).to_be_visible()
    subject.fill("Mine")
    expect(badge).to_be_hidden()
    preheader.fill("And mine")
    subject.focus()
    saved(desk)

    # While somebody still stands in it, it stays empty: they may be about to write another.
    subject.fill("")
    saved(desk)
    expect(subject).to_have_value("")
    expect(subject).to_have_attribute("placeholder", "Morning Briefing: Mayor resigns")
    preheader.focus()
    expect(subject).to_have_value("Morning Briefing: Mayor resigns")
    expect(badge).to_be_visible()

    field = desk.locator(".composer-field").filter(has=preheader)
    field.get_by_role("button", name="Use the automatic one").click()
    expect(preheader).to_have_value(OURS)
    expect(field.get_by_role("button", name="Use the automatic one")).to_be_hidden()
    intro = desk.locator("[data-rich=intro]")
    desk.locator("#rich-intro").click()
    desk.keyboard.type("Hello")
    subject.focus()
    saved(desk)
    intro.get_by_role("button", name="Use the automatic one").click()
    expect(desk.locator("#rich-intro")).to_have_text("Good morning")
    ours.refresh_from_db()
    assert set(ours.automatic_words) == set(WORDS)


def test_a_colleagues_words_are_named_and_nothing_is_approved_before_they_are_settled(
    desk: Page, live_server: LiveServer, ours: Digest
) -> None:
    anna = User.objects.create_user("anna", first_name="Anna", last_name="Holm")
    compose(desk, live_server, ours)
    desk.route("**/compose/poll/", lambda route: route.abort())
    wording.write_words(ours.pk, {"subject": "Anna’s subject"}, Editor(anna, database_now()))
    desk.get_by_label("Subject", exact=True).fill("My subject")
    desk.get_by_role("link", name="Approve", exact=True).click()
    asked = desk.locator(".composer-conflict")
    expect(asked).to_contain_text(
        re.compile(r"Anna Holm changed this at \d\d:\d\d\. Theirs: “Anna’s subject”")
    )
    expect(desk.locator("#composer-trouble")).to_contain_text(
        "what you wrote under “Subject” is not saved"
    )
    expect(desk.locator("#composer-saved")).to_have_text("Not saved.")
    desk.keyboard.type("!")  # typed on, while it is asked about
    asked.get_by_role("button", name="Keep mine").click()
    saved(desk)
    desk.get_by_role("link", name="Approve", exact=True).click()
    expect(desk.get_by_text("Subject: My subject!")).to_be_visible()


def test_an_assembly_takes_no_words_away(desk: Page, live_server: LiveServer, ours: Digest) -> None:
    """A colleague assembles again while somebody writes for a story that the rule does not choose any more."""
    today = ours.sections.get(heading="Today")
    Section.objects.filter(pk=today.pk).update(made_from=Template.objects.get().sections.get())
    Item.objects.update(is_locked=False)
    Article.objects.filter(headline="Market day").update(retracted_at=database_now())
    compose(desk, live_server, ours)
    desk.get_by_role("link", name="Edit “Market day”").click()
    desk.get_by_role("textbox", name="Kicker").click()
    assemble(ours.pk, now=database_now(), again=True, by=member("curator", "ben"))
    assert not Item.objects.filter(article__headline="Market day").exists()
    desk.keyboard.type("Half-written")
    saved(desk)
    expect(story(desk, "Market day")).to_contain_text("Half-written")
    assert item(ours, "Market day").kicker == "Half-written"


def test_without_a_server_the_page_says_so_and_shows_what_is_true(
    desk: Page, live_server: LiveServer, ours: Digest
) -> None:
    compose(desk, live_server, ours)
    before = order(ours)
    state, trouble = desk.locator("#composer-saved"), desk.locator("#composer-trouble")
    desk.route("**/compose/*/", lambda route: route.abort())
    story(desk, "School opens").focus()
    desk.keyboard.press("Alt+ArrowUp")
    expect(trouble).to_contain_text("That was not done: do it again once it answers.")
    expect(state).to_have_text("The server cannot be reached.")
    expect(state).to_have_css("font-weight", "600")
    drag_up(desk)
    expect(trouble).to_contain_text("That was not done")
    shown = [
        found.strip() for found in desk.locator(".composer-item .desk-strong").all_inner_texts()
    ]
    assert shown == [headline for section in before for headline in section]

    # The fields of a story stay open with what is in them, and nothing is approved over it.
    desk.get_by_label("Subject", exact=True).fill("Written without a server")
    expect(state).to_have_text("Not saved.")
    desk.get_by_role("link", name="Approve", exact=True).click()
    expect(trouble).to_contain_text("what you wrote under “Subject” is not saved")
    desk.unroute("**/compose/*/")
    saved_in_time = desk.locator("#composer-saved")
    expect(saved_in_time).to_have_text("All changes are saved.", timeout=2 * PATIENCE_MS)
    ours.refresh_from_db()
    assert ours.subject == "Written without a server"
    assert order(ours) == before


def drag_up(page: Page) -> None:
    what = story(page, "School opens").locator(".composer-words")
    onto = story(page, "Ferry stays")
    onto.scroll_into_view_if_needed()
    start, end = what.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + 34, steps=6)
    page.mouse.move(end["x"] + 40, end["y"] + 4, steps=6)
    with page.expect_event("requestfailed"):
        page.mouse.up()


def test_a_storys_fields_stay_open_until_they_are_saved(
    desk: Page, live_server: LiveServer, ours: Digest
) -> None:
    compose(desk, live_server, ours)
    desk.get_by_role("link", name="Edit “Market day”").click()
    desk.route("**/compose/change/", lambda route: route.abort())
    kicker = desk.get_by_role("textbox", name="Kicker")
    kicker.fill("Kept")
    desk.keyboard.press("Escape")
    expect(desk.locator("#composer-trouble")).to_contain_text("“Kicker” is not saved")
    expect(kicker).to_have_value("Kept")
    desk.unroute("**/compose/change/")
    desk.keyboard.press("Escape")
    expect(kicker).to_have_count(0)
    assert item(ours, "Market day").kicker == "Kept"


def test_a_story_that_is_only_begun_is_not_left_behind(
    desk: Page, live_server: LiveServer, ours: Digest
) -> None:
    compose(desk, live_server, ours)
    desk.get_by_text("Write a story").first.click()
    begun = desk.locator(".composer-write[open]").get_by_label("Headline")
    begun.fill("Council meets tonight")
    desk.get_by_role("link", name="Approve", exact=True).click()
    expect(desk.locator("#composer-trouble")).to_contain_text(
        "“Council meets tonight” is not in the digest. Press “Write it”"
    )
    desk.get_by_role("button", name="Write it").first.click()
    expect(story(desk, "Council meets tonight")).to_be_visible()
    desk.get_by_role("link", name="Approve", exact=True).click()
    expect(desk).to_have_url(re.compile("/approve"))


def test_two_windows_of_one_person_do_not_undo_each_other(
    live_server: LiveServer, ours: Digest, open_window: Callable[..., Page]
) -> None:
    one = open_window("anna")
    compose(one, live_server, ours)
    one.route("**/compose/poll/", lambda route: route.abort())
    anna = User.objects.get(username="anna")
    wording.write_words(ours.pk, {"subject": "In the other"}, Editor(anna, database_now()))
    one.get_by_label("Subject", exact=True).fill("In this one")
    one.get_by_label("Preheader", exact=True).focus()
    expect(one.locator(".composer-conflict")).to_contain_text(
        "You changed this in another window at"
    )
    one.get_by_role("button", name="Take theirs").click()
    saved(one)
    expect(one.get_by_label("Subject", exact=True)).to_have_value("In the other")
    one.unroute("**/compose/poll/")
