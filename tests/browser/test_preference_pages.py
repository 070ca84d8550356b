"""A reader's settings in Chromium: by the link in any mail and by the one that is e-mailed, with scripts or not."""

from datetime import timedelta

import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from subscriptions import links
from subscriptions.choices import ConsentAction
from subscriptions.clock import database_now
from subscriptions.mailing import letters
from subscriptions.models import (
    Consent,
    LeavingAnswer,
    Letter,
    Newsletter,
    Publisher,
    Subscriber,
    Subscription,
)
from tests.builders import Press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OLD, NEW = "renata.solano@example.org", "renata@example.net"


@pytest.fixture
def reader(live_server: LiveServer, transactional_db: None) -> Subscriber:
    press = Press()
    Publisher.objects.update(name="The Harbour Courier", colour="#0b5c8a", zone="Europe/London")
    weekly = press.newsletter("Good News", position=2, frequency="Fridays")
    daily = press.newsletter(
        "Morning Briefing", position=1, frequency="Every weekday", lighter=weekly
    )
    press.newsletter("Harbour Weather", position=3, frequency="Saturdays")
    return press.reader(daily, address=OLD)


def delivered(address: str) -> str:
    """Send what waits, as a worker does; returns the path in the latest mail to this address."""
    now = database_now()
    for letter_id in letters.due_ids(now=now):
        letter = letters.claim(letter_id, now=now)
        if letter is not None:
            letters.send(letter, mail.get_connection(), now=now)
    text = next(str(sent.body) for sent in reversed(mail.outbox) if sent.to == [address])
    link = next(word for word in text.split() if "/preferences/" in word)
    return "/" + link.split("/", 3)[3]


def token_of(reader: Subscriber) -> str:
    daily = Newsletter.objects.get(slug="morning-briefing")
    return links.sign(links.Scope.LEAVE, reader.public_id, daily.public_id)


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def settings_from_a_mail(page: Page, base: str, reader: Subscriber) -> None:
    page.goto(f"{base}/preferences/{token_of(reader)}/")
    assert OLD not in page.content()
    page.get_by_role("button", name="Send me the link").click()
    page.goto(base + delivered(OLD))
    assert heading(page) == "Your newsletters and settings"


def choose_pause_and_place(page: Page) -> None:
    page.get_by_label("Harbour Weather").check()
    page.get_by_role("button", name="Save my choice").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.get_by_role("link", name="Change the time zone").click()
    page.get_by_label("The city nearest to you").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    day = (database_now() + timedelta(days=20)).date()
    page.get_by_label("Resume on").fill(day.isoformat())
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("In Tokyo time.")).to_be_visible()
    page.get_by_label("We keep no record").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("We keep no record")).to_be_checked()


def change_the_address(page: Page, base: str) -> None:
    page.get_by_role("link", name="Change the address").click()
    page.get_by_label("New email address").fill(NEW)
    page.get_by_role("button", name="Email both addresses").click()
    assert heading(page) == "Check both inboxes"
    for address, said in ((OLD, "Now the other inbox"), (NEW, "Your newsletters have moved")):
        page.goto(base + delivered(address))
        page.get_by_role("button", name="Confirm").click()
        assert said in heading(page)


def erase(page: Page, base: str) -> None:
    page.goto(f"{base}/preferences/")
    page.get_by_label("Your email address").fill(NEW)
    page.get_by_role("button", name="Send me the link").click()
    assert heading(page) == "Check your inbox"
    page.goto(base + delivered(NEW))
    page.get_by_role("link", name="Delete my data").click()
    page.get_by_label("Yes, I am sure").check()
    page.get_by_role("button", name="Delete my data").click()
    assert heading(page) == "Your data has been deleted"


def test_a_reader_settles_moves_and_is_forgotten_without_javascript(
    browser: Browser, live_server: LiveServer, reader: Subscriber
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    settings_from_a_mail(page, live_server.url, reader)
    choose_pause_and_place(page)
    reader.refresh_from_db()
    assert (reader.zone, reader.tracking) == ("Asia/Tokyo", "none")
    assert reader.paused_until is not None
    assert Subscription.objects.active().count() == 2
    change_the_address(page, live_server.url)
    reader.refresh_from_db()
    assert reader.address == NEW
    Letter.objects.update(created_at=database_now() - timedelta(hours=1))
    erase(page, live_server.url)
    assert not Subscriber.objects.exists()
    assert context.cookies() == []
    context.close()


def test_a_reader_leaves_says_why_and_comes_back(
    page: Page, live_server: LiveServer, reader: Subscriber
) -> None:
    page.goto(f"{live_server.url}/unsubscribe/{token_of(reader)}/")
    page.get_by_role("button", name="Unsubscribe").click()
    assert heading(page) == "You have unsubscribed from “Morning Briefing”"
    page.get_by_label("Too many emails").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert LeavingAnswer.objects.get().reason == "too_many"
    page.get_by_role("button", name="Undo").click()
    assert heading(page) == "You still receive “Morning Briefing”"
    page.goto(f"{live_server.url}/unsubscribe/{token_of(reader)}/")
    page.get_by_role("button", name="Switch to Good News").click()
    assert Subscription.objects.active().get().newsletter.slug == "good-news"
    assert page.context.cookies() == []


def test_whatever_was_left_by_a_button_is_taken_back_without_javascript(
    browser: Browser, live_server: LiveServer, reader: Subscriber
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    settings_from_a_mail(page, live_server.url, reader)
    page.get_by_label("Morning Briefing").uncheck()
    page.get_by_role("button", name="Save my choice").click()
    expect(page.get_by_role("status")).to_contain_text(
        "You have unsubscribed from “Morning Briefing”."
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Morning Briefing")).to_be_checked()
    for button in (
        "Unsubscribe from Morning Briefing",
        "Unsubscribe from all",
        "Switch to Good News",
    ):
        page.goto(f"{live_server.url}/preferences/{token_of(reader)}/")
        page.get_by_role("button", name=button).click()
        assert not Subscription.objects.active().filter(newsletter__slug="morning-briefing")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_have_text("You still receive “Morning Briefing”.")
        assert Subscription.objects.active().get().newsletter.slug == "morning-briefing"
    said = Consent.objects.filter(action=ConsentAction.RETURNED).values_list("form", flat=True)
    assert sorted(said) == ["preference centre", *["preferences page"] * 3]
    assert context.cookies() == []
    context.close()


def test_the_keyboard_is_enough_to_leave_say_why_and_take_it_back(
    page: Page, live_server: LiveServer, reader: Subscriber
) -> None:
    def come_to(words: str) -> None:
        for _stop in range(40):
            page.keyboard.press("Tab")
            focused = "document.activeElement"
            said = page.evaluate(f"({focused}.closest('label') || {focused}).textContent")
            if words in " ".join(said.split()):
                return
        raise AssertionError(f"Tab never comes to {words!r}.")

    def press(words: str) -> None:
        come_to(words)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    page.goto(f"{live_server.url}/unsubscribe/{token_of(reader)}/")
    press("Unsubscribe")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You have unsubscribed from “Morning Briefing”"
    )
    come_to("Too many emails")
    page.keyboard.press("Space")
    press("Send")
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    press("Undo")
    press("All your newsletters")
    press("Unsubscribe from Morning Briefing")
    expect(page.get_by_role("status")).to_contain_text(
        "You have unsubscribed from “Morning Briefing”"
    )
    press("Undo")
    expect(page.get_by_role("status")).to_have_text("You still receive “Morning Briefing”.")


def test_what_is_wrong_has_the_focus(
    page: Page, live_server: LiveServer, reader: Subscriber
) -> None:
    page.goto(f"{live_server.url}/preferences/{token_of(reader)}/")
    day = page.get_by_label("Resume on")
    day.evaluate("it => it.form.noValidate = true")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(day).to_be_focused()
    expect(page).to_have_title("Please correct: Your newsletters – The Harbour Courier")
    settings_from_a_mail(page, live_server.url, reader)
    page.get_by_role("link", name="Delete my data").click()
    page.get_by_role("button", name="Delete my data").evaluate("it => it.form.noValidate = true")
    page.get_by_role("button", name="Delete my data").click()
    expect(page.get_by_label("Yes, I am sure")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_text("Please tick that you are sure.")
