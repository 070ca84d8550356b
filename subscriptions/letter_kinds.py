"""The words of each kind of letter that this app sends."""

from datetime import datetime

from subscriptions import links
from subscriptions.languages import direction_of
from subscriptions.latest import latest_of
from subscriptions.mailing.letters import Obsolete, writer
from subscriptions.models import Letter, Publisher, SignUp, Subscription
from subscriptions.rendering.letters import render_letter
from subscriptions.rendering.rendered import Rendered
from subscriptions.sign_up.blocking import name_of
from subscriptions.sign_up.opt_in import CONFIRMATION
from subscriptions.sign_up.reminding import REMINDER
from subscriptions.welcoming import WELCOME

SECONDS_AN_HOUR = 3600


def letterhead(publisher: Publisher, language: str = "") -> dict[str, str]:
    """Who writes, for every letter alike."""
    language = language or publisher.language
    return {
        "publisher": publisher.name,
        "colour": publisher.colour,
        "postal_address": publisher.postal_address,
        "privacy_url": publisher.privacy_url,
        "language": language,
        "direction": direction_of(language),
    }


@writer(CONFIRMATION)
def confirmation(letter: Letter, now: datetime) -> Rendered:
    """Names newsletters only; nothing that a visitor typed may reach a stranger's inbox."""
    return render_letter("confirmation", _question(letter, now))


@writer(REMINDER)
def reminder(letter: Letter, now: datetime) -> Rendered:
    return render_letter("reminder", _question(letter, now))


def _question(letter: Letter, now: datetime) -> dict[str, object]:
    """What a letter that asks for a confirmation needs. Raises Obsolete."""
    sign_up = (
        SignUp.objects.select_related("subscriber")
        .filter(public_id=letter.context["sign_up"])
        .first()
    )
    if sign_up is None:
        raise Obsolete("A newer letter asks the same.")
    if sign_up.confirmed_at is not None:
        raise Obsolete("The reader has confirmed already.")
    if sign_up.expires_at <= now:
        raise Obsolete("The reader has said that it was not them, or it is too late.")
    names = tuple(sign_up.newsletters.live().in_reading_order().values_list("name", flat=True))
    if not names:
        raise Obsolete("None of the newsletters is to be had any more.")
    subscriber = sign_up.subscriber
    return {
        "letterhead": letterhead(Publisher.objects.current(), subscriber.language),
        "newsletters": names,
        "confirm_url": links.confirm_url(sign_up.public_id),
        "not_me_url": links.not_me_url(subscriber.public_id, name_of(letter.address)),
        "valid_hours": max(1, round((sign_up.expires_at - now).total_seconds() / SECONDS_AN_HOUR)),
    }


@writer(WELCOME)
def welcome(letter: Letter, now: datetime) -> Rendered:
    subscription = (
        Subscription.objects.active()
        .select_related("subscriber", "newsletter")
        .filter(subscriber=letter.subscriber_id, newsletter=letter.context["newsletter"])
        .first()
    )
    if subscription is None:
        raise Obsolete("The reader has left meanwhile.")
    reader, newsletter = subscription.subscriber, subscription.newsletter
    latest = latest_of([newsletter.pk]).get(newsletter.pk)
    return render_letter(
        "welcome",
        {
            "letterhead": letterhead(Publisher.objects.current(), newsletter.language),
            "newsletter": newsletter.name,
            "frequency": newsletter.frequency,
            "text": newsletter.welcome_text,
            "latest_subject": latest.subject if latest else "",
            "latest_url": latest.url if latest else "",
            "leave_url": links.leave_url(reader.public_id, newsletter.public_id),
        },
    )
