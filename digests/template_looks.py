"""From a template's row to the look that its mails are set in."""

from dataclasses import dataclass
from typing import cast

from digests.models import Template
from digests.picture_links import absolute
from digests.rendering.own_look import Faces, Inks, Nameplate, OwnLook
from subscriptions.models import Newsletter, Publisher


@dataclass(frozen=True, slots=True)
class Logo:
    """`url` is None where there is none. Width and height are 0 where nobody has measured it."""

    url: str | None = None
    alt: str = ""
    width: int = 0
    height: int = 0


def own_look(template: Template) -> OwnLook:
    return OwnLook(
        band=template.band,
        day=Inks(
            page=template.page,
            paper=template.paper,
            ink=template.ink,
            soft=template.soft,
            accent=template.accent,
        ),
        night=Inks(
            page=template.dark_page,
            paper=template.dark_paper,
            ink=template.dark_ink,
            soft=template.dark_soft,
            accent=template.dark_accent,
        ),
        faces=cast(Faces, template.faces),  # the database knows no other, as below
        nameplate=cast(Nameplate, template.nameplate),
        mjml=template.own_mjml,
    )


def logo_of(template: Template, newsletter: Newsletter, publisher: Publisher) -> Logo:
    """The template's own, else the newsletter's, else the publisher's."""
    if template.logo:
        return Logo(
            absolute(template.logo.url),
            template.logo_alt,
            template.logo_width,
            template.logo_height,
        )
    inherited = newsletter.logo or publisher.logo
    return Logo(absolute(inherited.url)) if inherited else Logo()
