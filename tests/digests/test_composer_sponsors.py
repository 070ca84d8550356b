"""The composer shows the sponsors of its digest where readers will see them."""

import pytest
from django.test import Client

from digests.choices import BookingState, SponsorPlace
from digests.models import Booking, Digest, Item, Section
from tests.builders import DAY, Press
from tests.digests.sponsors.test_sponsoring import book
from tests.staff import signed_in


@pytest.fixture
def digest(press: Press) -> Digest:
    """Lead, an empty section, “Today” and “Briefs”."""
    digest = press.digest(press.newsletter(language="de"))
    for place, (heading, style) in enumerate(
        (("Lead", "lead"), ("Nothing", "stories"), ("Today", "stories"), ("Briefs", "briefs"))
    ):
        section = Section.objects.create(
            digest=digest, heading=heading, style=style, slots=3, position=place
        )
        if heading != "Nothing":
            Item.objects.create(section=section, article=press.article())
    return digest


@pytest.fixture
def curator(press: Press) -> Client:
    return signed_in("curator")


def shown(client: Client, digest: Digest) -> str:
    return client.get(f"/admin/digests/digest/{digest.pk}/compose/").content.decode()


def place_of(page: str, booking: Booking) -> int:
    return page.index(f'id="ad-{booking.pk}"')


def heading(page: str, digest: Digest, name: str) -> int:
    return page.index(f'id="section-{digest.sections.get(heading=name).pk}"')


def test_they_stand_where_the_mail_has_them(curator: Client, digest: Digest) -> None:
    lead = book(digest.newsletter)
    middle = book(digest.newsletter, place=SponsorPlace.BETWEEN, label="Promotion")
    foot = book(digest.newsletter, place=SponsorPlace.FOOT)
    page = shown(curator, digest)
    assert heading(page, digest, "Lead") < place_of(page, lead) < heading(page, digest, "Nothing")
    assert heading(page, digest, "Today") < place_of(page, middle) < heading(page, digest, "Briefs")
    assert heading(page, digest, "Briefs") < place_of(page, foot)
    assert "Anzeige · Northern Bank" in page
    assert "Promotion · Northern Bank" in page
    assert "A loan for your boat" in page
    assert f'href="/admin/digests/booking/{lead.pk}/change/"' in page
    mail = curator.get(f"/admin/digests/digest/{digest.pk}/preview/mail.html?of=draft")
    assert mail.content.decode().count("A loan for your boat") == 3


def test_what_the_mail_leaves_out_is_said(curator: Client, digest: Digest) -> None:
    book(digest.newsletter, headline="", text="")
    assert "Left out: the sponsor has neither a headline nor a text" in shown(curator, digest)
    Booking.objects.update(headline="Boats")
    Item.objects.all().delete()
    assert "Left out while the digest has no stories" in shown(curator, digest)


def test_what_is_not_booked_or_not_today_is_not_there(curator: Client, digest: Digest) -> None:
    book(digest.newsletter, state=BookingState.DRAFT)
    book(digest.newsletter, state=BookingState.HELD, held_until=DAY)
    assert 'id="ad-' not in shown(curator, digest)
