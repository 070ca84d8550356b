"""A digest that too many refuse or complain about is paused, and staff decide."""

from hashlib import sha256

import pytest

from digests import ledger
from digests.choices import DigestState, EventKind, EventState, Outcome
from digests.decisions import steering
from digests.delivery import finishing
from digests.delivery.draining import drain
from digests.delivery.pace import breaker
from digests.delivery.pace.breaker import Numbers
from digests.delivery.pace.pacing import TransportPace
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.messages.message import Recipient
from digests.models import Alert, Digest, Event
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.transports import WELL
from subscriptions.models import Subscriber
from tests.builders import NOON, Press
from tests.fakes import FakeTransport

pytestmark = pytest.mark.django_db
NO_SUCH_USER = Answer(Outcome.FAILED, "550 5.1.1", "No such user")


def sent(transport: FakeTransport) -> None:
    drain(transport, seconds=30, pace=TransportPace(MailRoute("fake", ""), WELL))


def refusing_each(number: int) -> FakeTransport:
    """The server knows none of every so many readers."""
    tried: list[str] = []

    def answer(recipient: Recipient) -> Answer:
        tried.append(recipient.address)
        return NO_SUCH_USER if len(tried) % number == 0 else ACCEPTED

    return FakeTransport(answer)


def fresh(digest: Digest) -> Digest:
    return Digest.objects.get(pk=digest.pk)


def complaint(digest: Digest, reader: Subscriber) -> None:
    Event.objects.create(
        esp="mailgun",
        dedupe_key=sha256(reader.address.encode()).digest(),
        body_hash=bytes(32),
        kind=EventKind.COMPLAINED,
        state=EventState.APPLIED,
        occurred_at=NOON,
        received_at=NOON,
        digest=digest,
        subscriber_id=reader.pk,
        has_suppressed=True,
    )


def test_a_digest_that_one_in_ten_servers_refuse_is_paused_with_the_numbers(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 1500)
    digest = press.frozen(newsletter)

    sent(refusing_each(10))

    assert fresh(digest).state == DigestState.PAUSED
    tally = ledger.counts(digest.pk)
    assert 500 <= tally[Outcome.ACCEPTED] + tally[Outcome.FAILED] <= 800
    said = Alert.objects.get(digest=digest).text
    # The last fifty are not noted yet.
    assert "for good (9.0%; 5% is the limit)" in said


def test_staff_may_go_on_and_only_new_numbers_stop_it_again(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 2000)
    digest = press.frozen(newsletter)
    sent(refusing_each(10))
    first = ledger.counts(digest.pk)[Outcome.PENDING]

    steering.resume(digest)
    assert not breaker.look(digest.pk, now=NOON)
    sent(refusing_each(10))
    assert fresh(digest).state == DigestState.PAUSED
    second = ledger.counts(digest.pk)[Outcome.PENDING]
    assert first - second >= 500

    steering.resume(digest)
    sent(FakeTransport())
    assert ledger.counts(digest.pk)[Outcome.PENDING] == 0


def test_one_in_a_hundred_stops_nothing(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 800)
    digest = press.frozen(newsletter)
    sent(refusing_each(100))
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 792, Outcome.FAILED: 8}


def test_few_readers_prove_little(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 400)
    digest = press.frozen(newsletter)
    sent(refusing_each(2))
    assert ledger.counts(digest.pk)[Outcome.PENDING] == 0


def test_complaints_pause_what_is_still_under_way(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 1200)
    digest = press.frozen(newsletter)
    transport = FakeTransport()
    transport.before_send = lambda: steering.pause(digest) if len(transport.taken) == 600 else None
    sent(transport)
    complaint(digest, readers[0])
    steering.resume(digest)
    assert not breaker.look(digest.pk, now=NOON)
    complaint(digest, readers[1])
    assert Numbers(700, 0, 1).is_too_many
    assert not Numbers(1000, 50, 1).is_too_many


def test_a_digest_that_is_sent_already_only_raises_the_alert(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 600)
    digest = press.frozen(newsletter)
    sent(FakeTransport())
    finishing.mark_sent()
    for reader in readers[:2]:
        complaint(digest, reader)

    assert breaker.look(digest.pk, now=NOON)

    assert fresh(digest).state == DigestState.SENT
    assert "2 complained (0.33%; 0.1% is the limit)" in Alert.objects.get(digest=digest).text
    assert not breaker.look(digest.pk, now=NOON)
