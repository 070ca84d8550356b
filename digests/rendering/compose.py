"""How a digest becomes a subject, an HTML page and a plain text.

The outcome is the same for all readers: what is a reader's own stands as a marker (tokens.py)
and is put in by the delivery, without any template.
"""

from collections.abc import Mapping
from dataclasses import asdict

from digests.rendering.content import Content, Masthead
from digests.rendering.presenting import THUMBNAIL_PX, Link, present_blocks, present_rich
from digests.rendering.sponsors import AT_THE_FOOT, behind_blocks, present_sponsors
from digests.rendering.tokens import Token, marker
from subscriptions.rendering.cleaning import clean, clean_lines, clean_optional_link
from subscriptions.rendering.looks import CREAM, PAPER, Look
from subscriptions.rendering.mjml import compile_mjml
from subscriptions.rendering.plain_text import set_text
from subscriptions.rendering.rendered import Rendered
from subscriptions.rendering.setting import setting
from subscriptions.rendering.templates import render_template

LOOKS: Mapping[str, Look] = {"briefing": PAPER, "weekly": CREAM}


def render(content: Content, *, link: Link = str) -> Rendered:
    """The digest for all readers. Raises ValueError, in the editor's words, for unsafe content.

    `link` turns a story's address into the one that stands in the mail, where clicks are counted;
    it may put markers in. It is called once a story, in the order of the digest, and once a link of
    intro and outro.
    """
    context = _context(content, link)
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


def _context(content: Content, link: Link) -> dict[str, object]:
    masthead = content.masthead
    blocks = present_blocks(content, link)
    sponsors = present_sponsors(content, link)
    return {
        "masthead": _clean_masthead(masthead),
        "has_page": masthead.has_page,
        "subject": clean(content.subject),
        "preheader": clean(content.preheader),
        "intro": present_rich(content.intro, link),
        "outro": present_rich(content.outro, link),
        "blocks": behind_blocks(blocks, sponsors),
        "has_sponsors": any(sponsors.values()),
        "foot_sponsors": sponsors[AT_THE_FOOT],
        "thumb_column": THUMBNAIL_PX + 16,
        **setting(
            LOOKS[masthead.design],
            colour=masthead.colour,
            language=masthead.language,
            direction=masthead.direction,
        ),
        **{token.value: marker(token) for token in Token},
    }


def _clean_masthead(masthead: Masthead) -> dict[str, str]:
    owner = f"the newsletter “{clean(masthead.newsletter)}”"
    links = {
        "privacy_url": clean_optional_link(masthead.privacy_url, owner=f"{owner} (privacy page)"),
        "logo_url": clean_optional_link(masthead.logo_url or "", owner=f"{owner} (logo)"),
    }
    other = {*links, "has_page"}
    words = {name: clean(value) for name, value in asdict(masthead).items() if name not in other}
    return words | links | {"postal_address": clean_lines(masthead.postal_address)}
