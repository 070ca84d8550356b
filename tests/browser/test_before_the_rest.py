"""In Chromium: a subject test is set up, watched and decided, and a digest is stopped while only its seeds have it."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digests import versions
from digests.choices import DigestState
from digests.decisions import seeding, subject_tests
from digests.delivery import seeds
from digests.delivery.freezing import Freeze, freeze
from digests.models import Digest, SubjectTest, Template
from subscriptions.clock import database_now
from subscriptions.models import Letter
from tests.browser.desk_pages import check, sign_in
from tests.builders import Press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def digest(live_server: LiveServer, transactional_db: None) -> Digest:
    """Approved and due, with readers and a seed."""
    press = Press()
    newsletter = press.newsletter()
    press.reader(newsletter, address="chief@example.org")
    press.readers(newsletter, 200)
    return press.approved(newsletter, due_at=database_now())


def send(digest: Digest) -> None:
    digest.approved_version = versions.keep(digest, by=None, now=database_now())
    digest.save()
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE


def test_an_editor_tries_two_subjects_and_chooses_one(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    sign_in(page, live_server)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/change/")
    page.get_by_role("link", name="Subject test").click()
    page.get_by_label("Subject 2").fill("A bridge, a ferry, a storm")
    page.get_by_label("Readers in the test, per cent").fill("50")
    page.get_by_role("button", name="Save the test").click()
    expect(page.get_by_text("The other 101 readers wait for your choice")).to_be_visible()
    check(page)

    send(digest)
    page.reload()
    expect(page.get_by_text("it gets the first subject.")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Choose “A bridge, a ferry, a storm”").press("Enter")
    expect(page.get_by_text("It is decided")).to_be_visible()
    assert SubjectTest.objects.get().winner == 1


def test_a_seed_stops_a_digest_by_the_link_in_the_letter(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    Template.objects.update(seed_addresses=["chief@example.org"])
    send(digest)
    sign_in(page, live_server)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/change/")
    expect(page.get_by_role("button", name="Stop it for everybody else")).to_be_visible()
    expect(page.get_by_text("It goes to the other 200 readers at")).to_be_visible()

    letter = Letter.objects.get(kind=seeds.SEED_LETTER)
    token = seeding.stop_url(letter, digest).partition("/stop/")[2]
    page.goto(f"{live_server.url}/stop/{token}")
    check(page)
    page.get_by_role("button", name="Stop it now").click()
    expect(page.get_by_text("chief@example.org stopped it")).to_be_visible()
    digest.refresh_from_db()
    assert digest.state == DigestState.PAUSED
    assert subject_tests.decide_overdue(now=database_now()) == []
