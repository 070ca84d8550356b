"""In Chromium: a story breaks, and an alert of it is begun, worded, looked at and released, all by the keyboard."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.choices import DigestState
from digests.decisions import approval
from digests.delivery.auditing import audit
from digests.delivery.freezing import Freeze, freeze
from digests.models import Article, Digest, Template
from subscriptions.clock import database_now
from tests.browser.desk_pages import check
from tests.browser.test_editor_desk import put_away, sign_in
from tests.builders import Press
from tests.staff import member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/admin/digests/digest/alert/"


@pytest.fixture
def story(live_server: LiveServer, transactional_db: None) -> Article:
    """Twelve read the briefing; five of them are just getting the story with Harbour Watch. Another letter rests."""
    press = Press()
    briefing, watch = press.newsletter(), press.newsletter("Harbour Watch")
    press.newsletter("Weekend", state="paused")
    story = press.article("Ferry aground off Aldwyn", summary="All aboard are safe. Tugs wait.")
    for reader in press.readers(briefing, 12)[:5]:
        press.subscribe(reader, watch)
    digest = press.digest(watch, due_at=database_now())
    press.carry(digest, story)
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    return story


def tab_to(page: Page, name: str) -> None:
    """As somebody without a mouse does; the focus says where they are."""
    for _step in range(120):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => { const it = document.activeElement;"
            " return it.labels?.length ? it.labels[0].innerText : it.innerText }"
        )
        if label.strip() == name:
            return
    raise AssertionError(f"“{name}” cannot be reached by the keyboard")


def test_an_alert_goes_out_by_the_keyboard_alone(
    page: Page, live_server: LiveServer, story: Article
) -> None:
    sign_in(page, live_server)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/admin/digests/digest/calendar/")
    tab_to(page, "Today")
    tab_to(page, "Send a news alert")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Which story?")).to_be_visible()
    check(page)

    page.set_viewport_size({"width": 1280, "height": 900})
    tab_to(page, "Words or a tag")
    page.keyboard.type("agro")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ferry aground off Aldwyn")).to_be_visible()
    tab_to(page, "Ferry aground off Aldwyn")
    page.keyboard.press("Enter")
    expect(page.get_by_text("7 readers get it. 5 are left out")).to_be_visible()
    expect(page.get_by_text("Nobody is left to mail: all 5 readers")).to_be_visible()
    expect(page.get_by_text("It is paused: its readers get nothing")).to_be_visible()
    check(page)

    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.get_by_label("Morning Briefing").is_checked(), "there is no other choice"
    tab_to(page, "Kicker")
    page.keyboard.type("Harbour")
    tab_to(page, "Your text")
    page.keyboard.type("Two tugs are on their way.")
    tab_to(page, "Look at the mail")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It goes out at once to 7 readers of Morning Briefing")).to_be_visible()
    expect(page.get_by_text("5 readers are left out")).to_be_visible()
    mail = page.frame_locator("iframe").first
    expect(mail.get_by_role("heading", name="Ferry aground off Aldwyn")).to_be_visible()
    expect(mail.get_by_text("Two tugs are on their way.")).to_be_visible()
    check(page)

    page.set_viewport_size({"width": 1280, "height": 900})
    tab_to(page, "Release the alert")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The alert is released and goes out now.")).to_be_visible()
    put_away(page)
    alert = Digest.objects.get(urgent_story=story)
    assert freeze(alert.pk, now=database_now()) is Freeze.DONE
    alert.refresh_from_db()
    assert (alert.state, alert.audience_size) == (DigestState.FROZEN, 7)
    assert audit(alert.pk).is_clean


def test_two_editors_make_one_and_the_second_person_releases_it(
    page: Page, live_server: LiveServer, story: Article
) -> None:
    Template.objects.update(needs_second_person=True)
    sign_in(page, live_server)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}{PAGE}?story={story.pk}")
    other = page.context.new_page()
    other.goto(f"{live_server.url}{PAGE}?story={story.pk}")
    page.get_by_role("button", name="Look at the mail").dblclick()
    approve = page.get_by_role("button", name="Approve it, for a second person to release")
    expect(approve).to_be_visible()
    other.get_by_role("button", name="Look at the mail").click()
    expect(other.get_by_text("There is an alert of “Ferry aground off Aldwyn”")).to_be_visible()
    other.close()
    alert = Digest.objects.get(urgent_story=story)

    approval.approve(alert, by=member("publisher", "bert"), now=database_now())
    page.reload()
    expect(page.get_by_text("bert has approved this version.")).to_be_visible()
    page.get_by_role("button", name="Release the alert").dblclick()
    expect(page.get_by_text("The alert is released and goes out now.")).to_be_visible()
    alert.refresh_from_db()
    assert alert.state == DigestState.APPROVED

    page.goto(f"{live_server.url}/admin/digests/digest/{alert.pk}/cancel/")
    expect(
        page.get_by_text("Nobody has received it. About 7 readers will not get it.")
    ).to_be_visible()
    page.get_by_role("button", name="Cancel permanently").click()
    expect(page.get_by_text("The digest is cancelled.").first).to_be_visible()
    put_away(page)
    alert.refresh_from_db()
    assert alert.state == DigestState.CANCELLED


def test_a_curator_discards_an_alert_and_begins_another(
    page: Page, live_server: LiveServer, story: Article
) -> None:
    sign_in(page, live_server, "cora", role="curator")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}{PAGE}?story={story.pk}")
    page.get_by_role("button", name="Look at the mail").click()
    expect(page.get_by_text("Only staff who may approve digests can release it.")).to_be_visible()
    check(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    tab_to(page, "Discard the alert")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The alert is discarded: nobody gets it.")).to_be_visible()
    assert Digest.objects.get(urgent_story=story).state == DigestState.CANCELLED
    page.get_by_role("button", name="Look at the mail").dblclick()
    expect(page.get_by_text("It goes out at once to 7 readers of Morning Briefing")).to_be_visible()
    page.get_by_role("button", name="Discard the alert").dblclick()
    expect(page.get_by_text("The alert is discarded: nobody gets it.")).to_be_visible()
    put_away(page)
    states = Digest.objects.filter(urgent_story=story).values_list("state", flat=True)
    assert list(states) == [DigestState.CANCELLED] * 2
