"""A digest's public page: the version that readers have, without anything that is a reader's own."""

from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext

from digests.choices import MAIN_SLOT, DigestState
from digests.models import Digest
from digests.rendering.tokens import Token, fill

PUBLIC_STATES = (DigestState.SENDING, DigestState.PAUSED, DigestState.SENT)


def page_url(digest: Digest) -> str:
    """Absolute; known from the day the digest is made, so that its mail can hold it."""
    day = f"{digest.local_date:%Y-%m-%d}"
    if digest.slot == MAIN_SLOT:
        path = reverse("archived", args=[digest.newsletter.slug, day])
    else:
        path = reverse("archived_slot", args=[digest.newsletter.slug, day, digest.slot])
    return settings.SITE_URL + path


def find(slug: str, day: date, slot: str = MAIN_SLOT) -> Digest | None:
    """Only what has gone out: a draft has no public page."""
    return (
        Digest.objects.select_related("newsletter", "sending_version")
        .filter(newsletter__slug=slug, local_date=day, slot=slot, state__in=PUBLIC_STATES)
        .first()
    )


def page(digest: Digest) -> str:
    """The HTML of the newest version, for anybody."""
    version = digest.sending_version
    assert version is not None  # noqa: S101 - the database says so of these states
    home = settings.SITE_URL + "/"
    values = {
        Token.LEAVE_URL: home,
        Token.PREFERENCES_URL: home,
        Token.WEB_URL: page_url(digest),
        Token.ADDRESS: gettext("your address"),
    }
    return fill(version.html, values, escape)
