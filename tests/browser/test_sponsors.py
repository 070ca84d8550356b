"""A sponsor in Chromium: booked with a picture, seen in the composer, sent, shown in the archive, and proven."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.test import override_settings
from PIL import Image as Pixels
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.archive import reading
from digests.choices import BookingState
from digests.decisions import approval
from digests.delivery import finishing
from digests.delivery.draining import drain
from digests.delivery.freezing import Freeze, freeze
from digests.models import Booking, Digest
from digests.sponsors import sponsoring
from subscriptions.clock import database_now
from tests.browser.desk_pages import check, serious, sign_in
from tests.browser.test_editor_desk import put_away
from tests.builders import Press
from tests.fakes import FakeTransport

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = "/admin/digests/booking/"


@pytest.fixture
def digest(live_server: LiveServer, transactional_db: None) -> Digest:
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, 12)
    now = database_now()
    digest = press.digest(newsletter, due_at=now, local_date=now.date())
    press.carry(digest, press.article("Bridge reopens"), press.article("Ferry stays"))
    return digest


@pytest.fixture
def own_address(live_server: LiveServer) -> Iterator[None]:
    """Pictures of a mail have whole addresses."""
    with override_settings(SITE_URL=live_server.url):
        yield


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    body = BytesIO()
    Pixels.new("RGB", (1200, 400), "teal").save(body, "PNG")
    file = tmp_path / "boat.png"
    file.write_bytes(body.getvalue())
    return file


def book(page: Page, live_server: LiveServer, digest: Digest, headline: str) -> None:
    page.goto(f"{live_server.url}{LIST}add/")
    page.get_by_label("Sponsor", exact=False).first.fill("Northern Bank")
    page.locator("#id_newsletter").select_option(str(digest.newsletter_id))
    page.locator("#id_place").select_option("1")
    for field in ("starts_on", "ends_on"):
        page.locator(f"#id_{field}").fill(f"{digest.local_date:%Y-%m-%d}")
        page.keyboard.press("Escape")  # the calendar that opened
    page.locator("#id_state").select_option("booked")
    page.locator("#id_headline").fill(headline)
    page.locator("#id_link").fill("https://bank.example.org/boats")


def save(page: Page) -> None:
    page.locator("button[name=_save], input[name=_save]").first.click()


@pytest.mark.usefixtures("own_address")
def test_a_sponsor_from_the_booking_to_the_proof(
    page: Page, live_server: LiveServer, digest: Digest, picture: Path
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_server)
    book(page, live_server, digest, "A loan for your boat")
    page.locator("#id_picture").set_input_files(picture)
    page.locator("#id_image_alt").fill("A boat in harbour")
    save(page)
    page.wait_for_url(f"**{LIST}")
    booking = Booking.objects.get()
    assert booking.image is not None
    assert (booking.image.width, booking.image.height) == (600, 200)
    page.goto(f"{live_server.url}{LIST}{booking.pk}/change/")
    check(page)
    page.set_viewport_size({"width": 1280, "height": 900})

    # Whoever books the same slot is told who has it, and keeps what was typed.
    book(page, live_server, digest, "Cross for half")
    save(page)
    expect(page.get_by_text("“After the lead” is taken by Northern Bank (booked)")).to_be_visible()
    expect(page.locator("#id_headline")).to_have_value("Cross for half")
    assert Booking.objects.count() == 1

    # Its editor sees where it will stand, and what readers will see.
    page.goto(f"{live_server.url}/admin/digests/digest/{digest.pk}/compose/")
    ad = page.get_by_role("region", name="Sponsored · Northern Bank")
    expect(ad.get_by_text("A loan for your boat")).to_be_visible()
    mail = page.frame_locator("#composer-mail")
    expect(mail.get_by_role("link", name="A loan for your boat")).to_be_visible()
    expect(mail.get_by_text("Sponsored")).to_be_visible()
    assert serious(page, but=["iframe"]) == []
    ad.get_by_role("link", name="The booking").click()
    page.wait_for_url(f"**{LIST}{booking.pk}/change/**")
    put_away(page)

    now = database_now()
    approval.approve(digest, by=None, now=now)
    assert freeze(digest.pk, now=now) is Freeze.DONE
    drain(FakeTransport(), seconds=20)
    finishing.mark_sent()
    assert sponsoring.mark_sent(now=database_now()) == 1
    booking.refresh_from_db()
    assert booking.state == BookingState.SENT

    page.goto(f"{live_server.url}{LIST}{booking.pk}/proof/")
    expect(page.get_by_text("Mail servers accepted it for 12 readers")).to_be_visible()
    proof = page.frame_locator("iframe")
    expect(proof.get_by_role("link", name="A loan for your boat")).to_be_visible()
    check(page, but=["iframe"])

    digest.refresh_from_db()
    page.goto(live_server.url + reading.page_path(digest))
    link = page.get_by_role("link", name="A loan for your boat")
    assert link.get_attribute("rel") == "sponsored"
    expect(page.get_by_text("Sponsored · Northern Bank")).to_be_visible()
    expect(page.get_by_role("img", name="A boat in harbour")).to_be_visible()
    check(page)


def test_the_list_of_bookings_has_no_barriers(
    page: Page, live_server: LiveServer, digest: Digest
) -> None:
    days = {"starts_on": digest.local_date, "ends_on": digest.local_date}
    for place, state in ((1, "booked"), (2, "held"), (3, "cancelled")):
        Booking.objects.create(
            newsletter=digest.newsletter,
            place=place,
            state=state,
            held_until=digest.local_date,
            sponsor="Northern Bank",
            **days,
        )
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{LIST}")
    expect(page.get_by_text("Held until").first).to_be_visible()
    assert serious(page) == []
