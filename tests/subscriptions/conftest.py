"""A reader's half of the world: requests under way, and the bell."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from celery import current_app

from subscriptions import doorbell, links
from subscriptions.evidence import Evidence
from subscriptions.models import Newsletter, SignUp, Subscriber
from subscriptions.sign_up import blocking, opt_in

EVIDENCE = Evidence("test")


class Bell:
    """The broker's queue of letters: a message lies there for each letter a worker was called for."""

    def letter_ids(self) -> list[int]:
        doorbell.flush()
        return [letter_id for ids in self.messages() for letter_id in ids]

    def messages(self) -> list[list[int]]:
        """The letters of each bell that was rung."""
        with current_app.connection_for_read() as connection:
            queue = connection.SimpleQueue("mail")
            found: list[list[int]] = []
            while queue.qsize():
                message = queue.get_nowait()
                arguments, _named, _options = message.decode()
                if arguments:  # else it calls for something without letters: a purge, a reminder
                    found.append(arguments[0] if isinstance(arguments[0], list) else arguments)
                message.ack()
            queue.close()
        return found


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    bell.letter_ids()
    yield bell
    bell.letter_ids()


def not_me_url(subscriber: Subscriber) -> str:
    """As the letter to this reader has it."""
    return links.not_me_url(subscriber.public_id, blocking.name_of(subscriber.address))


def ask(address: str, *newsletters: Newsletter, now: datetime) -> SignUp:
    """A request as the form leaves it; returns the row that is open for the address."""
    opt_in.request(address, [each.slug for each in newsletters], EVIDENCE, now=now)
    return SignUp.objects.get(subscriber__address=address, confirmed_at=None)
