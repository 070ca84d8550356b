"""A link by e-mail to all of a reader's preferences: it proves the mailbox, for half an hour and nothing else.

Whoever asks gets the same answer for every address; only the mail differs.
"""

from datetime import datetime, timedelta

from django.db import transaction

from subscriptions.links import Scope, read
from subscriptions.mailing import letters
from subscriptions.models import Letter, ManageLink, Subscriber

MANAGE_LETTER = "preferences"
VALID_FOR = timedelta(minutes=30)
# An earlier link goes on to work, so that nobody can end a reader's half hour by asking for another.
LETTER_PAUSE = timedelta(minutes=5)
LETTERS_A_DAY = 5


def ask(address: str, *, now: datetime) -> int | None:
    """Write the letter to a normalised address. Returns its id for the doorbell; None when none is called for."""
    reader = Subscriber.objects.with_address(address).first()
    return None if reader is None else ask_for(reader, now=now)


def ask_for(subscriber: Subscriber, *, now: datetime) -> int | None:
    """Send a link to the preferences to the address that we know.

    None: the address is suppressed, or has had its service emails.
    """
    with transaction.atomic():
        reader = Subscriber.objects.select_for_update(no_key=True).filter(pk=subscriber.pk).first()
        if reader is None or reader.suppressed_at is not None or _has_had_enough(reader, now):
            return None
        ManageLink.objects.filter(subscriber=reader, expires_at__lte=now).delete()
        link = ManageLink.objects.create(
            subscriber=reader, requested_at=now, expires_at=now + VALID_FOR
        )
        letter = letters.write(
            MANAGE_LETTER,
            reader.address,
            {"link": link.public_id},
            subscriber=reader,
            now=now,
            expires_at=link.expires_at,
        )
        return letter.pk


def _has_had_enough(reader: Subscriber, now: datetime) -> bool:
    written = Letter.objects.filter(
        subscriber=reader, kind=MANAGE_LETTER, created_at__gt=now - timedelta(days=1)
    ).order_by("-created_at")
    times = list(written.values_list("created_at", flat=True)[:LETTERS_A_DAY])
    return len(times) >= LETTERS_A_DAY or bool(times and times[0] > now - LETTER_PAUSE)


def find(token: str, *, now: datetime) -> Subscriber | None:
    """The reader whose mailbox had this link; None: it has run out, or was ended. Raises BadLink."""
    (public_id,) = read(Scope.MANAGE, token)
    link = (
        ManageLink.objects.select_related("subscriber")
        .filter(public_id=public_id, expires_at__gt=now)
        .first()
    )
    return link.subscriber if link else None


def end(token: str) -> None:
    """The reader is done, on a machine that others use too. Raises BadLink."""
    (public_id,) = read(Scope.MANAGE, token)
    ManageLink.objects.filter(public_id=public_id).delete()


def end_all(subscriber: Subscriber) -> None:
    """The mailbox that had them is no longer the reader's."""
    ManageLink.objects.filter(subscriber=subscriber).delete()
