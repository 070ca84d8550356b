"""The words of each kind of letter that this app sends."""

from datetime import datetime

from subscriptions import links
from subscriptions.languages import direction_of
from subscriptions.letters import Obsolete, writer
from subscriptions.models import Letter, Publisher, SignUp
from subscriptions.rendering.letters import render_letter
from subscriptions.rendering.rendered import Rendered
from subscriptions.signup import CONFIRM_WITHIN, CONFIRMATION

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
    sign_up = (
        SignUp.objects.select_related("subscriber")
        .filter(public_id=letter.context["sign_up"])
        .first()
    )
    if sign_up is None:
        raise Obsolete("A newer letter asks the same.")
    if sign_up.confirmed_at is not None:
        raise Obsolete("The reader has confirmed already.")
    newsletters = sign_up.newsletters.live().in_reading_order()
    names = tuple(newsletters.values_list("name", flat=True))
    if not names:
        raise Obsolete("None of the newsletters is to be had any more.")
    return render_letter(
        "confirmation",
        {
            "letterhead": letterhead(Publisher.objects.current(), sign_up.subscriber.language),
            "newsletters": names,
            "confirm_url": links.confirm_url(sign_up.public_id),
            "valid_hours": int(CONFIRM_WITHIN.total_seconds() // SECONDS_AN_HOUR),
        },
    )
