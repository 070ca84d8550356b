"""A look tried on a sample, as it would be sent: what it gives, and why it cannot be saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from django.conf import settings
from django.utils.translation import gettext as _

from digests.designing.sample import sample_of
from digests.messages.message import SAMPLE
from digests.models import Template, TemplateSection
from digests.preflight import of_mail
from digests.preflight.material import Material
from digests.preflight.of_words import PLACEHOLDER
from digests.rendering.compose import colours_of, has_band, render
from digests.rendering.content import Content
from digests.rendering.look_faults import Fault, faults_of
from digests.rendering.own_look import by_field
from digests.rendering.readability import Pair, pairs
from digests.rendering.tokens import Token, fill
from digests.rendering.weight import Weight, weigh
from digests.rendering.well_formed import TooMuch
from subscriptions.rendering.cleaning import RefusedLinkError
from subscriptions.rendering.colours import UnknownColourError
from subscriptions.rendering.mjml import MjmlError
from subscriptions.rendering.rendered import Rendered
from subscriptions.rendering.templates import MissingNameError

OWN_MJML = "own_mjml"


@dataclass(frozen=True, slots=True)
class Tried:
    """`html` and `text` are made out to a sample reader; empty where it cannot be rendered."""

    pairs: tuple[Pair, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)  # every one as decided, by field
    faults: tuple[Fault, ...] = ()
    html: str = ""
    text: str = ""
    weight: Weight | None = None


def tried(template: Template, sections: Sequence[TemplateSection], *, now: datetime) -> Tried:
    content = sample_of(template, sections, now=now)
    try:
        set_in = colours_of(content)
    except UnknownColourError as error:
        return Tried(faults=(Fault("", str(error)),))
    found, colours = tuple(pairs(set_in, has_band=has_band(content))), by_field(set_in)
    faults = [
        *_of_words(template, sections),
        *faults_of(pair for pair in found if not pair.passes),
    ]
    try:
        content, rendered = _rendered(content, template, sections, now)
    except (MjmlError, RefusedLinkError, MissingNameError, TooMuch) as error:
        place = OWN_MJML if isinstance(error, MjmlError) else ""
        return Tried(found, colours, (*faults, Fault(place, str(error))))
    faults += _of_mail(rendered, content, now)
    values = _values()
    return Tried(
        found,
        colours,
        tuple(faults),
        fill(rendered.html, values, escape),
        fill(rendered.text, values, str),
        weigh(rendered),
    )


def _rendered(
    content: Content, template: Template, sections: Sequence[TemplateSection], now: datetime
) -> tuple[Content, Rendered]:
    """A story whose link is refused is no fault of the look: then words of ours stand for all of them.

    Neither is an intro that cannot be set; the template's own, which stands there then, is.
    """
    try:
        return content, render(content)
    except (RefusedLinkError, TooMuch):
        content = sample_of(template, sections, now=now, of_words=True)
        return content, render(content)


def _of_words(template: Template, sections: Sequence[TemplateSection]) -> Iterator[Fault]:
    if not sections:
        yield Fault("", _("A digest needs at least one section for its stories."))
    written = [
        (OWN_MJML, template.own_mjml),
        ("logo_alt", template.logo_alt),
        *(("", section.heading) for section in sections),
    ]
    for place, words in written:
        found = PLACEHOLDER.search(words)
        if found:
            text = _("“%(placeholder)s” is a placeholder that nothing fills: readers would see it.")
            yield Fault(place, text % {"placeholder": found[0][:40]})


def _of_mail(rendered: Rendered, content: Content, now: datetime) -> Iterator[Fault]:
    """What every mail must have, whatever its look."""
    masthead = content.masthead
    material = Material(
        newsletter=masthead.newsletter,
        zone="UTC",
        goes_out_at=now,
        subject=rendered.subject,
        preheader=rendered.preheader,
        html=rendered.html,
        text=rendered.text,
        set_address=masthead.postal_address,
    )
    for check in (of_mail.unsubscribe, of_mail.names_address):
        for finding in check(material):
            yield Fault("", finding.text)


def _values() -> dict[Token, str]:
    """A sample reader's, leading to the site itself."""
    values = dict.fromkeys(Token, f"{settings.SITE_URL}/")
    return values | {Token.ADDRESS: SAMPLE.address}
