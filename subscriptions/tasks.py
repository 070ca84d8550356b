"""Thin shells over the engines, on the queue `mail`."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from subscriptions import letters, purging, reminding
from subscriptions.clock import database_now


@shared_task
def send_letter(letter_id: int) -> None:
    send_letters([letter_id])


@shared_task
def send_letters(letter_ids: list[int]) -> None:
    """One after the other; those that others have, or that wait, are passed over."""
    for letter_id in letter_ids:
        letter = letters.claim(letter_id, now=database_now())
        if letter is not None:
            connection = settings.MAIL_ROUTES["letters"].connect()
            letters.send(letter, connection, now=database_now())


@shared_task
def sweep_letters() -> None:
    """Ring again for every letter that is due: its doorbell may have been lost."""
    for letter_id in letters.due_ids(now=database_now()):
        send_letter.delay(letter_id)


@shared_task
def remind() -> None:
    for letter_id in reminding.remind(now=database_now()):
        send_letter.delay(letter_id)


@shared_task
def purge() -> None:
    """Forget what nobody confirmed, batch by batch."""
    kept = timedelta(days=settings.UNCONFIRMED_DAYS)
    while purging.purge_unconfirmed(now=database_now(), kept=kept):
        pass
    purging.purge_spent(now=database_now())
