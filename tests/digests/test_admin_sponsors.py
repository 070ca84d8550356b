"""Booking a sponsor in admin: who may, what is said of a conflict, and the page of proof."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pixels

from digests.choices import BookingState
from digests.models import Booking
from subscriptions.local_times import day_of
from tests.builders import DAY, Press
from tests.digests.sponsors.test_sponsoring import book, sent_half
from tests.staff import signed_in

LIST = "/admin/digests/booking/"


def form(newsletter_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "sponsor": "Harbour Ferries",
        "newsletter": newsletter_id,
        "place": 1,
        "starts_on": f"{DAY}",
        "ends_on": f"{DAY}",
        "state": "booked",
        "headline": "Cross for half",
        "link": "https://ferries.example.org/half",
    } | fields


def drawn() -> SimpleUploadedFile:
    body = BytesIO()
    Pixels.new("RGB", (800, 200), "navy").save(body, "PNG")
    return SimpleUploadedFile("boat.png", body.getvalue(), "image/png")


@pytest.fixture
def publisher(db: None) -> Client:
    return signed_in("publisher")


@pytest.mark.parametrize("role", ["publisher", "audience"])
def test_these_roles_book(press: Press, role: str) -> None:
    newsletter = press.newsletter()
    client = signed_in(role)
    answer = client.post(f"{LIST}add/", form(newsletter.pk, picture=drawn(), image_alt="A boat"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    booking = Booking.objects.get()
    assert (booking.state, booking.image_alt) == (BookingState.BOOKED, "A boat")
    assert booking.image is not None
    assert (booking.image.width, booking.image.height) == (600, 150)  # not cut
    assert "Harbour Ferries" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{booking.pk}/change/").status_code == 200


@pytest.mark.parametrize("role", ["analyst", "curator"])
def test_these_roles_see_the_proof_and_book_nothing(press: Press, role: str) -> None:
    newsletter = press.newsletter()
    booking = book(newsletter)
    client = signed_in(role)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{booking.pk}/change/", form(newsletter.pk)).status_code == 403
    assert client.get(f"{LIST}{booking.pk}/change/").status_code == 200
    assert "has been sent yet" in client.get(f"{LIST}{booking.pk}/proof/").content.decode()


def test_a_conflict_names_who_has_the_slot(press: Press, publisher: Client) -> None:
    newsletter = press.newsletter()
    book(newsletter)
    shown = publisher.post(f"{LIST}add/", form(newsletter.pk)).content.decode()
    assert f"“After the lead” is taken by Northern Bank (booked) on {day_of(DAY)}." in shown
    assert "Cross for half" in shown  # nothing is lost
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"link": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"link": "ftp://ferries.example.org/"}, "Enter a valid URL"),
        ({"label": "–"}, "Readers must be able to read the label"),
        ({"ends_on": f"{DAY - timedelta(days=1)}"}, "The last day comes before the first."),
        ({"ends_on": f"{DAY + timedelta(days=400)}"}, "A booking is for a year at most."),
        ({"state": "held"}, "Say until when the option is held."),
        ({"state": "sent"}, "Select a valid choice"),
        ({"picture": SimpleUploadedFile("a.png", b"<svg></svg>")}, "The picture is not taken."),
    ],
)
def test_what_cannot_be_is_said_in_words(
    press: Press, publisher: Client, fields: dict[str, Any], said: str
) -> None:
    shown = publisher.post(f"{LIST}add/", form(press.newsletter().pk, **fields)).content.decode()
    assert said in shown
    assert not Booking.objects.exists()


def test_what_was_sent_is_not_changed_and_nothing_is_deleted(
    press: Press, publisher: Client
) -> None:
    newsletter = press.newsletter()
    booking = book(newsletter, state=BookingState.SENT)
    page = f"{LIST}{booking.pk}/change/"
    assert publisher.get(page).status_code == 200
    assert publisher.post(page, form(newsletter.pk)).status_code == 403
    assert publisher.post(f"{LIST}{booking.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_proof_shows_versions_numbers_and_the_mail(press: Press) -> None:
    newsletter = press.newsletter()
    booking = book(newsletter)
    digest = sent_half(press, newsletter)
    client = signed_in("analyst")
    shown = client.get(f"{LIST}{booking.pk}/proof/").content.decode()
    assert "Mail servers accepted it for 4 readers" in shown
    version = digest.sending_version
    assert version is not None
    mail = client.get(f"{LIST}{booking.pk}/proof/{version.pk}/mail.html")
    assert "A loan for your boat" in mail.content.decode()
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    other = book(press.newsletter("Evening"))
    assert client.get(f"{LIST}{other.pk}/proof/{version.pk}/mail.html").status_code == 404
