"""What readers see on their way in, in their settings and on their way out, photographed step by step."""

from datetime import timedelta
from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Browser, Page

from newsroom.demo.newsdesk import Desk
from newsroom.pictures.pages import take_pictures
from subscriptions import links
from subscriptions.clock import database_now
from subscriptions.models import ManageLink, SignUp, Subscriber
from subscriptions.readers import manage_links
from subscriptions.sign_up.blocking import name_of

TIME_TO_CHOOSE_MS = 1_100  # quicker would be a robot


def take_reader_pictures(base: str, desk: Desk, out: Path, *, browser: Browser) -> list[Path]:
    """Without JavaScript, so that a challenge stays on the page instead of being solved."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    pictures = _signing_up(page, base, out)
    waiting = SignUp.objects.select_related("subscriber").get(confirmed_at=None)
    page.goto(links.not_me_url(waiting.subscriber.public_id, name_of(waiting.subscriber.address)))
    pictures += take_pictures(page, "not-me", out)
    reader = Subscriber.objects.exclude(sign_ups=waiting).order_by("-pk")[0]
    leave = links.preferences_url(reader.public_id, desk.briefing.public_id)
    pictures += _by_the_link_in_a_mail(page, leave, out)
    pictures += _by_the_link_that_was_mailed(page, base, reader, out)
    pictures += _leaving(page, reader, desk, out)
    context.close()
    return pictures


def _signing_up(page: Page, base: str, out: Path) -> list[Path]:
    pictures = []
    for name, address in (
        ("typo-hint", "reader@gmial.com"),
        ("challenge", "reader@mailinator.com"),
        ("check-inbox", "new.reader@example.org"),
    ):
        page.goto(f"{base}/?newsletter=good-news")
        page.get_by_role("textbox").first.fill(address)
        page.wait_for_timeout(TIME_TO_CHOOSE_MS)
        page.get_by_role("button", name="Sign up").click()
        pictures += take_pictures(page, name, out)
    return pictures


def _by_the_link_in_a_mail(page: Page, url: str, out: Path) -> list[Path]:
    page.goto(url)
    day = (database_now() + timedelta(days=20)).date()
    page.get_by_label("Nothing before").fill(day.isoformat())
    page.get_by_role("button", name="Take a break").click()
    return take_pictures(page, "preferences-paused", out)


def _by_the_link_that_was_mailed(
    page: Page, base: str, reader: Subscriber, out: Path
) -> list[Path]:
    page.goto(f"{base}{reverse('ask_for_link')}")
    pictures = take_pictures(page, "preferences-ask", out)
    manage_links.ask_for(reader, now=database_now())
    token = links.sign(links.Scope.MANAGE, ManageLink.objects.get(subscriber=reader).public_id)
    for name in ("manage", "zone", "new_address", "erase"):
        page.goto(base + reverse(name, args=[token]))
        pictures += take_pictures(page, f"settings-{name.replace('_', '-')}", out)
    page.goto(base + reverse("new_address", args=[token]))
    page.get_by_role("textbox").fill("elsewhere@example.org")
    page.get_by_role("button", name="Write to both").click()
    pictures += take_pictures(page, "settings-address-asked", out)
    page.goto(base + reverse("manage", args=[token]))
    page.get_by_role("button", name="I am done").click()
    return pictures + take_pictures(page, "settings-done", out)


def _leaving(page: Page, reader: Subscriber, desk: Desk, out: Path) -> list[Path]:
    page.goto(links.leave_url(reader.public_id, desk.briefing.public_id))
    pictures = take_pictures(page, "leave", out)
    page.get_by_role("button", name="Leave this newsletter").click()
    pictures += take_pictures(page, "left-and-why", out)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Tell us").click()
    pictures += take_pictures(page, "left-and-told", out)
    page.get_by_role("button", name="take it back").click()
    return pictures + take_pictures(page, "left-and-taken-back", out)
