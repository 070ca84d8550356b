"""What a publisher's web developer copies into a page: three ways to the same form."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from subscriptions.embed import embedding
from subscriptions.embed.embedding import Offer
from subscriptions.models import EmbeddedForm, Publisher

# A guess at the frame's height, in CSS pixels, on a phone: what it shows without any newsletter, and each of them.
FRAME_HEIGHT = 380
HEIGHT_OF_NEWSLETTER = 95


@dataclass(frozen=True, slots=True)
class Snippet:
    name: str
    title: str
    about: str
    code: str


def snippets(form: EmbeddedForm) -> tuple[Snippet, Snippet, Snippet]:
    offered = embedding.offers(form)
    return (
        Snippet(
            "script",
            _("Script"),
            _(
                "One line, placed where the form should appear. "
                "The form takes the width it is given and loads by itself."
            ),
            _script(form),
        ),
        Snippet(
            "iframe",
            _("Frame"),
            _("For pages that may not load other sites’ scripts. Works without JavaScript."),
            _frame(form, offered),
        ),
        Snippet(
            "html",
            _("Plain HTML"),
            _(
                "In your own design, without any script. Readers land on our page, or on the page named by a "
                "field “return”. Set “page” to the address of the article."
            ),
            _plain(form, offered),
        ),
    )


def _script(form: EmbeddedForm) -> str:
    return format_html(
        '<script async src="{}" data-form="{}"></script>', _url("embed_script"), form.public_id
    )


def _frame(form: EmbeddedForm, offered: Sequence[Offer]) -> str:
    """The referrer policy lets the frame know the article, so that growth can be counted by page."""
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" frameborder="0" loading="lazy"'
        ' referrerpolicy="no-referrer-when-downgrade"></iframe>',
        _url("embed_frame", form.public_id),
        form.headline or _("Sign up for our newsletters"),
        FRAME_HEIGHT + HEIGHT_OF_NEWSLETTER * len(offered),
    )


def _plain(form: EmbeddedForm, offered: Sequence[Offer]) -> str:
    """Return the plain form in the form's language, since readers see these words."""
    publisher = Publisher.objects.current()
    language = embedding.language_of(form, "", publisher)
    with translation.override(language):
        said = embedding.words()
        button = form.button_text or _("Sign up")
        lines = [
            format_html(
                '<form action="{}" method="post">', _url("embed_subscribe", form.public_id)
            ),
            format_html("  <p>{}</p>", form.headline) if form.headline else "",
            format_html("  <p>{}</p>", form.copy) if form.copy else "",
            _choice(form, offered),
            format_html(
                '  <label>{} <input type="email" name="address" required autocomplete="email"></label>',
                said["address"],
            ),
            format_html('  <button type="submit">{}</button>', button),
            format_html("  <p>{}</p>", said["note"]),
            '  <input type="text" name="website" hidden tabindex="-1" autocomplete="off">',
            format_html('  <input type="hidden" name="lang" value="{}">', language),
            '  <input type="hidden" name="page" value="">',
            "</form>",
        ]
    return "\n".join(line for line in lines if line)


def _choice(form: EmbeddedForm, offered: Sequence[Offer]) -> SafeString:
    if form.readers_choose and len(offered) > 1:
        one = '  <label><input type="checkbox" name="newsletters" value="{}"{}> {}</label>'
        return format_html_join(
            "\n",
            one,
            (
                (
                    offer.newsletter.slug,
                    SafeString(" checked" if offer.is_preselected else ""),
                    offer.newsletter.name,
                )
                for offer in offered
            ),
        )
    return format_html_join(
        "\n",
        '  <input type="hidden" name="newsletters" value="{}">',
        ((offer.newsletter.slug,) for offer in offered),
    )


def _url(name: str, *values: str) -> str:
    return settings.SITE_URL + reverse(name, args=values)
