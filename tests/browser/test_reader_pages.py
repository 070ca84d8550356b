"""The reader's half in Chromium: choosing, confirming, leaving; by keyboard, on small screens, without scripts."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from digests.delivery.draining import drain
from digests.delivery.transports.choosing import open_transport
from digests.models import Item
from subscriptions import links
from subscriptions.choices import NewsletterState
from subscriptions.clock import database_now
from subscriptions.illustrations import MOST_BYTES, shrunk
from subscriptions.mailing import letters
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.models import Letter, Newsletter, Publisher, SignUp, Subscription
from subscriptions.sign_up.rate_limits import parse_limit
from tests.browser.access import faults
from tests.builders import Press
from tools.pictures.pages import take_page_pictures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "reader@example.org"
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def morning(live_server: LiveServer, transactional_db: None) -> Newsletter:
    press = Press()
    Publisher.objects.update(
        name="The Harbour Courier", colour="#ffcc00", privacy_url="https://example.org/privacy"
    )
    press.newsletter(
        "Good News",
        position=2,
        colour="#fff000",
        description="The week’s best reasons to be cheerful.",
        example_url="https://example.org/good",
    )
    press.newsletter(LONG_WORD, position=3, language="de", frequency="Samstags")
    return press.newsletter(
        "Morning Briefing", position=1, description="Ten stories.", frequency="Every weekday"
    )


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def confirm_path(sign_up: SignUp) -> str:
    return path_of(links.confirm_url(sign_up.public_id))


def leave_path(tie: Subscription) -> str:
    return path_of(links.leave_url(tie.subscriber.public_id, tie.newsletter.public_id))


def wait_like_a_reader(page: Page) -> None:
    """The form takes whoever is quicker than a second for a robot."""
    page.wait_for_timeout(1100)


def delivered_letter() -> str:
    """Send the letter that waits, as a worker does, and return its text."""
    now = database_now()
    letter = letters.claim(Letter.objects.latest("pk").pk, now=now)
    assert letter is not None
    letters.send(letter, mail.get_connection(), now=now)
    return str(mail.outbox[-1].body)


def link_in(text: str, page_name: str) -> str:
    return next(path_of(word) for word in text.split() if f"/{page_name}/" in word)


def sign_up_confirm_and_leave(page: Page, base_url: str) -> None:
    page.goto(base_url)
    page.get_by_label("Morning Briefing").check()
    page.get_by_text("Good News", exact=True).click()
    page.get_by_label("Your email address").fill(ADDRESS)
    wait_like_a_reader(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    assert page.url.startswith(f"{base_url}/subscribed/?asked=")
    assert ADDRESS not in page.url

    page.goto(base_url + link_in(delivered_letter(), "confirm"))
    expect(page.get_by_text("Morning Briefing")).to_be_visible()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed up")
    assert Subscription.objects.active().count() == 2

    tie = Subscription.objects.get(newsletter__slug="good-news")
    page.goto(base_url + leave_path(tie))
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You have unsubscribed from “Good News”"
    )
    assert Subscription.objects.active().get().newsletter.slug == "morning-briefing"
    page.goto(f"{base_url}/?newsletter=good-news")
    expect(page.get_by_label("Good News")).to_be_checked()


def test_a_reader_signs_up_confirms_and_leaves(
    page: Page, live_server: LiveServer, morning: Newsletter
) -> None:
    sign_up_confirm_and_leave(page, live_server.url)
    assert page.context.cookies() == []


def test_all_of_it_works_without_javascript(
    browser: Browser, live_server: LiveServer, morning: Newsletter
) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_up_confirm_and_leave(context.new_page(), live_server.url)
    context.close()


def test_in_a_surge_the_browser_proves_that_a_reader_waits(
    page: Page, live_server: LiveServer, morning: Newsletter, settings: Settings
) -> None:
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"all": parse_limit("all", "0:99/minute")}
    page.goto(live_server.url)
    page.get_by_label("Morning Briefing").check()
    page.get_by_label("Your email address").fill("reader@outlok.com")
    wait_like_a_reader(page)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("button", name="Yes, use this address").click()
    page.wait_for_url("**/subscribed/**")
    assert Letter.objects.get().address == "reader@outlook.com"


def test_in_a_surge_a_reader_without_javascript_is_told_what_to_do(
    browser: Browser, live_server: LiveServer, morning: Newsletter, settings: Settings
) -> None:
    limits = settings.SIGN_UP_LIMITS
    settings.SIGN_UP_LIMITS = limits | {"all": parse_limit("all", "0:99/minute")}
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url)
    page.get_by_label("Good News").check()
    page.get_by_label("Your email address").fill(ADDRESS)
    wait_like_a_reader(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text("Please wait a minute or two")
    settings.SIGN_UP_LIMITS = limits  # the surge is over
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    context.close()


def test_the_keyboard_is_enough(page: Page, live_server: LiveServer, morning: Newsletter) -> None:
    page.goto(live_server.url)
    wait_like_a_reader(page)

    def focused() -> str:
        return str(page.evaluate("document.activeElement.textContent"))

    page.keyboard.press("Tab")
    assert focused() == "Skip to content"
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Morning Briefing")).to_be_checked()
    while page.evaluate("document.activeElement.id") != "address":
        page.keyboard.press("Tab")
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Tab")
    assert focused() == "Sign up"
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribed/**")
    assert SignUp.objects.get().newsletters.get() == morning


def test_what_is_focused_can_be_seen(
    page: Page, live_server: LiveServer, morning: Newsletter
) -> None:
    page.goto(live_server.url)
    seen = "getComputedStyle({}).outlineStyle"
    for _stop in range(9):
        page.keyboard.press("Tab")
        element = "(document.activeElement.closest('.card') || document.activeElement)"
        assert page.evaluate(seen.format(element)) == "solid"


def test_an_error_leads_to_its_field_and_keeps_the_rest(
    page: Page, live_server: LiveServer, morning: Newsletter
) -> None:
    page.goto(live_server.url)
    page.get_by_label("Good News").check()
    page.get_by_label("Your email address").fill("reader.example.org")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_contain_text("An email address has an @")
    expect(page.get_by_label("Your email address")).to_be_focused()
    expect(page.get_by_label("Your email address")).to_have_value("reader.example.org")
    expect(page.get_by_label("Good News")).to_be_checked()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Your email address")).to_be_focused()


def test_pictures_of_newsletters_wait_until_they_are_scrolled_to(
    page: Page, live_server: LiveServer, morning: Newsletter, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    illustrate(Newsletter.objects.all())
    page.goto(live_server.url)
    pictures = page.locator("img.picture")
    assert pictures.count() == 3
    for picture in pictures.all():
        attributes = ("loading", "height")
        assert [picture.get_attribute(name) for name in attributes] == ["lazy", "320"]
        url = picture.evaluate("it => it.src")
        assert 0 < len(page.request.get(url).body()) <= MOST_BYTES


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_that_newsletters_make_has_a_fault_that_axe_knows(
    page: Page, live_server: LiveServer, morning: Newsletter, settings: Settings, scheme: str
) -> None:
    """What the tour (test_every_reader_page.py) cannot show without closing newsletters or the door."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{live_server.url}/?newsletter=morning-briefing")
    assert faults(page) == "", "one chosen"
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"all": parse_limit("all", "0:1/7days")}
    for address, name in (("/", "sign up"), ("/preferences/", "ask")):
        for _once_too_often in range(2):
            page.goto(live_server.url + address)
            for box in page.get_by_role("checkbox").all()[:1]:
                box.check()
            page.locator("#address").fill(ADDRESS)
            wait_like_a_reader(page)
            page.locator("main form .line button").click()
        expect(page.get_by_role("alert")).to_contain_text("Please try again in")
        assert faults(page) == "", name
    Newsletter.objects.exclude(slug="good-news").update(state=NewsletterState.CLOSED)
    page.goto(live_server.url)
    assert faults(page) == "", "only one"
    Newsletter.objects.update(state=NewsletterState.CLOSED)
    page.goto(live_server.url)
    assert faults(page) == "", "none"


def test_links_in_a_mail_that_was_sent_lead_where_they_say(
    browser: Browser, live_server: LiveServer, morning: Newsletter, settings: Settings
) -> None:
    settings.SITE_URL = live_server.url
    press = Press()
    reader = press.reader(morning)
    digest = press.frozen(morning)
    transport = open_transport(parse_mail_url("memory://"))
    drain(transport, seconds=30)
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert sent.to == [reader.address]
    html = str(sent.alternatives[0][0])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    def follow(words: str) -> str:
        page.set_content(html)
        page.get_by_role("link", name=words, exact=True).first.click()
        assert reader.address not in page.content()
        return page.get_by_role("heading", level=1).inner_text()

    assert follow("View in browser") == digest.subject
    story = Item.objects.get(section__digest=digest)
    expect(page.get_by_role("heading", name=story.shown_headline)).to_be_visible()
    assert page.url in str(sent.body)
    assert follow("Unsubscribe") == "Unsubscribe from “Morning Briefing”?"
    assert follow("Manage your newsletters") == "Your newsletters"
    context.close()


def illustrate(newsletters: Iterable[Newsletter]) -> None:
    for newsletter in newsletters:
        painted = io.BytesIO()
        Image.effect_noise((1600, 800), 60).save(painted, "PNG")
        painted.seek(0)
        picture = shrunk(painted, "noise.png")
        newsletter.illustration.save(str(picture.name), picture)


def test_pictures_are_taken_of_each_page_by_day_and_by_night(
    live_server: LiveServer, morning: Newsletter, tmp_path: Path, browser: Browser
) -> None:
    files = take_page_pictures(live_server.url, {"sign-up": "/"}, tmp_path, browser=browser)
    assert sorted(file.name for file in files) == [
        "sign-up-1280-dark.png",
        "sign-up-1280-light.png",
        "sign-up-375-dark.png",
        "sign-up-375-light.png",
    ]
    assert len({file.read_bytes() for file in files}) == 4
