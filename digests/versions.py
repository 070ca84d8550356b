"""From a digest's rows to a version: what the editor sees in the preview is what a version holds."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext

from digests.choices import DigestState
from digests.delivery.mail_headers import list_id
from digests.designing.own_looks import design_of, logo_of, own_look
from digests.models import Booking, Digest, Item, Section, SubjectTest, Template, Version
from digests.picture_links import picture_of
from digests.rendering import own_mjml
from digests.rendering.compose import render
from digests.rendering.content import Block, BlockStyle, Content, Masthead, Story
from digests.rendering.links import add_parameters
from digests.rendering.own_look import OwnLook
from digests.rendering.rich_text import clean_rich_text, with_links
from digests.rendering.stored_content import stored
from digests.rendering.well_formed import TooMuch
from digests.sponsors.sponsoring import bookings_of, sponsors_of
from subscriptions.choices import Archive
from subscriptions.languages import direction_of
from subscriptions.mailing.mail import mailbox
from subscriptions.models import Publisher
from subscriptions.rendering.cleaning import RefusedLinkError
from subscriptions.rendering.colours import UnknownColourError
from subscriptions.rendering.dates import date_text
from subscriptions.rendering.mjml import MjmlError
from subscriptions.rendering.templates import MissingNameError

BLOCK_STYLES: Mapping[str, BlockStyle] = {
    "lead": "lead",
    "stories": "stories",
    "briefs": "briefs",
}


class CannotRender(Exception):
    """A template that does not compile, a link that is none; the text says which, for the editor."""

    @property
    def is_of_template(self) -> bool:
        """Is it mended on the template's page, and not among the stories?"""
        return isinstance(self.__cause__, MjmlError | MissingNameError | UnknownColourError)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered digest that is not kept: what a version would hold now."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: dict[str, str]
    article_ids: tuple[int, ...]
    content: dict[str, Any]  # what its page on the web is made of
    variants: tuple[dict[str, str], ...] = ()  # one for each further subject of its subject test

    @property
    def fingerprint(self) -> str:
        content: list[object] = [self.subject, self.preheader, self.html, self.text, self.headers]
        content += [self.variants] if self.variants else []
        # The same words of another booking are another proof.
        sponsors = self.content.get("sponsors", ())
        content += [[sponsor["booking"] for sponsor in sponsors]] if sponsors else []
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Rows:
    """What a digest's content is made of, asked for once."""

    digest: Digest
    template: Template
    publisher: Publisher
    sections: list[Section]
    bookings: list[Booking]

    @classmethod
    def of(cls, digest: Digest) -> Self:
        template, _made = Template.objects.get_or_create(newsletter=digest.newsletter)
        publisher = Publisher.objects.current()
        return cls(digest, template, publisher, _sections(digest), bookings_of(digest))

    @property
    def article_ids(self) -> tuple[int, ...]:
        """In the order of the mail."""
        items = (item for section in self.sections for item in _shown(section))
        return tuple(item.article_id for item in items if item.article_id is not None)


def draft_of(digest: Digest) -> Draft:
    """Render the digest as it stands. Raises CannotRender."""
    rows = Rows.of(digest)
    parameters = _link_parameters(digest, rows.template)
    try:
        content = _content(rows, parameters)
        rendered = render(content)
        variants = tuple(
            _variant(replace(content, subject=subject)) for subject in _further_subjects(digest)
        )
    except (MjmlError, RefusedLinkError, MissingNameError, TooMuch, UnknownColourError) as error:
        raise CannotRender(str(error)) from error
    return Draft(
        subject=rendered.subject,
        preheader=rendered.preheader,
        html=rendered.html,
        text=rendered.text,
        headers=_headers(digest, rows.publisher),
        article_ids=rows.article_ids,
        variants=variants,
        # Who comes from the page on the web does not come from a mail: no parameters say so.
        content=stored(_content(rows, {})),
    )


def _further_subjects(digest: Digest) -> list[str]:
    test = SubjectTest.objects.filter(digest=digest.pk).first()
    return test.alternatives if test else []


def _variant(content: Content) -> dict[str, str]:
    rendered = render(content)
    return {"subject": rendered.subject, "html": rendered.html, "text": rendered.text}


def keep(digest: Digest, *, by: User | None, now: datetime) -> Version:
    """Keep the digest as it stands as its next version; unchanged content is the version it was.

    The caller holds the digest's row lock, which makes the number safe.
    """
    draft = draft_of(digest)
    latest = digest.versions.order_by("-number").first()
    if latest is not None and latest.fingerprint == draft.fingerprint:
        return latest
    number = (digest.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    return Version.objects.create(
        digest=digest,
        number=number,
        subject=draft.subject,
        preheader=draft.preheader,
        html=draft.html,
        text=draft.text,
        headers=draft.headers,
        article_ids=list(draft.article_ids),
        variants=list(draft.variants),
        content=draft.content,
        fingerprint=draft.fingerprint,
        created_at=now,
        created_by=by,
    )


def has_changed(digest: Digest) -> bool:
    """Does the digest as it stands differ from what was approved, or is being sent?"""
    version = digest.sending_version if digest.is_under_way else digest.approved_version
    return (
        version is not None
        and (digest.state == DigestState.APPROVED or digest.is_under_way)
        and draft_of(digest).fingerprint != version.fingerprint
    )


def _sections(digest: Digest) -> list[Section]:
    return list(digest.sections.prefetch_related("items__article__source", "items__image"))


def _shown(section: Section) -> list[Item]:
    return list(section.items.all())[: section.slots]


def _content(rows: Rows, parameters: Mapping[str, str]) -> Content:
    digest = rows.digest
    zone = ZoneInfo(digest.zone)
    return Content(
        masthead=masthead_of(digest, rows.template, rows.publisher),
        own_look=_look_with_parameters(rows.template, parameters),
        subject=digest.subject,
        preheader=digest.preheader,
        intro=_with_parameters(digest.intro, parameters),
        outro=_with_parameters(digest.outro, parameters),
        blocks=tuple(
            Block(
                heading=section.heading,
                style=BLOCK_STYLES[section.style],
                stories=tuple(story_of(item, parameters, zone) for item in _shown(section)),
            )
            for section in rows.sections
            if _shown(section)
        ),
        sponsors=sponsors_of(rows.bookings, parameters),
    )


def _look_with_parameters(template: Template, parameters: Mapping[str, str]) -> OwnLook:
    """Raises MjmlError."""
    look = own_look(template)
    mjml = own_mjml.with_links(look.mjml, lambda url: add_parameters(url, parameters))
    return replace(look, mjml=mjml)


def masthead_of(digest: Digest, template: Template, publisher: Publisher) -> Masthead:
    newsletter = digest.newsletter
    logo = logo_of(template, newsletter, publisher)
    return Masthead(
        newsletter=newsletter.name,
        publisher=publisher.name,
        colour=newsletter.colour,
        logo_url=logo.url,
        postal_address=newsletter.postal_address or publisher.postal_address,
        privacy_url=publisher.privacy_url,
        language=newsletter.language,
        direction=direction_of(newsletter.language),
        date_text=_date_text(digest),
        design="alert" if digest.is_urgent else design_of(template),
        has_page=newsletter.archive != Archive.OFF,
        logo_alt=logo.alt,
        logo_width=logo.width,
        logo_height=logo.height,
    )


def _date_text(digest: Digest) -> str:
    """What stands below the newsletter's name; of a correction, that it is one."""
    language = digest.newsletter.language
    written = date_text(digest.local_date, language)
    if digest.corrects_id is None:
        return written
    with translation.override(language):
        return f"{gettext('Correction')} · {written}"


def story_of(item: Item, parameters: Mapping[str, str], zone: ZoneInfo) -> Story:
    article, url = item.article, item.shown_url
    return Story(
        headline=item.shown_headline,
        url=add_parameters(url, parameters) if url else "",
        blurb=item.shown_blurb,
        kicker=item.kicker,
        link_text=item.link_text,
        authors=tuple(article.authors) if article else (),
        source=article.source.name if article and article.source else "",
        published_at=article.published_at.astimezone(zone) if article else None,
        picture=picture_of(item.image, alt=item.shown_alt),
    )


def _headers(digest: Digest, publisher: Publisher) -> dict[str, str]:
    """What is the same for every reader; RFC 2919 for List-Id. The reader's own are added in delivery/messages.py."""
    newsletter = digest.newsletter
    host = urlsplit(settings.SITE_URL).hostname
    name = newsletter.sender_name or publisher.sender_name or newsletter.name
    headers = {
        "From": mailbox(name, newsletter.sender_address or publisher.sender_address),
        "List-Id": list_id(newsletter.name, f"{newsletter.slug}.{host}"),
        "Precedence": "bulk",
        "Feedback-ID": f"{digest.local_date:%Y%m%d}:{newsletter.slug}:digest:newsroom",
    }
    if newsletter.reply_to:
        headers["Reply-To"] = newsletter.reply_to
    return headers


def _link_parameters(digest: Digest, template: Template) -> dict[str, str]:
    pattern = template.link_parameters
    for name, value in {
        "slug": digest.newsletter.slug,
        "date": f"{digest.local_date:%Y-%m-%d}",
        "slot": digest.slot,
    }.items():
        pattern = pattern.replace("{" + name + "}", value)
    return dict(parse_qsl(pattern))


def _with_parameters(text: str, parameters: Mapping[str, str]) -> str:
    return with_links(clean_rich_text(text), lambda url: add_parameters(url, parameters))
