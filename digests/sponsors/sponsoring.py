"""Sponsors of a newsletter: which booking a digest shows, when an option ends, and when a booking has been sent."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from digests.assembly.copying import store
from digests.assembly.pictures import prepare_picture
from digests.choices import SHOWN_STATES, BookingState, DigestKind, DigestState, SponsorPlace
from digests.models import Booking, Digest, Image
from digests.outside.failures import PictureError
from digests.picture_links import picture_of
from digests.refusal import Refusal
from digests.rendering.content import Sponsor
from digests.rendering.content import SponsorPlace as PlaceName
from subscriptions.models import Newsletter, Publisher
from subscriptions.zones import clock_of

# A digest is sent a day after its date at the latest, paused ones aside.
LOOK_BACK = timedelta(days=14)
PLACES: Mapping[int, PlaceName] = {
    SponsorPlace.AFTER_LEAD: "after_lead",
    SponsorPlace.BETWEEN: "between",
    SponsorPlace.FOOT: "foot",
}


class Refused(Refusal):
    """The text says why, for the person who asked."""


def bookings_of(digest: Digest) -> list[Booking]:
    """Those that the digest of this day shows, in the order of the mail; one a slot at most.

    A news alert and a correction are no place for an advertisement.
    """
    if digest.kind != DigestKind.REGULAR:
        return []
    return list(
        Booking.objects.filter(newsletter=digest.newsletter_id, state__in=SHOWN_STATES)
        .on(digest.local_date)
        .select_related("image")
        .order_by("place")
    )


def sponsors_of(bookings: Iterable[Booking]) -> tuple[Sponsor, ...]:
    """What they show. One without words is left out; preflight warns of it."""
    return tuple(
        Sponsor(
            booking=booking.pk,
            place=PLACES[booking.place],
            sponsor=booking.sponsor,
            label=booking.label,
            headline=booking.headline,
            text=booking.text,
            url=booking.link,
            picture=picture_of(booking.image, alt=booking.image_alt),
        )
        for booking in bookings
        if booking.has_copy
    )


def check_free(booking: Booking, *, now: datetime) -> None:
    """Check that the booking's position is free. Raises Refused, with who has it.

    Within a transaction: bookings of a newsletter are made one after the other.
    """
    Newsletter.objects.select_for_update(of=("self",)).get(pk=booking.newsletter_id)
    release_options(now=now)
    taken = Booking.objects.in_the_way_of(booking).order_by("starts_on").first()
    if taken is not None:
        raise Refused(
            _("“%(slot)s” is taken by %(sponsor)s (%(state)s) on %(days)s.")
            % {
                "slot": taken.get_place_display(),
                "sponsor": taken.sponsor,
                "state": str(taken.get_state_display()).lower(),
                "days": taken.days,
            }
        )


def kept_picture(body: bytes) -> Image:
    """An uploaded picture, checked, scaled and kept; it is not cut. Raises Refused."""
    try:
        prepared = prepare_picture(body, crop=False)
    except PictureError as error:
        raise Refused(_("The picture is not taken. %(why)s") % {"why": error}) from error
    return store(f"upload:{prepared.large.name}", prepared)


def release_options(*, now: datetime) -> int:
    """An option whose last day has passed is a draft again; what was written stays."""
    today = now.astimezone(clock_of(Publisher.objects.current().zone)).date()
    ended = Booking.objects.filter(state=BookingState.HELD, held_until__lt=today)
    return ended.update(state=BookingState.DRAFT)


def mark_sent(*, now: datetime) -> int:
    """A booking is sent when the digest of its last day that carried it is. Safe to call at any time."""
    marked = 0
    waiting = Booking.objects.filter(
        state=BookingState.BOOKED,
        ends_on__lte=now.date() + timedelta(days=1),
        ends_on__gte=now.date() - LOOK_BACK,
    )
    for booking in waiting:
        if _sent_on_last_day(booking):
            marked += Booking.objects.filter(pk=booking.pk, state=BookingState.BOOKED).update(
                state=BookingState.SENT
            )
    return marked


def _sent_on_last_day(booking: Booking) -> bool:
    return Digest.objects.filter(
        newsletter=booking.newsletter_id,
        local_date=booking.ends_on,
        state=DigestState.SENT,
        versions__content__sponsors__contains=[{"booking": booking.pk}],
    ).exists()
