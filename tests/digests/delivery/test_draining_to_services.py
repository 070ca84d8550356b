"""A digest through an ESP that fails as ESPs do: the account and what the ESP took agree, reader by reader."""

import random
from collections.abc import Iterator

import pytest

from digests import ledger
from digests.choices import DigestState, Outcome, UncertainPolicy
from digests.delivery import finishing
from digests.delivery.draining import drain
from digests.delivery.transports.base import Transport
from digests.delivery.transports.service import ServiceTransport
from digests.models import Batch, Digest, Reason
from digests.models.ledger import SLICE_SIZE
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.models import Newsletter, Subscriber
from tests.builders import NOON, Press
from tests.digests.delivery.test_draining import claimed, lose_leases, open_slice
from tests.fakes import FakeTransport
from tests.service_stub import Fault, ServiceStub

MOST_ROUNDS = 40
SEVERAL_SLICES = 2 * SLICE_SIZE + 7


@pytest.fixture
def stub() -> Iterator[ServiceStub]:
    with ServiceStub() as running:
        yield running


def a_digest(press: Press, count: int = SEVERAL_SLICES) -> tuple[Digest, list[Subscriber]]:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, count)
    return press.frozen(newsletter), readers


def drained_to(transport: Transport) -> None:
    """Until nothing is left, however often the service must rest."""
    for _round in range(MOST_ROUNDS):
        drain(transport, seconds=30)
        if not Batch.objects.filter(finished_at__isnull=True).exists():
            break
        Batch.objects.filter(finished_at__isnull=True).update(due_at=NOON)  # as if time had passed
    transport.close()
    finishing.mark_sent()


def transport_to(stub: ServiceStub, esp: str) -> ServiceTransport:
    return ServiceTransport(parse_mail_url(stub.url(esp, timeout=0.15)), pauses=(0.01, 0.01))


@pytest.mark.parametrize("esp", ["mailgun", "postmark", "brevo", "resend"])
def test_a_digest_is_a_call_a_slice(esp: str, press: Press, stub: ServiceStub) -> None:
    digest, readers = a_digest(press)

    drained_to(transport_to(stub, esp))

    assert stub.copies == {reader.address: 1 for reader in readers}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: len(readers)}
    assert (len(stub.calls), stub.connections) == (3, 1)
    digest.refresh_from_db()
    assert digest.state == DigestState.SENT


def test_a_service_that_asks_for_rest_gets_it_and_then_the_same_readers(
    press: Press, stub: ServiceStub
) -> None:
    digest, readers = a_digest(press)
    stub.faults = [Fault.NONE, Fault.BUSY, Fault.BUSY]

    drained_to(transport_to(stub, "mailgun"))

    assert stub.copies == {reader.address: 1 for reader in readers}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: len(readers)}


def test_readers_in_doubt_at_a_service_without_keys_are_held(
    press: Press, stub: ServiceStub
) -> None:
    digest, readers = a_digest(press)
    stub.faults = [Fault.NONE, Fault.FAIL_AFTER]

    drained_to(transport_to(stub, "postmark"))

    assert stub.copies == {reader.address: 1 for reader in readers}
    assert ledger.counts(digest.pk) == {
        Outcome.ACCEPTED: len(readers) - SLICE_SIZE,
        Outcome.UNCERTAIN: SLICE_SIZE,
    }
    assert Reason.objects.filter(outcome=Outcome.UNCERTAIN).count() == SLICE_SIZE


def test_a_service_with_keys_leaves_nobody_in_doubt(press: Press, stub: ServiceStub) -> None:
    digest, readers = a_digest(press)
    stub.faults = [Fault.FAIL_AFTER, Fault.NONE, Fault.STALL_AFTER, Fault.NONE, Fault.DROP_AFTER]

    drained_to(transport_to(stub, "resend"))

    assert stub.copies == {reader.address: 1 for reader in readers}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: len(readers)}


def test_a_newsletter_may_say_that_readers_in_doubt_are_sent_again(
    press: Press, stub: ServiceStub
) -> None:
    digest, readers = a_digest(press, count=5)
    say(digest.newsletter, UncertainPolicy.RESEND)
    stub.faults = [Fault.FAIL_AFTER]

    drained_to(transport_to(stub, "postmark"))

    assert stub.copies == {reader.address: 2 for reader in readers}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: len(readers)}


@pytest.mark.parametrize(
    ("way", "outcome"),
    [("mailgun", Outcome.UNCERTAIN), ("resend", Outcome.UNCERTAIN), ("smtp x", Outcome.ACCEPTED)],
)
def test_what_a_lost_worker_had_in_hand_is_sent_again_by_mail_server_only(
    way: str, outcome: Outcome, press: Press
) -> None:
    digest, readers = a_digest(press, count=5)
    transport = FakeTransport()
    transport.name = way
    open_slice(claimed(), transport=way)
    lose_leases()

    drained_to(transport)

    assert ledger.counts(digest.pk) == {outcome: len(readers)}


def test_each_slice_has_a_key_of_its_own(press: Press) -> None:
    a_digest(press)
    transport = FakeTransport()
    drained_to(transport)
    assert len(set(transport.keys)) == len(transport.keys) == 3
    assert all(transport.keys)


@pytest.mark.parametrize("esp", ["mailgun", "postmark", "brevo", "resend"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_a_service_does_the_account_agrees_with_what_it_took(
    esp: str, seed: int, press: Press, stub: ServiceStub
) -> None:
    digest, readers = a_digest(press, count=4 * SLICE_SIZE)
    chance = random.Random(seed)
    stub.faults = chance.choices(list(Fault), k=12)
    stub.refused = {reader.address for reader in chance.sample(readers, 2)}

    drained_to(transport_to(stub, esp))

    assert ledger.counts(digest.pk).total() == len(readers)
    counted = stub.copies
    for reader in readers:
        delivery = ledger.delivery_of(digest.pk, reader.pk)
        assert delivery is not None
        copies = counted[reader.address]
        if reader.address in stub.refused:
            assert delivery.outcome in {Outcome.FAILED, Outcome.UNCERTAIN}
            assert copies == 0
        elif delivery.outcome == Outcome.UNCERTAIN:
            assert copies <= 1
        else:
            assert (delivery.outcome, copies) == (Outcome.ACCEPTED, 1)


def say(newsletter: Newsletter, policy: UncertainPolicy) -> None:
    newsletter.template.uncertain_policy = policy
    newsletter.template.save()
