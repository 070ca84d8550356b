"""What an embedded form offers and says, for the script, the frame and the snippets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from subscriptions.choices import NewsletterState
from subscriptions.languages import direction_of
from subscriptions.models import EmbeddedForm, Newsletter, Publisher
from subscriptions.page_colours import page_palette
from subscriptions.rendering.colours import text_on

EVIDENCE_FORM = "embedded form"


@dataclass(frozen=True, slots=True)
class Offer:
    newsletter: Newsletter
    is_preselected: bool


def find(public_id: str) -> EmbeddedForm | None:
    return EmbeddedForm.objects.filter(public_id=public_id).first()


def offers(form: EmbeddedForm) -> list[Offer]:
    """What can be had of the form's newsletters, in its order; a paused or closed one is left out."""
    choices = form.choices.select_related("newsletter").filter(
        newsletter__state=NewsletterState.LIVE
    )
    return [Offer(choice.newsletter, choice.is_preselected) for choice in choices]


def language_of(form: EmbeddedForm, page_language: str, publisher: Publisher) -> str:
    """The form's own, or that of the page it stands on where we speak it, or the publisher's."""
    for wanted in (form.language, page_language, publisher.language):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def ended(form: EmbeddedForm, offered: Collection[Offer]) -> str:
    """Why the form takes nobody, for readers; empty while it does."""
    if not form.is_active:
        return _("This sign-up form is no longer in use.")
    if not offered:
        return _("The newsletters offered here are no longer published.")
    return ""


def palette(form: EmbeddedForm, publisher: Publisher) -> dict[str, str]:
    """Custom properties of static/embed/box.css, by day and by night."""
    found = page_palette(form.accent or publisher.colour)
    return {
        "--accent-light": found.accent,
        "--on-light": text_on(found.accent),
        "--accent-dark": found.accent_dark,
        "--on-dark": text_on(found.accent_dark),
    }


def words() -> dict[str, str]:
    """What every form says, in the language that is active."""
    return {
        "choose": _("Choose as many as you like"),
        "address": _("Your email address"),
        "note": _(
            "We will email you a link to confirm, so that nobody can sign up in your name. "
            "You can unsubscribe at any time using the link in every email."
        ),
        "privacy": _("How we use your email address"),
        "trap": _("Leave this field empty"),
        "sending": _("Sending…"),
        "checking": _("One moment: we are checking that you are not a robot…"),
        "trouble": _("Your sign-up was not sent. Please try again in a moment."),
        "use": _("Yes, use this address"),
        "done": _("Check your inbox"),
        "next": _(
            "We have emailed the address you gave. Confirm it to start receiving your newsletters."
        ),
        "more": _("See all our newsletters"),
    }


def config(
    form: EmbeddedForm,
    offered: Collection[Offer],
    publisher: Publisher,
    *,
    language: str,
    shown: str,
) -> dict[str, Any]:
    """All that the script shows, as JSON; no secret and nothing of any reader. `shown` is form_times.stamp()."""
    return {
        "lang": language,
        "dir": direction_of(language),
        "theme": form.colour_scheme,
        "palette": palette(form, publisher),
        "headline": form.headline,
        "copy": form.copy,
        "button": form.button_text or _("Sign up"),
        "success": form.success_text,
        "choose": form.readers_choose,
        "newsletters": [_shown(offer) for offer in offered],
        "ended": ended(form, offered),
        "privacy_url": publisher.privacy_url,
        "more_url": settings.SITE_URL + reverse("newsletters"),
        "shown": shown,
        "words": words(),
    }


def _shown(offer: Offer) -> Mapping[str, Any]:
    newsletter = offer.newsletter
    return {
        "slug": newsletter.slug,
        "name": newsletter.name,
        "frequency": newsletter.frequency,
        "promise": newsletter.description,
        "lang": newsletter.language,
        "dir": direction_of(newsletter.language),
        "preselected": offer.is_preselected,
    }
