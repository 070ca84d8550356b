"""A reader who becomes one with another row while a digest is on its way gets it once, at the address that is left."""

import json
from pathlib import Path

import pytest

from digests import ledger
from digests.choices import Outcome
from digests.delivery import auditing
from digests.delivery.draining import drain
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.messages.message import Recipient, message_id
from digests.models import Batch, Digest, Reason
from subscriptions import leaving, links
from subscriptions.models import FormerId, Newsletter, Subscriber, Subscription
from subscriptions.readers.uniting import unite
from tests.builders import NOON, Press
from tests.digests.delivery.test_draining import drained
from tests.fakes import FakeTransport
from tests.subscriptions.conftest import EVIDENCE

pytestmark = pytest.mark.django_db

OLD, NEW = "old@example.org", "new@example.org"


@pytest.fixture
def briefing(press: Press) -> Newsletter:
    return press.newsletter()


def united(gone: Subscriber, into: Subscriber) -> None:
    unite(gone, into=into, evidence=EVIDENCE, now=NOON)


def busy_for_old(recipient: Recipient) -> Answer:
    if recipient.address == OLD:
        return Answer(Outcome.DEFERRED, "451", "Try again later.")
    return ACCEPTED


def outcome(digest: Digest, reader_id: int) -> Outcome | None:
    delivery = ledger.delivery_of(digest.pk, reader_id)
    return delivery.outcome if delivery else None


def test_the_surviving_row_stands_in(press: Press, briefing: Newsletter) -> None:
    reader, known = press.reader(briefing, address=OLD), press.reader(address=NEW)
    former, public_id = reader.pk, reader.public_id
    others = press.readers(briefing, 3)
    digest = press.frozen(briefing)
    united(reader, known)
    named: list[Recipient] = []

    def take(recipient: Recipient) -> Answer:
        named.append(recipient)
        return ACCEPTED

    transport = FakeTransport(take)

    drained(transport)

    assert sorted(transport.taken) == sorted([NEW, *(other.address for other in others)])
    assert outcome(digest, former) is Outcome.ACCEPTED
    assert auditing.audit(digest.pk).is_clean
    recipient = next(one for one in named if one.address == NEW)
    assert (recipient.subscriber_id, recipient.public_id) == (former, public_id)
    tie = leaving.find(links.LeaveToken(recipient.public_id, briefing.public_id))
    assert tie is not None
    assert tie.subscriber == known


def test_a_servers_log_agrees(press: Press, briefing: Newsletter, tmp_path: Path) -> None:
    reader, known = press.reader(briefing, address=OLD), press.reader(address=NEW)
    name = reader.public_id
    digest = press.frozen(briefing)
    united(reader, known)
    drained(FakeTransport())
    log = tmp_path / "log"
    line = {
        "at": 1.0,
        "recipient": NEW,
        "message_id": message_id(digest.public_id, name),
        "leave": links.leave_url(name, briefing.public_id),
        "reply": "250 Ok",
    }
    log.write_text(json.dumps(line) + "\n")
    assert auditing.audit(digest.pk, log=log).is_clean


@pytest.mark.parametrize("survivor_is_older", [True, False])
def test_who_was_in_it_twice_gets_it_once(
    press: Press, briefing: Newsletter, survivor_is_older: bool
) -> None:
    first, second = press.reader(briefing, address=OLD), press.reader(briefing, address=NEW)
    gone, known = (second, first) if survivor_is_older else (first, second)
    former, address = gone.pk, known.address
    digest = press.frozen(briefing)
    united(gone, known)
    transport = FakeTransport()

    drained(transport)

    assert transport.taken == [address]
    assert outcome(digest, former) is Outcome.LEFT
    assert "another address" in Reason.objects.get(subscriber_id=former).text
    assert auditing.audit(digest.pk).is_clean


def test_of_two_rows_that_became_a_third_one_stands_for_it(
    press: Press, briefing: Newsletter
) -> None:
    gone = [press.reader(briefing) for _row in range(2)]
    ids = [reader.pk for reader in gone]
    known = press.reader(address=NEW)
    digest = press.frozen(briefing)
    for reader in gone:
        united(reader, known)
    transport = FakeTransport()

    drained(transport)

    assert transport.taken == [NEW]
    assert [outcome(digest, pk) for pk in ids] == [Outcome.ACCEPTED, Outcome.LEFT]


def test_who_had_it_before_the_rows_became_one_gets_no_second(
    press: Press, briefing: Newsletter
) -> None:
    later, sooner = press.reader(briefing, address=OLD), press.reader(briefing, address="b@x.org")
    known = press.reader(address=NEW)
    former = later.pk
    digest = press.frozen(briefing)
    transport = FakeTransport(busy_for_old)
    drain(transport, seconds=30)
    for reader in (later, sooner):
        united(reader, known)
    Batch.objects.filter(finished_at=None).update(due_at=NOON)

    drained(transport)

    assert transport.taken == ["b@x.org"]
    assert outcome(digest, former) is Outcome.LEFT


def test_who_waits_for_a_second_attempt_gets_it_at_the_new_address(
    press: Press, briefing: Newsletter
) -> None:
    reader, known = press.reader(briefing, address=OLD), press.reader(address=NEW)
    former = reader.pk
    digest = press.frozen(briefing)
    transport = FakeTransport(busy_for_old)
    drain(transport, seconds=30)
    united(reader, known)
    Batch.objects.filter(finished_at=None).update(due_at=NOON)

    drained(transport)

    assert transport.taken == [NEW]
    assert outcome(digest, former) is Outcome.ACCEPTED
    assert auditing.audit(digest.pk).is_clean


def test_who_left_after_it_is_not_mailed(press: Press, briefing: Newsletter) -> None:
    reader, known = press.reader(briefing, address=OLD), press.reader(address=NEW)
    former = reader.pk
    digest = press.frozen(briefing)
    united(reader, known)
    leaving.leave(Subscription.objects.get(subscriber=known), EVIDENCE, now=NOON)
    transport = FakeTransport()

    drained(transport)

    assert transport.taken == []
    assert outcome(digest, former) is Outcome.LEFT


def test_an_erased_reader_has_no_stand_in(press: Press, briefing: Newsletter) -> None:
    reader, known = press.reader(briefing, address=OLD), press.reader(address=NEW)
    former = reader.pk
    digest = press.frozen(briefing)
    united(reader, known)
    known.delete()
    assert not FormerId.objects.exists()

    drained(FakeTransport())

    assert outcome(digest, former) is Outcome.LEFT
    assert not Reason.objects.exists()
