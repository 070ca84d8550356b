"""A digest put together in Chromium: by mouse, by keyboard alone, by two editors at once, and without scripts."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from digests.choices import DigestState
from digests.models import Article, Digest, Item, Section
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_editor_desk import desk, digest, path, put_away, sign_in
from tests.builders import Press
from tests.fakes import FeedServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["desk", "digest"]  # fixtures

MOST_TABS = 120
QUIET_DAY = 25  # interactions: a click, a drag, words typed into a field


@pytest.fixture
def full(digest: Digest) -> Digest:
    """A lead of one place before the sections that every case of the desk has."""
    digest.sections.update(position=1)
    Section.objects.filter(heading="Briefs").update(position=2)
    lead = Section.objects.create(digest=digest, heading="Lead", slots=1, style="lead", position=0)
    press = Press()
    Item.objects.create(section=lead, article=press.article("Mayor resigns"))
    today = digest.sections.get(heading="Today")
    press.article("Ferry sinks")
    for place, headline in enumerate(("Market day", "School opens"), start=2):
        Item.objects.create(section=today, article=press.article(headline), position=place)
    return digest


@pytest.fixture
def open_window(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Another member of staff at another machine; what the browser complains of fails the test."""
    contexts, complaints = [], []

    def window(name: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in(page, live_server, name)
        return page

    yield window
    for context in contexts:
        put_away(context.pages[0])
        context.close()
    assert complaints == []


def compose(page: Page, live_server: LiveServer, digest: Digest) -> None:
    page.goto(live_server.url + path(digest, "compose"))
    expect(page.locator("#composer[data-ready]")).to_be_visible()
    expect(page.locator("#composer-bytes")).to_contain_text("KB")  # nothing moves any more


def reach(page: Page, there: Locator, key: str = "Tab") -> None:
    for _ in range(MOST_TABS):
        if there.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{there} is not reached by {key} alone.")


def order(digest: Digest) -> list[list[str]]:
    return [
        [item.shown_headline for item in section.items.select_related("article")]
        for section in digest.sections.all()
    ]


def story(page: Page, headline: str) -> Locator:
    return page.locator(".composer-item").filter(has=page.get_by_text(headline, exact=True))


def saved(page: Page) -> None:
    expect(page.locator("#composer-saved")).to_have_text("All changes are saved.")


def drag(page: Page, what: Locator, onto: Locator, *, above: bool = True) -> None:
    what.scroll_into_view_if_needed()
    start, end = what.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 12)
    page.mouse.down()
    y = end["y"] + (4 if above else end["height"] - 4)
    page.mouse.move(end["x"] + 40, y + (30 if above else -30), steps=6)
    page.mouse.move(end["x"] + 40, y, steps=6)
    page.mouse.up()


def test_a_quiet_day_takes_few_interactions(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    """Replace the lead, move two items, override one headline, write subject and preheader, test, approve."""
    count = 0

    def done() -> None:
        nonlocal count
        count += 1

    compose(desk, live_server, full)
    drag(
        desk,
        desk.locator(".composer-candidate", has_text="Ferry sinks"),
        story(desk, "Mayor resigns"),
    )
    done()
    expect(story(desk, "Mayor resigns")).to_contain_text("No room: not sent")
    saved(desk)
    drag(
        desk, story(desk, "School opens").locator(".composer-words"), story(desk, "Bridge reopens")
    )
    done()
    expect(desk.locator("#composer-told")).to_contain_text(
        "“School opens” moved to place 1 of “Today”"
    )
    desk.get_by_role("button", name="Move “Ferry stays” up").click()
    done()
    expect(desk.locator("#composer-told")).to_contain_text("“Ferry stays” moved")

    desk.get_by_role("link", name="Edit “Market day”").click()
    done()
    desk.get_by_role("textbox", name="Headline").first.fill("A market at midnight")
    done()
    desk.get_by_label("Subject").fill("The ferry is lost")
    done()
    desk.get_by_label("Preheader").fill("And the mayor goes.")
    done()
    expect(desk.get_by_text("17 characters; phones show about 45")).to_be_visible()
    desk.get_by_role("tab", name="Preview").focus()
    saved(desk)
    mail = desk.frame_locator("#composer-mail")
    expect(mail.get_by_text("A market at midnight")).to_be_visible()

    desk.get_by_role("tab", name="Test").click()
    done()
    desk.get_by_role("button", name="Send the test").click()
    done()
    expect(desk.get_by_text("[Test]", exact=False).last).to_be_visible()

    desk.get_by_role("link", name="Approve", exact=True).click()
    done()
    desk.get_by_role("button", name="Approve it").click()
    done()
    expect(desk.get_by_text("Version 1 is approved.")).to_be_visible()
    assert count <= QUIET_DAY
    full.refresh_from_db()
    assert full.state == DigestState.APPROVED
    assert full.approved_version is not None
    assert full.approved_version.subject == "The ferry is lost"
    assert order(full) == [
        ["Ferry sinks", "Mayor resigns"],
        ["School opens", "Ferry stays", "Bridge reopens", "A market at midnight"],
        ["Diary found"],
    ]


def test_a_digest_is_put_together_by_keyboard_alone(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    compose(desk, live_server, full)
    keys = desk.keyboard
    told = desk.locator("#composer-told")
    reach(desk, story(desk, "School opens"))
    keys.press("Alt+ArrowUp")
    expect(told).to_contain_text("“School opens” moved to place 3 of “Today”.")
    expect(story(desk, "School opens")).to_be_focused()
    keys.press("Alt+Digit3")
    expect(told).to_contain_text("“School opens” moved to place 1 of “Briefs”.")
    expect(story(desk, "School opens")).to_be_focused()
    keys.press("Control+z")
    expect(told).to_contain_text("Undone: “School opens” moved to place 1 of “Briefs”.")
    keys.press("Control+Shift+Z")
    expect(told).to_contain_text("Redone: “School opens”")
    keys.press("l")
    expect(told).to_contain_text("“School opens” unlocked.")
    keys.press("Enter")
    expect(desk.get_by_role("textbox", name="Kicker")).to_be_focused()
    keys.type("Schools")
    keys.press("Escape")
    saved(desk)
    expect(story(desk, "School opens")).to_contain_text("Schools")
    keys.press("ArrowDown")
    expect(story(desk, "Diary found")).to_be_focused()
    keys.press("Delete")
    expect(told).to_contain_text("“Diary found” removed from “Briefs”.")
    expect(story(desk, "School opens")).to_be_focused()

    reach(desk, desk.locator("#rich-intro"), "Shift+Tab")
    keys.type("Good ")
    keys.press("Control+b")
    keys.type("morning")
    reach(desk, desk.get_by_label("Subject"), "Shift+Tab")
    saved(desk)
    full.refresh_from_db()
    assert full.intro == "<p>Good <b>morning</b></p>"
    assert order(full)[2] == ["School opens"]


def test_the_preview_shows_the_mail_in_every_way_a_reader_may_meet_it(
    desk: Page, live_server: LiveServer, full: Digest
) -> None:
    reader = Press().reader(full.newsletter, address="ada@example.org")
    # Who looks after readers as well, and so may see the mail of one.
    User.objects.get(username="publisher").groups.add(Group.objects.get(name="audience"))
    compose(desk, live_server, full)
    mail = desk.frame_locator("#composer-mail")
    frame = desk.locator("#composer-mail")
    headline = mail.get_by_text("Mayor resigns")

    def press(name: str, sets: str) -> None:
        desk.get_by_role("button", name=name, exact=True).click()
        expect(desk.get_by_role("button", name=name, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(frame).to_have_attribute("src", re.compile(sets))

    def brightness() -> int:
        expect(headline).to_be_visible()
        colour = mail.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    by_day = brightness()
    press("Dark", "theme=dark")
    expect(mail.locator("body")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    assert brightness() < by_day / 2
    press("Desktop", "theme=dark")
    expect(frame).to_have_css("width", "700px")
    press("Images off", "images=off")
    expect(headline).to_be_visible()
    desk.get_by_label("As this reader gets it").fill(reader.address)
    desk.keyboard.press("Tab")
    expect(mail.get_by_text(reader.address)).to_be_visible()
    press("Plain text", r"mail\.txt")
    expect(mail.get_by_text(re.compile("Mayor resigns", re.IGNORECASE)).first).to_be_visible()
    expect(mail.get_by_text(reader.address).first).to_be_visible()
    expect(mail.locator("img, table")).to_have_count(0)


def test_two_editors_see_each_other_and_overwrite_nothing(
    live_server: LiveServer, full: Digest, open_window: Callable[..., Page]
) -> None:
    anna, ben = open_window("anna"), open_window("ben")
    compose(anna, live_server, full)
    compose(ben, live_server, full)
    expect(anna.locator("#composer-present")).to_have_text("Also here: ben", timeout=PATIENCE_MS)

    # Both write the subject. Ben is first; nothing that Anna typed is lost.
    anna.route("**/compose/poll/", lambda route: route.abort())  # she does not hear of it
    ben.get_by_label("Subject").fill("Ben’s subject")
    ben.get_by_label("Preheader").focus()
    saved(ben)
    anna.get_by_label("Subject").fill("Anna’s subject")
    anna.get_by_label("Preheader").focus()
    conflict = anna.get_by_role("alert").filter(has_text="ben changed this at")
    expect(conflict).to_contain_text("Ben’s subject")
    expect(anna.get_by_label("Subject")).to_have_value("Anna’s subject")
    conflict.get_by_role("button", name="Keep mine").click()
    anna.unroute("**/compose/poll/")
    anna.get_by_label("Preheader").focus()
    saved(anna)
    expect(ben.get_by_label("Subject")).to_have_value("Anna’s subject", timeout=PATIENCE_MS)

    # What one removes goes from the other's page; half-written words are shown once more.
    anna.get_by_role("link", name="Edit “Market day”").click()
    kicker = anna.get_by_role("textbox", name="Kicker")
    anna.route("**/compose/change/", lambda route: route.abort())  # her network is away
    kicker.fill("Half-written")
    ben.get_by_role("button", name="Remove “Market day”").click()
    saved(ben)
    expect(anna.get_by_text("This story was removed while you were writing.")).to_contain_text(
        "Half-written", timeout=PATIENCE_MS
    )
    assert "Market day" not in order(full)[1]


def test_stories_are_arranged_without_scripts(
    live_server: LiveServer, full: Digest, open_window: Callable[..., Page]
) -> None:
    page = open_window("carla", scripts=False)
    page.goto(live_server.url + path(full, "compose"))
    page.get_by_role("button", name="Move “Bridge reopens” down").click()
    expect(page.get_by_text("“Bridge reopens” moved to place 2 of “Today”.")).to_be_visible()
    page.get_by_role("link", name="Edit “Diary found”").click()
    page.get_by_role("textbox", name="Kicker").fill("Archive")
    page.get_by_role("button", name="Save text").nth(1).click()
    assert order(full)[1][:2] == ["Ferry stays", "Bridge reopens"]
    assert Item.objects.get(article__headline="Diary found").kicker == "Archive"


def test_a_pasted_address_becomes_a_story_by_keyboard_alone(
    desk: Page, live_server: LiveServer, full: Digest, settings: Settings
) -> None:
    page = (
        b'<!doctype html><meta charset="utf-8"><meta property="og:title" content="Lighthouse is for sale">'
        b'<meta property="og:description" content="The town asks for a plan."><p>Words.</p>'
    )
    with FeedServer({"/lighthouse": page}) as server:
        settings.FETCH_ALLOW = frozenset({server.place})
        compose(desk, live_server, full)
        search = desk.get_by_label("Words, a tag or an address")
        search.focus()
        desk.keyboard.type(server.url("/lighthouse?utm_source=chat"))
        add = desk.get_by_role("button", name="Read the page and add the story")
        expect(add).to_be_visible()
        reach(desk, add)
        desk.keyboard.press("Enter")
        board = desk.locator("#composer-board")
        expect(board.get_by_text("Lighthouse is for sale")).to_be_visible()
        expect(desk.get_by_text("The story at this address is in the digest.")).to_be_visible()

        # A page that cannot be read is told beside, and nothing is lost.
        search.fill(server.url("/gone"))
        add.focus()
        desk.keyboard.press("Enter")
        trouble = desk.get_by_role("alert").filter(has_text="The server answered 404")
        expect(trouble).to_contain_text("Or write the story by hand.")
        assert search.input_value() == server.url("/gone")
    assert Item.objects.get(article__headline="Lighthouse is for sale").is_locked


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_a_correction_is_answered_by_keyboard_alone(
    browser: Browser, live_server: LiveServer, full: Digest, width: int, scheme: str
) -> None:
    story = Item.objects.select_related("article").get(article__headline="Market day")
    assert story.article is not None
    Item.objects.filter(pk=story.pk).update(
        seen_headline="Market day", seen_summary=story.article.summary, headline="Our market"
    )
    Article.objects.filter(pk=story.article.pk).update(headline="Market day is Tuesday")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, live_server, "curator")
    page.goto(live_server.url + path(full, "compose") + f"?edit={story.pk}")
    table = page.locator(f"#editor-{story.pk} .composer-corrected")
    expect(table).to_contain_text("Market day is Tuesday")
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    take = page.get_by_role("button", name="Take it as it is now")
    take.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#story-{story.pk}")).to_contain_text("Market day is Tuesday")
    expect(table).to_have_count(0)
    put_away(page)
    context.close()
    assert Item.objects.get(pk=story.pk).headline == ""
