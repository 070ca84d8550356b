"""What a digest's rows say, as the content that is rendered."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext

from digests.choices import BlockStyle
from digests.drafts import automatic_words
from digests.models import Booking, Digest, Item, Section, Template
from digests.picture_links import picture_of
from digests.rendering.content import Block, Content, Masthead, Story
from digests.rendering.designs import ALERT
from digests.rendering.rich_text import clean_rich_text
from digests.sponsors.sponsoring import bookings_of, sponsors_of
from digests.template_looks import logo_of, own_look
from subscriptions.choices import Archive
from subscriptions.languages import direction_of
from subscriptions.models import Publisher
from subscriptions.rendering.dates import date_text
from subscriptions.zones import clock_of


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
        # A newsletter without a template is shown as a new one would be; looking at it makes none.
        template = Template.objects.filter(newsletter=digest.newsletter_id).first()
        template = template or Template(newsletter=digest.newsletter)
        publisher = Publisher.objects.current()
        return cls(digest, template, publisher, _sections(digest), bookings_of(digest))

    @property
    def words(self) -> dict[str, str]:
        """Subject and preheader; ours tell of the stories as their sources have them now."""
        shown = (item.shown_headline for section in self.sections for item in _shown(section))
        return automatic_words.of_stories(self.digest, self.template, list(shown))


def content_of(rows: Rows) -> Content:
    """Return the content of a digest without the parameters of its links.

    A person who reads it on the web does not come from an email.
    """
    digest, words = rows.digest, rows.words
    zone = clock_of(digest.zone)
    return Content(
        masthead=masthead_of(digest, rows.template, rows.publisher),
        own_look=own_look(rows.template),
        subject=words["subject"],
        preheader=words["preheader"],
        intro=clean_rich_text(digest.intro),
        outro=clean_rich_text(digest.outro),
        blocks=tuple(
            Block(
                heading=section.heading,
                style=BlockStyle(section.style),
                stories=tuple(story_of(item, zone) for item in _shown(section)),
            )
            for section in rows.sections
            if _shown(section)
        ),
        sponsors=sponsors_of(rows.bookings),
    )


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
        design=ALERT if digest.is_urgent else template.design,
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


def story_of(item: Item, zone: ZoneInfo) -> Story:
    article = item.article
    return Story(
        headline=item.shown_headline,
        url=item.shown_url,
        blurb=item.shown_blurb,
        kicker=item.kicker,
        link_text=item.link_text,
        authors=tuple(article.authors) if article else (),
        source=article.source.name if article and article.source else "",
        published_at=article.published_at.astimezone(zone)
        if article and article.published_at
        else None,
        picture=picture_of(item.image, alt=item.shown_alt, credit=item.shown_credit),
        item=item.pk or 0,
        article=item.article_id or 0,
    )


def link_parameters(digest: Digest, template: Template) -> dict[str, str]:
    pattern = template.link_parameters
    for name, value in {
        "slug": digest.newsletter.slug,
        "date": f"{digest.local_date:%Y-%m-%d}",
        "slot": digest.slot,
    }.items():
        pattern = pattern.replace("{" + name + "}", value)
    return dict(parse_qsl(pattern))


def _sections(digest: Digest) -> list[Section]:
    return list(digest.sections.prefetch_related("items__article__source", "items__image"))


def _shown(section: Section) -> list[Item]:
    return list(section.items.all())[: section.slots]
