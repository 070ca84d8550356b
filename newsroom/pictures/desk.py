"""What an editor meets on other days: sponsors, a subject test, steering, a correction, a test of the webhook."""

from pathlib import Path

from playwright.sync_api import Page

from digests.choices import BookingState, SponsorPlace
from digests.decisions import subject_tests
from digests.models import Booking, Digest, Image
from newsroom.demo.newsdesk import Desk
from newsroom.pictures.pages import take_pictures
from subscriptions.models import Publisher
from subscriptions.webhook_secrets import new_webhook_secret


def book_sponsors(desk: Desk, digests: tuple[Digest, Digest]) -> None:
    """Before the first of them is approved, so that its version carries the booking."""
    sent, draft = digests
    picture = Image.objects.first()
    for newsletter, day, place, state, sponsor, headline in (
        (desk.briefing, sent.local_date, SponsorPlace.AFTER_LEAD, BookingState.BOOKED,
         "Northern Bank", "A loan for your boat, from two per cent"),
        (desk.good_news, draft.local_date, SponsorPlace.AFTER_LEAD, BookingState.BOOKED,
         "Harbour Ferries", "Cross for half until Advent"),
        (desk.good_news, draft.local_date, SponsorPlace.FOOT, BookingState.BOOKED,
         "The Lighthouse Museum", ""),
        (desk.good_news, draft.local_date, SponsorPlace.BETWEEN, BookingState.HELD,
         "Port Aldwyn Brewery", "Open house on Saturday"),
    ):  # fmt: skip
        Booking.objects.create(
            newsletter=newsletter,
            place=place,
            starts_on=day,
            ends_on=day,
            state=state,
            held_until=day if state == BookingState.HELD else None,
            sponsor=sponsor,
            headline=headline,
            text="Ask at any branch, or at the counter on the quay." if headline else "",
            link="https://www.example.org/offer",
            image=picture if place == SponsorPlace.AFTER_LEAD else None,
            image_alt="The harbour in the morning",
        )


def take_desk_pictures(
    base: str, digests: tuple[Digest, Digest], page: Page, out: Path
) -> list[Path]:
    """`page` is signed in."""
    sent, draft = digests
    proven = Booking.objects.get(newsletter=sent.newsletter)
    subject_tests.set_up(
        draft,
        ["Kevin the otter comes home", "Good news on four paws"],
        sample_percent=20,
        minutes=30,
    )
    publisher = Publisher.objects.current()
    publisher.alert_webhook_url = "https://pager.example.org/newsroom"
    publisher.alert_webhook_secret = new_webhook_secret()
    publisher.save()
    paths = {
        "desk-bookings": "/admin/digests/booking/",
        "desk-booking": f"/admin/digests/booking/{proven.pk}/change/",
        "desk-booking-proof": f"/admin/digests/booking/{proven.pk}/proof/",
        "desk-subject-test": f"/admin/digests/digest/{draft.pk}/subject-test/",
        "desk-skip": f"/admin/digests/digest/{draft.pk}/skip/",
        "desk-reschedule": f"/admin/digests/digest/{draft.pk}/schedule/",
        "desk-cancel": f"/admin/digests/digest/{draft.pk}/cancel/",
        "desk-correct": f"/admin/digests/digest/{sent.pk}/correct/",
        "desk-calendar-make": "/admin/digests/digest/calendar/make/",
        "desk-stop-everything": "/admin/digests/digest/stop-all-sending/",
        "desk-webhook-test": "/admin/subscriptions/publisher/1/change/#webhook-test",
    }
    pictures: list[Path] = []
    for name, path in paths.items():
        answer = page.goto(base + path)
        assert answer is not None  # noqa: S101 - a page is fetched
        assert answer.ok, (name, answer.status)  # noqa: S101 - a picture of an error is none
        pictures += take_pictures(page, name, out, reload=True)
    return pictures
