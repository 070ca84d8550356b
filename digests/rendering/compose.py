"""How a digest becomes a subject, an HTML page and a plain text.

The outcome is the same for all readers: what is a reader's own stands as a marker (tokens.py)
and is put in by the delivery, without any template.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils.safestring import mark_safe

from digests.rendering import own_mjml
from digests.rendering.content import Content, Masthead
from digests.rendering.designs import DESIGNS
from digests.rendering.own_look import Coloured, Faces, coloured
from digests.rendering.presenting import (
    THUMBNAIL_PX,
    ShownLogo,
    present_blocks,
    present_logo,
    present_rich,
)
from digests.rendering.sponsors import AT_THE_FOOT, behind_blocks, present_sponsors
from digests.rendering.tokens import Token, marker
from subscriptions.rendering.cleaning import clean, clean_lines, clean_optional_link
from subscriptions.rendering.looks import SANS, SERIF
from subscriptions.rendering.mjml import compile_mjml
from subscriptions.rendering.plain_text import set_text
from subscriptions.rendering.rendered import Rendered
from subscriptions.rendering.setting import setting
from subscriptions.rendering.templates import render_template

FACES: Mapping[Faces, Mapping[str, str]] = {
    "design": {},
    "serif": {"sans": SERIF},
    "sans": {"serif": SANS},
}


def render(content: Content) -> Rendered:
    """The digest for all readers. Raises ValueError, in the editor's words, for unsafe content."""
    context = _context(content)
    masthead = content.masthead
    language = masthead.language
    name = f"digests/{masthead.design}"
    source = render_template(f"{name}.mjml", context, language=language, escaping="html")
    text = render_template(f"{name}.txt", context, language=language, escaping="text")
    return Rendered(
        subject=clean(content.subject),
        preheader=clean(content.preheader),
        html=compile_mjml(source),
        text=set_text(text),
    )


def colours_of(content: Content) -> Coloured:
    """Return the colours of a digest's content. Raises UnknownColourError."""
    masthead = content.masthead
    return coloured(DESIGNS[masthead.design].look, content.own_look, colour=masthead.colour)


def has_band(content: Content) -> bool:
    """Does its design set words on a band in the newsletter's colour?"""
    return DESIGNS[content.masthead.design].has_band


def _context(content: Content) -> dict[str, object]:
    masthead, own = content.masthead, content.own_look
    set_in = colours_of(content)
    base = setting(
        set_in.look,
        colour=set_in.palette.fill,
        language=masthead.language,
        direction=masthead.direction,
    )
    base |= {"colours": set_in.palette, **FACES[own.faces]}
    blocks = present_blocks(content)
    sponsors = present_sponsors(content)
    return {
        "masthead": _clean_masthead(masthead),
        "has_page": masthead.has_page,
        "subject": clean(content.subject),
        "preheader": clean(content.preheader),
        "intro": present_rich(content.intro),
        "outro": present_rich(content.outro),
        "blocks": behind_blocks(blocks, sponsors),
        "has_sponsors": any(sponsors.values()),
        "foot_sponsors": sponsors[AT_THE_FOOT],
        "thumb_column": THUMBNAIL_PX + 16,
        **base,
        **_logos(content),
        **_own(content, base),
        **{token.value: marker(token) for token in Token},
    }


def _logos(content: Content) -> dict[str, ShownLogo | None]:
    """The logo in the line above the name, or, as a nameplate, in place of the name."""
    if content.own_look.nameplate == "words":
        return {"logo": None, "nameplate": None}
    is_name = content.own_look.nameplate == "logo"
    logo = present_logo(content.masthead, is_name=is_name)
    return {"logo": None if is_name else logo, "nameplate": logo if is_name else None}


def _own(content: Content, base: Mapping[str, Any]) -> dict[str, object]:
    """The template's own MJML, for both sides of the mail. Raises MjmlError."""
    light, colours = base["light"], base["colours"]
    ink = own_mjml.Ink(
        paper=light.paper,
        ink=light.ink,
        rule=light.rule,
        band=colours.fill,
        on_band=colours.on_fill,
        face=base["sans"],
        start=base["start"],
        direction=content.masthead.direction,
    )
    source = content.own_look.mjml
    # Read, checked and written anew, all of it, by own_mjml.
    mjml = mark_safe(own_mjml.dressed(source, ink))  # noqa: S308
    return {"own_mjml": mjml, "own_paragraphs": own_mjml.paragraphs(source)}


def _clean_masthead(masthead: Masthead) -> dict[str, str]:
    owner = f"the newsletter “{clean(masthead.newsletter)}”"
    links = {
        "privacy_url": clean_optional_link(masthead.privacy_url, owner=f"{owner} (privacy page)")
    }
    words = {
        name: clean(value)
        for name, value in asdict(masthead).items()
        if isinstance(value, str) and name != "logo_url"
    }
    return words | links | {"postal_address": clean_lines(masthead.postal_address)}
