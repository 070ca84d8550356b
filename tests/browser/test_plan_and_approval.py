"""Approving by keyboard alone, with a second person; and a day's plan changed in the calendar."""

from datetime import timedelta
from typing import Literal

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.choices import DigestState
from digests.decisions import approval
from digests.models import Article, Digest, Schedule, Template
from subscriptions.clock import database_now
from tests.browser.desk_pages import serious
from tests.builders import Press
from tests.staff import member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TABS = 90
SOON_MS = 15_000  # so near its deadline a page asks every five seconds
CALENDAR = "/admin/digests/digest/calendar/"


@pytest.fixture
def digest(live_server: LiveServer, transactional_db: None) -> Digest:
    """Two people must approve it, and their time is nearly up: the page asks often how it stands."""
    press = Press()
    newsletter = press.newsletter()
    Template.objects.update(needs_second_person=True)
    press.readers(newsletter, 3)
    now = database_now()
    digest = press.digest(
        newsletter,
        local_date=now.date(),
        due_at=now + timedelta(minutes=17),
        deadline_at=now + timedelta(minutes=1, seconds=50),
    )
    press.carry(digest, press.article("Bridge reopens"))
    return digest


@pytest.fixture
def schedule(digest: Digest) -> Schedule:
    newsletter = Press().newsletter("Good News")
    return Press().schedule(newsletter, zone="UTC", planned_until=database_now())


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


def tab_to(page: Page, words: str) -> None:
    """With the Tab key alone, as somebody without a mouse gets there."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement?.innerText || '').trim().split('\\n').at(-1)"
        )
        if focused == words:
            return
    raise AssertionError(f"No {words!r} within {MOST_TABS} presses of Tab.")


def approve_by_keyboard(page: Page, live_server: LiveServer, digest: Digest) -> None:
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/change/")
    tab_to(page, "Approve")
    page.keyboard.press("Enter")
    page.wait_for_url("**/approve/")
    expect(page.get_by_role("button", name="Approve it")).to_be_visible()
    tab_to(page, "Approve it")
    page.keyboard.press("Enter")


def test_two_people_approve_it_by_keyboard_and_an_open_page_sees_it(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    anna, ben = member("publisher", "anna"), member("publisher", "ben")
    sign_in(page, live_server, anna)
    approve_by_keyboard(page, live_server, digest)
    expect(
        page.get_by_text("You approved version 1. Someone else must approve it as well.")
    ).to_be_visible()
    expect(page.get_by_text("left to approve it.")).to_be_visible()
    expect(page.get_by_text("Without a second approval by")).to_be_visible()
    digest.refresh_from_db()
    assert digest.state == DigestState.DRAFT

    # Anna's page stays open while Ben, elsewhere, sees that it must be approved anew, and approves that.
    Digest.objects.update(subject="Bridge reopens, at last")
    approval.approve(digest, by=ben, now=database_now())
    expect(page.get_by_text("Version 2, approved by ben")).to_be_visible(timeout=SOON_MS)
    approve_by_keyboard(page, live_server, digest)
    expect(page.get_by_text("Version 2 is approved.")).to_be_visible()
    expect(page.get_by_text("Confirmed by anna")).to_be_visible()
    digest.refresh_from_db()
    assert digest.state == DigestState.APPROVED

    # What is open says at once that it is another thing now.
    approval.withdraw(digest, now=database_now())
    changed = page.get_by_text("The status has changed. Reload the page.")
    expect(changed).to_be_visible(timeout=SOON_MS)


def test_what_blocks_is_mended_from_where_it_is_said_and_a_warning_is_set_aside(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    sign_in(page, live_server, member("publisher", "anna"))
    Digest.objects.update(subject="")
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/approve/")
    expect(page.get_by_text("Fix what blocks it first")).to_be_visible()
    expect(page.get_by_role("button", name="Approve it")).to_have_count(0)
    page.get_by_role("listitem").filter(has_text="The subject is missing.").get_by_role(
        "link"
    ).click()
    with page.expect_response(lambda answer: answer.url.endswith("/compose/change/")):
        # As quick as a program: before the page's script has begun, at times.
        page.get_by_label("Subject").fill("The bridge is back")
        page.keyboard.press("Tab")
    expect(page.locator("#composer-saved")).to_have_text("All changes are saved.")

    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/approve/")
    expect(page.get_by_role("button", name="Approve it")).to_be_visible()
    page.get_by_role("link", name="All checks").click()
    warning = page.get_by_role("listitem").filter(has_text="The preheader is missing")
    warning.get_by_text("Dismissed").click()
    warning.get_by_label("Reason for sending anyway").fill("Meant so")
    warning.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("“Meant so”")).to_be_visible()
    expect(page.get_by_role("heading", name="All clear")).to_be_visible()


def test_a_day_is_found_by_keyboard_skipped_taken_back_and_moved(
    page: Page, live_server: LiveServer, schedule: Schedule
) -> None:
    sign_in(page, live_server, member("publisher", "anna"))
    page.goto(f"{live_server.url}{CALENDAR}?view=week")
    # The first of these days may be beyond the week that is shown: tomorrow is always on the page.
    page.locator("[data-day]").first.focus()
    page.keyboard.press("ArrowRight")
    assert (
        page.evaluate(
            "[...document.querySelectorAll('[data-day]')].indexOf(document.activeElement)"
        )
        == 1
    )
    page.keyboard.press("End")
    assert (
        page.evaluate(
            "[...document.querySelectorAll('[data-day]')].indexOf(document.activeElement)"
        )
        == 6
    )

    tomorrow = page.get_by_role("region", name="Tomorrow")
    tomorrow.get_by_role("link", name="Good News").click()
    page.get_by_label("Why").fill("A holiday")
    page.get_by_role("button", name="Skip this digest").press("Enter")
    expect(page.get_by_text("The digest is skipped. You can undo this")).to_be_visible()
    skipped = page.get_by_role("region", name="Tomorrow")
    expect(skipped.get_by_text("Skipped by anna. A holiday")).to_be_visible()

    skipped.get_by_role("link", name="Good News").click()
    made = Digest.objects.get(newsletter=schedule.newsletter)
    page.goto(f"{live_server.url}/admin/digests/digest/{made.pk}/unskip/")
    page.get_by_role("button", name="Send it after all").click()
    expect(page.get_by_text("It goes out after all")).to_be_visible()

    page.goto(f"{live_server.url}/admin/digests/digest/{made.pk}/schedule/")
    at = made.due_at + timedelta(hours=2)
    page.get_by_label("New time").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Move to this time").click()
    expect(page.get_by_text(f"{at:%H:%M} UTC.", exact=False).first).to_be_visible()
    made.refresh_from_db()
    assert (made.state, made.due_at) == (DigestState.DRAFT, at)


def test_a_digest_is_made_by_hand_and_a_day_that_is_taken_is_said(
    page: Page, live_server: LiveServer, schedule: Schedule
) -> None:
    Schedule.objects.update(weekdays=[0])  # Mondays
    sign_in(page, live_server, member("publisher", "anna"))
    page.goto(live_server.url + CALENDAR)
    page.get_by_role("link", name="Make a digest").click()
    day = database_now().date() + timedelta(days=2)
    day += timedelta(days=day.weekday() == 0)  # not one that is planned anyway
    for _time in range(2):
        page.get_by_label("Newsletter", exact=True).select_option(str(schedule.pk))
        page.get_by_label("Day").fill(f"{day:%Y-%m-%d}")
        page.get_by_role("button", name="Make it").press("Enter")
        if not _time:
            expect(page.get_by_text("It is made, and goes out at")).to_be_visible()
            page.goto(f"{live_server.url}{CALENDAR}make/")
    expect(page.locator(".desk-error")).to_be_visible()
    made = Digest.objects.get(newsletter=schedule.newsletter)
    assert made.local_date == day
    page.goto(f"{live_server.url}{CALENDAR}?view=week&on={day:%Y-%m-%d}")
    expect(page.get_by_role("link", name="Good News").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_these_pages(
    page: Page,
    live_server: LiveServer,
    digest: Digest,
    schedule: Schedule,
    scheme: Literal["light", "dark"],
) -> None:
    sign_in(page, live_server, member("publisher", "anna"))
    page.emulate_media(color_scheme=scheme)
    Article.objects.update(retracted_at=database_now())
    Digest.objects.update(state=DigestState.HELD)
    day = f"{database_now() + timedelta(days=2):%Y-%m-%d}"
    for path in (
        CALENDAR,
        f"{CALENDAR}?view=week",
        f"{CALENDAR}make/",
        f"{CALENDAR}{schedule.pk}/{day}/",
        f"/admin/digests/digest/{digest.pk}/preflight/",
        f"/admin/digests/digest/{digest.pk}/approve/",
        f"/admin/digests/digest/{digest.pk}/skip/",
    ):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(live_server.url + path)
        page.wait_for_timeout(300)  # Unfold shows its frame once its script has run
        assert serious(page) == [], path
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, (path, width)
