"""What servers say of an address while it is mailed counts like a bounce that comes back later."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import ledger
from digests.choices import AlertKind, Outcome
from digests.delivery import claiming, slices, troubles
from digests.delivery.draining import drain
from digests.delivery.steps import Answers, OpenSlice
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.delivery.transports.choosing import open_transport
from digests.models import Alert, Batch, Digest, Reason
from subscriptions.choices import BounceKind, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import BounceReport, Newsletter, Subscriber, Suppression
from tests.builders import Press
from tests.fakes import FakeTransport
from tests.smtp_sink import CHUNKING, PIPELINING, PLAIN, Sink

DEAD = Answer(Outcome.FAILED, "550 5.1.1", "No such user", BounceKind.HARD)
FULL = Answer(Outcome.FAILED, "552 5.2.2", "Mailbox full", BounceKind.SOFT)
MINUTES = 30.0


def send(digest_of: Digest, answer: Answer) -> Digest:
    drain(FakeTransport(lambda _reader: answer), seconds=MINUTES)
    return digest_of


def opened() -> tuple[claiming.Claim, OpenSlice]:
    held = claiming.claim()
    assert held is not None
    step = slices.advance(held, None, transport="fake")
    assert isinstance(step, OpenSlice)
    return held, step


def settle(held: claiming.Claim, step: OpenSlice, answers: Sequence[Answer]) -> None:
    slices.advance(held, Answers(step, answers), transport="fake")


@pytest.mark.parametrize("extensions", [CHUNKING, PIPELINING, PLAIN])
def test_a_mailbox_refused_at_the_door_is_given_up_and_not_asked_again(
    press: Press, extensions: tuple[str, ...]
) -> None:
    newsletter = press.newsletter()
    dead, alive = press.readers(newsletter, 2)
    digest = press.frozen(newsletter)
    with Sink(extensions=extensions) as sink:
        sink.acts(f"RCPT TO:<{dead.address}>", f"550 5.1.1 <{dead.address}>: no such user here")
        transport = open_transport(parse_mail_url(f"smtp://127.0.0.1:{sink.port}"))
        drain(transport, seconds=MINUTES)
        again = press.frozen(newsletter, slot="evening")
        drain(transport, seconds=MINUTES)
        transport.close()
        asked = [line for line in sink.commands if dead.address in line and "RCPT" in line]

    report = BounceReport.objects.get()
    assert (report.subscriber, report.kind, report.code) == (dead, BounceKind.HARD, "5.1.1")
    assert report.source == f"digest {digest.pk}, smtp 127.0.0.1"
    assert "no such user here" in report.text
    row = Suppression.objects.get()
    assert (row.address, row.reason) == (dead.address, SuppressionReason.BOUNCE)
    assert row.note.startswith(f"digest {digest.pk}, smtp 127.0.0.1, ")
    assert len(asked) == 1
    assert sink.addresses == [alive.address, alive.address]
    assert ledger.counts(again.pk) == {Outcome.ACCEPTED: 1}


def test_answers_that_are_noted_again_are_one_report(press: Press) -> None:
    """The database answered the first time, but its answer never came."""
    newsletter = press.newsletter()
    press.readers(newsletter, 2)
    press.frozen(newsletter)
    held, step = opened()
    settle(held, step, [DEAD, ACCEPTED])
    slices.advance(held, Answers(step, [DEAD, ACCEPTED]), transport="fake", again=True)

    assert BounceReport.objects.count() == 1
    assert Suppression.objects.count() == 1


def test_report_and_outcome_are_written_together_or_not_at_all(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 2)
    digest = press.frozen(newsletter)
    held, step = opened()
    with (
        connection.cursor() as cursor
    ):  # the last statement of the transaction fails, as at a crash
        cursor.execute("ALTER TABLE subscriptions_subscriber ADD CHECK (suppressed_at IS NULL)")
    with pytest.raises(Exception, match="check constraint"):
        settle(held, step, [DEAD, ACCEPTED])

    assert ledger.counts(digest.pk) == {Outcome.PENDING: 2}
    assert not BounceReport.objects.exists()
    assert not Suppression.objects.exists()


def test_what_says_nothing_of_the_address_leaves_no_report(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.frozen(newsletter)
    held, step = opened()
    settle(held, step, [Answer(Outcome.FAILED, "550"), Answer(Outcome.DEFERRED, "451"), ACCEPTED])

    assert not BounceReport.objects.exists()
    assert not Suppression.objects.exists()


def _moves(reader: Subscriber, _press: Press) -> None:
    Subscriber.objects.filter(pk=reader.pk).update(address="elsewhere@example.org")


def _is_erased(reader: Subscriber, _press: Press) -> None:
    reader.delete()


@pytest.mark.parametrize("happens", [_moves, _is_erased])
def test_who_has_that_address_no_more_is_not_blamed_for_it(
    press: Press, happens: Callable[[Subscriber, Press], None]
) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    press.frozen(newsletter)
    held, step = opened()
    happens(reader, press)
    settle(held, step, [DEAD])

    assert not BounceReport.objects.exists()
    assert not Subscriber.objects.exclude(suppressed_at=None).exists()


def test_who_has_taken_the_address_over_meanwhile_is_meant(press: Press) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    press.frozen(newsletter)
    held, step = opened()
    old = reader.address
    _moves(reader, press)
    heir = press.reader(address=old.upper().replace("EXAMPLE.ORG", "example.org"))
    settle(held, step, [DEAD])

    assert BounceReport.objects.get().subscriber == heir
    assert is_suppressed(old)


def test_a_full_mailbox_counts_as_often_as_digests_met_it(press: Press) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    for number in range(4):
        send(press.frozen(newsletter, slot=f"day-{number}"), FULL)
    _spread_over_weeks(reader, database_now())
    assert not is_suppressed(reader.address)

    send(press.frozen(newsletter, slot="day-5"), FULL)

    assert is_suppressed(reader.address)
    assert BounceReport.objects.filter(kind=BounceKind.SOFT).count() == 5


def test_a_mail_that_arrived_wipes_out_what_the_server_said_before(press: Press) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    for number in range(4):
        send(press.frozen(newsletter, slot=f"day-{number}"), FULL)
    send(press.frozen(newsletter, slot="arrived"), ACCEPTED)
    _spread_over_weeks(reader, database_now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE digests_slice SET started_at = started_at - interval '6 days'")

    send(press.frozen(newsletter, slot="day-5"), FULL)

    assert not is_suppressed(reader.address)


def _spread_over_weeks(reader: Subscriber, now: datetime) -> None:
    for number, report in enumerate(BounceReport.objects.filter(subscriber=reader).order_by("-pk")):
        report.occurred_at = now - timedelta(days=8 + 4 * number)
        report.save()


def statements_for(press: Press, newsletter: Newsletter, answers: Sequence[Answer]) -> int:
    press.frozen(newsletter, slot=f"slot-{Digest.objects.count()}")
    held, step = opened()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        settle(held, step, answers)
    return len(captured)


def test_many_refused_readers_cost_no_more_statements_than_one(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 40)
    neutral = Answer(Outcome.FAILED, "550", "No")
    soft = [FULL] * 20 + [neutral] * 20
    nobody = statements_for(press, newsletter, [neutral] * 40)
    one = statements_for(press, newsletter, [FULL] + [neutral] * 39)
    many = statements_for(press, newsletter, soft)
    all_dead = statements_for(press, newsletter, [DEAD] * 40)

    assert many == one
    assert all_dead <= one + 2
    assert one - nobody <= 6


def test_a_small_digest_whose_message_is_refused_waits_and_staff_hear_the_size_and_words(
    press: Press,
) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    Digest.objects.filter(pk=digest.pk).update(frozen_at=database_now() - timedelta(minutes=3))
    with Sink() as sink:
        sink.acts("CONTENT", "552 5.3.4 Message size exceeds fixed limit", times=3)
        transport = open_transport(parse_mail_url(f"smtp://127.0.0.1:{sink.port}"))
        done = drain(transport, seconds=MINUTES)
        troubles.tell(done.troubled, done.going_on, done.trouble, now=database_now())

        assert ledger.counts(digest.pk) == {Outcome.PENDING: 3}
        alert = Alert.objects.get(digest=digest, kind=AlertKind.SENDING)
        assert re.search(r"message of \d+ bytes: 552 5\.3\.4 Message size exceeds", alert.text)
        assert not done.rest_seconds  # other digests go on by this way
        assert not Reason.objects.exists()
        assert not BounceReport.objects.exists()

        Batch.objects.update(due_at=database_now())  # a minute later, with the limit raised
        drain(transport, seconds=MINUTES)
        transport.close()
    assert sorted(sink.addresses) == sorted(reader.address for reader in readers)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 3}
