"""The first mail of a newsletter, right after a reader has confirmed: a word of welcome and the latest digest."""

from collections.abc import Iterable
from datetime import datetime

from subscriptions.mailing import letters
from subscriptions.models import Newsletter, Subscriber

WELCOME = "welcome"


def welcome(
    subscriber: Subscriber, newsletters: Iterable[Newsletter], *, now: datetime
) -> tuple[int, ...]:
    """In the caller's transaction, for newsletters that welcome. Returns the letters' ids, for the doorbell."""
    return tuple(
        letters.write(
            WELCOME,
            subscriber.address,
            {"newsletter": newsletter.pk},
            subscriber=subscriber,
            now=now,
        ).pk
        for newsletter in newsletters
        if newsletter.welcomes
    )
