"""A digest under way in Chromium: numbers move by themselves, a new version is released, a story taken out."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.archive import reading
from digests.choices import DigestState, Outcome
from digests.decisions import approval
from digests.delivery.freezing import Freeze, freeze
from digests.models import Batch, Digest, Slice
from subscriptions.clock import database_now
from tests.browser.desk_pages import check, serious, sign_in
from tests.builders import Press
from tools.pictures.pages import take_pictures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def digest(live_server: LiveServer, transactional_db: None) -> Digest:
    """Forty readers, of whom nobody has it yet."""
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, 40)
    digest = press.digest(newsletter, due_at=database_now())
    press.carry(digest, *map(press.article, ("Bridge reopens", "Ferry sinks", "Storm lifted")))
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENDING)
    digest.refresh_from_db()
    return digest


def accept(digest: Digest, start: int, stop: int) -> None:
    """As a worker does, in one step."""
    batch = Batch.objects.get(digest=digest)
    digest.refresh_from_db()
    assert digest.sending_version is not None
    now = database_now()
    known = bytes(batch.outcomes)
    batch.outcomes = known[:start] + bytes([Outcome.ACCEPTED]) * (stop - start) + known[stop:]
    batch.next = stop
    batch.save()
    Slice.objects.create(
        batch=batch,
        start=start,
        stop=stop,
        token=1,
        version=digest.sending_version,
        transport="smtp",
        started_at=now,
        settled_at=now,
    )


def test_an_editor_stops_the_press(
    page: Page, live_server: LiveServer, digest: Digest, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/change/")
    page.get_by_role("link", name="Live", exact=True).click()
    expect(page.get_by_text("0 % finished")).to_be_visible()
    accept(digest, 0, 10)
    expect(page.get_by_text("25 % finished")).to_be_visible()

    page.get_by_role("link", name="Change the stories").click()
    expect(page.get_by_text("It is being sent.")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/compose/change/")):
        page.get_by_label("Subject").fill("The ferry is safe")
        page.get_by_label("Preheader").focus()
    page.get_by_role("link", name="Look and release").click()
    expect(page.get_by_text("30 readers still wait")).to_be_visible()
    expect(page.get_by_text("10 readers have an older one already")).to_be_visible()
    expect(page.get_by_role("rowheader", name="example.org")).to_be_visible()
    assert serious(page) == []
    take_pictures(page, "live", tmp_path, reload=True)
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("button", name="Release the new version").click()
    expect(page.get_by_text("Version 2 is released.")).to_be_visible()
    accept(digest, 10, 20)
    page.get_by_role("button", name="Remove “Ferry sinks”").press("Enter")
    expect(page.get_by_text("“Ferry sinks” is removed.")).to_be_visible()
    digest.refresh_from_db()
    assert digest.sending_version is not None
    assert digest.sending_version.number == 3

    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_text("20 of 40 readers have it.")).to_be_visible()
    page.get_by_role("button", name="Pause it").click()
    expect(page.get_by_text("The digest is paused.")).to_be_visible()


def test_it_is_paused_resumed_and_cancelled_with_what_that_does_in_numbers(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    accept(digest, 0, 10)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    live = f"{live_server.url}/admin/digests/digest/{digest.pk}/live/"
    page.goto(live)
    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_text("10 of 40 readers have it. The others wait")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Pause it").press("Enter")
    expect(page.get_by_text("The digest is paused.")).to_be_visible()

    page.goto(live)
    expect(page.get_by_text("Paused: nothing leaves.")).to_be_visible()
    page.get_by_role("link", name="Resume").click()
    expect(page.get_by_text("30 readers still wait for it and get it now.")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Go on sending").press("Enter")
    expect(page.get_by_text("Sending has resumed.")).to_be_visible()
    digest.refresh_from_db()
    assert digest.state == DigestState.SENDING

    page.goto(live)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("30 readers will not get it.")).to_be_visible()
    expect(page.get_by_text("It was accepted for 10 readers")).to_be_visible()
    check(page)
    page.get_by_label("Why").fill("The wrong mayor")
    page.get_by_role("button", name="Cancel permanently").press("Enter")
    expect(page.get_by_text("The digest is cancelled.")).to_be_visible()
    page.goto(live)
    expect(page.get_by_text("The wrong mayor")).to_be_visible()
    assert page.get_by_role("link", name="Cancel").count() == 0
    check(page)


def test_a_story_is_corrected_for_those_who_have_it(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    accept(digest, 0, 25)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/live/")
    page.get_by_role("button", name="Remove “Ferry sinks”").click()
    expect(page.get_by_text("“Ferry sinks” is removed.")).to_be_visible()
    accept(digest, 25, 40)

    page.get_by_role("link", name="Correct “Ferry sinks”").click()
    expect(page.get_by_label("Subject")).to_have_value("Correction: Ferry sinks")
    ticked = page.get_by_role("checkbox")
    expect(ticked.nth(0)).to_be_checked()  # the version that carried it, and no other
    expect(ticked.nth(1)).not_to_be_checked()
    expect(page.get_by_text("(25 readers)")).to_be_visible()
    check(page)
    page.get_by_label("What was wrong, and what is right").fill("It floats. We are sorry.")
    page.get_by_role("button", name="Begin the correction").press("Enter")
    expect(page.get_by_text("It goes out as soon as it is approved.").first).to_be_visible()
    correction = Digest.objects.get(corrects=digest)
    # The warnings, and how many get it, stand before the button.
    page.goto(f"{live_server.url}/admin/digests/digest/{correction.pk}/approve/")
    expect(page.get_by_text("25 readers", exact=False).first).to_be_visible()
    check(page)
    page.get_by_role("button", name="Approve it").click()
    expect(page.get_by_text("Version 1 is approved.")).to_be_visible()

    assert freeze(correction.pk, now=database_now()) is Freeze.DONE
    correction.refresh_from_db()
    assert correction.audience_size == 25
    accept(correction, 0, 25)
    Digest.objects.update(state=DigestState.SENT)
    page.goto(live_server.url + reading.page_path(digest))
    page.get_by_role("link", name="Correction: Ferry sinks").click()
    expect(page.get_by_text("It floats. We are sorry.")).to_be_visible()
    expect(page.get_by_role("link", name="What happened in the night").first).to_be_visible()
