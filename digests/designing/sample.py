"""What a look is tried on: the newsletter's latest stories in the sections as they would be, else words of ours."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, cycle, islice

from django.templatetags.static import static
from django.utils.translation import gettext as _

from digests import contents
from digests.choices import BlockStyle
from digests.models import Digest, Template, TemplateSection
from digests.picture_links import absolute
from digests.rendering.content import Block, Content, Picture, Story
from digests.template_looks import own_look
from subscriptions.models import Publisher
from subscriptions.zones import clock_of

MOST_STORIES = 40  # more of them show nothing new of a look
PICTURE, PICTURE_SIZE = "desk/sample.jpg", (600, 400)


def sample_of(
    template: Template,
    sections: Sequence[TemplateSection],
    *,
    now: datetime,
    of_words: bool = False,
) -> Content:
    """Neither the template nor its sections need be saved. Asks the database a fixed number of questions.

    `of_words`: of ours alone, whatever stories there are.
    """
    publisher = Publisher.objects.current()
    latest = None if of_words else _latest(template)
    today = Digest(
        newsletter=template.newsletter,
        local_date=now.astimezone(clock_of(publisher.zone)).date(),
        zone=publisher.zone,
    )
    masthead = contents.masthead_of(today, template, publisher)
    if not masthead.postal_address.strip():
        masthead = replace(masthead, postal_address=_("Where your postal address will stand"))
    stories = chain(_stories_of(latest), cycle(_words())) if latest else cycle(_words())
    return Content(
        masthead=masthead,
        subject=latest.subject if latest else str(template.newsletter),
        preheader=latest.preheader if latest else "",
        intro=latest.intro if latest else template.intro,
        outro=latest.outro if latest else template.outro,
        blocks=tuple(_blocks(sections, stories)),
        own_look=own_look(template),
    )


def _blocks(sections: Sequence[TemplateSection], stories: Iterator[Story]) -> Iterator[Block]:
    """Every section shows something, so that its style and place are seen."""
    room = MOST_STORIES
    for section in sections:
        shown = tuple(islice(stories, max(1, min(section.slots, room))))
        room -= len(shown)
        yield Block(section.heading, BlockStyle(section.style), shown)


def _latest(template: Template) -> Digest | None:
    digests = Digest.objects.filter(
        newsletter=template.newsletter_id, sections__items__isnull=False
    )
    return (
        digests.order_by("-due_at", "-pk")
        .prefetch_related("sections__items__article__source", "sections__items__image")
        .first()
    )


def _stories_of(digest: Digest) -> Iterator[Story]:
    zone = clock_of(digest.zone)
    for section in digest.sections.all():
        for item in section.items.all():
            yield contents.story_of(item, zone)


def _words() -> list[Story]:
    width, height = PICTURE_SIZE
    url = absolute(static(PICTURE))
    picture = Picture(url, width, height, alt="", large_url="")
    return [
        Story(headline, "https://example.org/", blurb, kicker, picture=picture)
        for kicker, headline, blurb in (
            (
                _("Kicker"),
                _("A headline as long as most of them are"),
                _(
                    "Two lines of what a story says, so that you see how they are set beside a picture."
                ),
            ),
            ("", _("A short one"), _("These are words of ours, because there is no story yet.")),
            (
                _("Kicker"),
                _("A headline that runs on, needs a second line here, and on a phone a third"),
                "",
            ),
        )
    ]
