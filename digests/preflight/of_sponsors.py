"""Checks of the sponsors that a digest carries: is what was booked whole?"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from digests.preflight.finding import Finding, Place, warning
from digests.preflight.material import Material


def worded(material: Material) -> Iterator[Finding]:
    for sponsor in material.sponsors:
        if not sponsor.has_copy:
            text = _(
                "The slot of the sponsor %(sponsor)s is booked, and has no words yet: it is left out."
            )
            yield _about("sponsor_words", text, sponsor.name, sponsor.booking)
        elif not sponsor.has_link:
            text = _("What the sponsor %(sponsor)s shows leads nowhere: it has no link.")
            yield _about("sponsor_link", text, sponsor.name, sponsor.booking)


def described(material: Material) -> Iterator[Finding]:
    for sponsor in material.sponsors:
        if sponsor.has_picture and not sponsor.alt.strip():
            text = _("The picture of the sponsor %(sponsor)s has no description.")
            yield _about("sponsor_alt", text, sponsor.name, sponsor.booking)


def as_booked(material: Material) -> Iterator[Finding]:
    """A booking that was made or cancelled after the digest was approved."""
    booked = {sponsor.booking for sponsor in material.sponsors if sponsor.has_copy}
    for sponsor in material.sponsors:
        if sponsor.has_copy and sponsor.booking not in material.carried_bookings:
            text = _("The sponsor %(sponsor)s is booked, and not in what was approved.")
            yield _about("sponsor_missing", text, sponsor.name, sponsor.booking)
    for booking in sorted(material.carried_bookings - booked):
        text = _("What was approved shows a sponsor who is not booked any more.")
        yield _about("sponsor_gone", text, "", booking)


def _about(check: str, text: str, name: str, booking: int) -> Finding:
    return warning(
        check, text % {"sponsor": name}, Place.SPONSORS, str(booking), about=str(booking)
    )
