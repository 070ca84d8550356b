"""Thin shells over the engines, on the queue `mail`."""

import logging
import time
from datetime import timedelta

from celery import shared_task
from django.conf import settings

from subscriptions import heartbeats, purging
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_for
from subscriptions.lost_connections import give_up_if_lost
from subscriptions.mailing import letters, transports, turns
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.single_mails import connection_of
from subscriptions.readers import gone
from subscriptions.sign_up import reminding

PATIENCE_SECONDS = 5
# Letters wait in the same queue.
PURGE_SECONDS = 60

logger = logging.getLogger(__name__)


@shared_task
def send_letter(letter_id: int) -> None:
    send_letters([letter_id])


@shared_task
def send_letters(letter_ids: list[int]) -> None:
    """Send service emails one after the other; those that others have, or that wait, are passed over.

    A letter whose turn does not come in time is rung again by the sweep.
    """
    own_way = _way_out()
    for letter_id, name in letters.routes_of(letter_ids).items():
        route = own_way if name == letters.OWN_ROUTE else settings.MAIL_ROUTES[name]
        if not turns.wait(route, seconds=PATIENCE_SECONDS):
            return
        letter = letters.claim(letter_id, now=database_now())
        if letter is None:
            turns.give_back(route)
        else:
            letters.send(letter, connection_of(route), now=database_now())


@shared_task
def sweep_letters() -> None:
    """Ring again for every letter that is due: its doorbell may have been lost."""
    heartbeats.note(heartbeats.LETTERS)
    ring_for(send_letter, ((letter_id,) for letter_id in letters.due_ids(now=database_now())))


def send_due_letters(seconds: float) -> None:
    """Here, one after the other, for about so long: nobody rings, or nobody answers."""
    end = time.monotonic() + seconds
    for letter_id in letters.due_ids(now=database_now()):
        if time.monotonic() > end:
            return
        try:
            send_letters([letter_id])
        except Exception:  # one that cannot be sent keeps no other from it
            logger.exception("Letter %s could not be sent.", letter_id)
            give_up_if_lost()


@shared_task
def remind() -> None:
    ring_for(send_letter, ((letter_id,) for letter_id in reminding.remind(now=database_now())))


@shared_task
def purge() -> None:
    """Forget what has had its time, batch by batch; what does not get its turn now does in an hour."""
    end = time.monotonic() + PURGE_SECONDS
    for purge_batch, days in (
        (purging.purge_unconfirmed, settings.UNCONFIRMED_DAYS),
        (purging.purge_letters, settings.LETTER_DAYS),
        (purging.purge_ips, settings.CONSENT_IP_DAYS),
        (gone.purge_gone, settings.LEFT_DAYS),
    ):
        while purge_batch(now=database_now(), kept=timedelta(days=days)):
            if time.monotonic() > end:
                return
    while purging.purge_spent(now=database_now()):
        pass


def _way_out() -> MailRoute:
    """The fallback is for letters too, where they leave by the way of the digests and that is down."""
    routes = settings.MAIL_ROUTES
    if "fallback" not in routes or routes["letters"].name != routes["digests"].name:
        return routes["letters"]
    return transports.usable([routes["letters"], routes["fallback"]], now=database_now())
