"""A digest that went out, and every ESP's keys."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from pytest_django import Settings

from digests.delivery.draining import drain
from digests.models import Digest
from digests.tracking import sns
from subscriptions.mailing import delivery_ids
from subscriptions.models import Subscriber
from tests.builders import Press
from tests.digests.tracking import posts
from tests.fakes import FakeTransport


@pytest.fixture
def keys(settings: Settings) -> Iterator[None]:
    settings.WEBHOOK_KEYS = posts.KEYS
    settings.SITE_URL = posts.SITE
    settings.SNS_SOURCE = "tests.digests.tracking.posts.certificate"
    posts.asked.clear()
    sns.forget_certificates()
    yield
    sns.forget_certificates()


@dataclass
class Sent:
    digest: Digest
    readers: list[Subscriber]

    @property
    def reader(self) -> Subscriber:
        return self.readers[0]

    def mail(self, number: int = 0) -> posts.Mail:
        reader = self.readers[number]
        name = delivery_ids.for_digest(self.digest.public_id, reader.public_id)
        return posts.Mail(reader.address, name)


@pytest.fixture
def sent(press: Press, keys: None) -> Sent:
    """To three readers, accepted by the server a moment ago."""
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    drain(FakeTransport(), seconds=5)
    return Sent(digest, readers)


def force_outcome(digest: Digest, position: int, code: int) -> None:
    """What a worker would have left behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE digests_batch SET outcomes = set_byte(outcomes, %s, %s) WHERE digest_id = %s",
            [position, code, digest.pk],
        )
