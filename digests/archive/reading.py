"""What of sent digests can be read on the web: each one's page, a newsletter's index, what search engines are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.forms import model_to_dict
from django.urls import reverse

from digests.choices import MAIN_SLOT
from digests.models import Digest, Version
from digests.rendering.own_look import Faces, OwnLook
from digests.rendering.own_web import OwnWords, on_the_web
from digests.rendering.presenting import (
    ShownBlock,
    ShownSponsor,
    ShownText,
    present_blocks,
    present_rich,
)
from digests.rendering.rich_text import shown_rich_text
from digests.rendering.sponsors import AT_THE_FOOT, Sponsors, behind_blocks, present_sponsors
from digests.rendering.stored_content import restored
from subscriptions.choices import Archive
from subscriptions.models import Newsletter, Publisher
from subscriptions.rendering.dates import date_text
from subscriptions.rendering.mjml import MjmlError

FEED_LENGTH = 30
SITEMAP_LENGTH = 20_000  # a sitemap may hold 50,000 addresses (sitemaps.org)


@dataclass(frozen=True, slots=True)
class Entry:
    """A digest in a list."""

    subject: str
    preheader: str
    date_text: str
    url: str  # a path
    is_alert: bool
    is_correction: bool
    sent_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """What a digest's page leads to: the editions before and after it, and its corrections."""

    earlier: Digest | None
    later: Digest | None
    corrections: Sequence[Digest]
    corrects: Digest | None


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A digest as its page shows it. `changed_at` is set when readers of the first minutes got other words.

    `own` is the newsletter's own MJML, `band` the colour that its template had then; empty: the newsletter's.
    """

    entry: Entry
    intro: ShownText | None
    outro: ShownText | None
    blocks: Sequence[ShownBlock]
    foot_sponsors: Sequence[ShownSponsor]
    own: OwnWords
    band: str
    faces: Faces
    changed_at: datetime | None
    corrections: Sequence[Entry]
    corrects: Entry | None
    earlier: Entry | None
    later: Entry | None


def page_path(digest: Digest) -> str:
    day = f"{digest.local_date:%Y-%m-%d}"
    if digest.slot == MAIN_SLOT:
        return reverse("archived", args=[digest.newsletter.slug, day])
    return reverse("archived_slot", args=[digest.newsletter.slug, day, digest.slot])


def page_url(digest: Digest) -> str:
    """Absolute; known from the day the digest is made, so that its mail can hold it."""
    return settings.SITE_URL + page_path(digest)


def index_url(newsletter: Newsletter) -> str:
    return settings.SITE_URL + reverse("archive", args=[newsletter.slug])


def newsletter(slug: str) -> Newsletter | None:
    """Return the newsletter if it has an archive; a newsletter that has ended keeps its own."""
    return Newsletter.objects.filter(slug=slug).exclude(archive=Archive.OFF).first()


def find(slug: str, day: date, slot: str = MAIN_SLOT) -> Digest | None:
    """Find a digest that has gone out: a draft has no public page, and neither has what was cancelled."""
    return (
        Digest.objects.published()
        .select_related("newsletter", "sending_version")
        .filter(newsletter__slug=slug, local_date=day, slot=slot)
        .first()
    )


def around(digest: Digest) -> Around:
    others = Digest.objects.published()
    return Around(
        earlier=others.next_to(digest, is_later=False),
        later=others.next_to(digest, is_later=True),
        corrections=others.corrections_of(digest),
        corrects=others.corrected_by(digest),
    )


def page(digest: Digest, near: Around) -> ArchivedPage:
    """What readers got last. Nothing of it is a reader's own: it is made anew from what the version holds."""
    version = _version(digest)
    content = restored(version.content) if version.content else None
    is_changed = digest.frozen_at is not None and version.created_at > digest.frozen_at
    sponsors: Sponsors = present_sponsors(content) if content else {}
    look = content.own_look if content else OwnLook()
    return ArchivedPage(
        entry=entry(digest),
        intro=present_rich(shown_rich_text(content.intro)) if content else None,
        outro=present_rich(shown_rich_text(content.outro)) if content else None,
        blocks=behind_blocks(present_blocks(content), sponsors) if content else (),
        foot_sponsors=sponsors.get(AT_THE_FOOT, ()),
        own=_own_words(look),
        band=look.band,
        faces=look.faces,
        changed_at=version.created_at if is_changed else None,
        corrections=[entry(one) for one in near.corrections],
        corrects=entry(near.corrects) if near.corrects else None,
        earlier=entry(near.earlier) if near.earlier else None,
        later=entry(near.later) if near.later else None,
    )


def _own_words(look: OwnLook) -> OwnWords:
    """None of it where it says what may no longer be said: the stories can be read all the same."""
    try:
        return on_the_web(look.mjml)
    except MjmlError:
        return on_the_web("")


def entry(digest: Digest) -> Entry:
    version = _version(digest)
    return Entry(
        subject=version.subject or date_text(digest.local_date, digest.newsletter.language),
        preheader=version.preheader,
        date_text=date_text(digest.local_date, digest.newsletter.language),
        url=page_path(digest),
        is_alert=digest.is_urgent,
        is_correction=digest.corrects_id is not None,
        sent_at=digest.due_at,
        updated_at=max(version.created_at, digest.due_at),
    )


def fingerprint(digest: Digest, near: Around, publisher: Publisher) -> str:
    """Changes with whatever its page shows."""
    shown = [
        digest,
        *filter(None, [near.earlier, near.later, near.corrects]),
        *near.corrections,
    ]
    facts = [(one.pk, one.sending_version_id) for one in shown]
    return _fingerprint(facts, digest.newsletter, publisher)


def list_fingerprint(newsletter: Newsletter, publisher: Publisher, part: str) -> str:
    """The same for `part` of its index, and for its feed; one query, whose cost is that of a count."""
    facts = Digest.objects.published().filter(newsletter=newsletter).listing_facts()
    return _fingerprint((part, facts), newsletter, publisher)


def _fingerprint(facts: object, newsletter: Newsletter, publisher: Publisher) -> str:
    frame = [model_to_dict(one) for one in (newsletter, publisher)]
    return sha256(repr((facts, frame, _design())).encode()).hexdigest()[:24]


@cache
def _design() -> str:
    """Return a hash of this release's page templates. A page that a browser keeps must not outlive their look."""
    pages = settings.BASE_DIR / "templates" / "web"
    names = (
        "base.html",
        "archive.html",
        "archived.html",
        "archived_sponsor.html",
        "archived_story.html",
        "sign_up_box.html",
    )
    return sha256(b"".join((pages / name).read_bytes() for name in names)).hexdigest()


def _version(digest: Digest) -> Version:
    assert digest.sending_version is not None  # noqa: S101 - the database says so of these states
    return digest.sending_version
