"""From a frozen digest to an account of every reader."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from digests import ledger
from digests.choices import BatchKind, DigestState, Outcome, UncertainPolicy
from digests.decisions import steering
from digests.delivery import auditing, cancelling, claiming, finishing, slices
from digests.delivery.draining import drain
from digests.delivery.steps import Answers, OpenSlice, Stop
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.delivery.transports.choosing import open_transport
from digests.messages.message import Recipient
from digests.models import Batch, Digest, Reason, Slice
from digests.models.ledger import BATCH_SIZE, SLICE_SIZE
from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.leaving import leave
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Subscriber, Subscription
from tests.builders import NOON, Press
from tests.fakes import FakeTransport
from tests.smtp_sink import Sink

LONG = 30.0
EVIDENCE = Evidence("test")


def drained(transport: FakeTransport) -> None:
    """What workers and the tick do together."""
    drain(transport, seconds=LONG)
    for digest_id in cancelling.cancelled_with_batches():
        cancelling.close_batches(digest_id, now=database_now())
    finishing.mark_sent()


def state_of(digest: Digest) -> str:
    return str(Digest.objects.get(pk=digest.pk).state)


def lose_leases() -> None:
    """As if a worker had died a lease ago."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE digests_batch SET lease_until = clock_timestamp() - interval '1 s'")


def open_slice(
    held: claiming.Claim, previous: Answers | None = None, *, transport: str = "fake"
) -> OpenSlice:
    step = slices.advance(held, previous, transport=transport)
    assert isinstance(step, OpenSlice)
    return step


def claimed() -> claiming.Claim:
    held = claiming.claim()
    assert held is not None
    return held


def test_every_reader_of_a_frozen_digest_is_sent_once(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, BATCH_SIZE + SLICE_SIZE + 7)
    digest = press.frozen(newsletter)
    transport = FakeTransport()

    drained(transport)

    assert Counter(transport.taken) == Counter(reader.address for reader in readers)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: len(readers)}
    assert state_of(digest) == DigestState.SENT
    assert max(map(len, transport.slices)) == SLICE_SIZE


def test_a_digest_without_readers_is_sent_at_once(press: Press) -> None:
    digest = press.frozen(press.newsletter())
    drained(FakeTransport())
    assert state_of(digest) == DigestState.SENT
    assert digest.audience_size == 0


def test_the_ledger_tells_which_version_each_reader_had(press: Press) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    digest = press.frozen(newsletter)
    drained(FakeTransport())

    delivery = ledger.delivery_of(digest.pk, reader.pk)

    assert delivery is not None
    assert (delivery.outcome, delivery.version_number, delivery.transport) == (
        Outcome.ACCEPTED,
        1,
        "fake",
    )
    assert ledger.history_of(reader.pk) == [delivery]
    assert ledger.delivery_of(digest.pk, press.reader().pk) is None


def test_a_reader_who_went_away_since_the_freeze_is_not_mailed(press: Press) -> None:
    newsletter = press.newsletter()
    staying, away = press.reader(newsletter), press.reader(newsletter)
    digest = press.frozen(newsletter)
    Subscriber.objects.filter(pk=away.pk).update(paused_until=Now() + timedelta(days=14))
    transport = FakeTransport()

    drained(transport)

    assert transport.taken == [staying.address]
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 1, Outcome.PAUSED: 1}
    assert auditing.audit(digest.pk).is_clean


def test_readers_who_left_since_the_freeze_are_not_mailed(press: Press) -> None:
    newsletter = press.newsletter()
    staying, leaving, banned = (press.reader(newsletter) for _ in range(3))
    digest = press.frozen(newsletter)
    leave(Subscription.objects.get(subscriber=leaving), EVIDENCE, now=NOON)
    suppress(banned.address, SuppressionReason.COMPLAINT, now=NOON)
    transport = FakeTransport()

    drained(transport)

    assert transport.taken == [staying.address]
    assert ledger.counts(digest.pk) == {
        Outcome.ACCEPTED: 1,
        Outcome.LEFT: 1,
        Outcome.SUPPRESSED: 1,
    }


def test_a_refusal_is_recorded_with_its_reason(press: Press) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    digest = press.frozen(newsletter)
    no_such_user = Answer(Outcome.FAILED, "550", "5.1.1 no such\x00 user\r\nhere")

    drained(FakeTransport(lambda _recipient: no_such_user))

    reason = Reason.objects.get(digest=digest, subscriber_id=reader.pk)
    assert (reason.outcome, reason.code, reason.text) == (
        Outcome.FAILED,
        "550",
        "5.1.1 no such  user  here",
    )
    assert state_of(digest) == DigestState.SENT


def test_deferred_readers_wait_in_a_batch_of_their_own(press: Press) -> None:
    newsletter = press.newsletter()
    busy, _free = press.readers(newsletter, 2)
    digest = press.frozen(newsletter)

    def answer(recipient: Recipient) -> Answer:
        return Answer(Outcome.DEFERRED, "451") if recipient.address == busy.address else ACCEPTED

    drained(FakeTransport(answer))

    retry = Batch.objects.get(digest=digest, kind=BatchKind.RETRY)
    assert retry.recipient_ids == [busy.pk]
    assert retry.due_at > Batch.objects.get(digest=digest, kind=BatchKind.FIRST).due_at
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 1, Outcome.PENDING: 1}
    assert state_of(digest) == DigestState.SENDING

    Batch.objects.filter(pk=retry.pk).update(due_at=NOON)
    later = FakeTransport()
    drained(later)
    assert later.taken == [busy.address]
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 2}
    assert state_of(digest) == DigestState.SENT


def test_a_deferral_that_would_come_too_late_ends_as_expired(press: Press) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.frozen(newsletter)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE digests_batch SET expires_at = clock_timestamp() + interval '9 s'")

    drained(FakeTransport(lambda _recipient: Answer(Outcome.DEFERRED, "451")))

    assert ledger.counts(digest.pk) == {Outcome.EXPIRED: 1}
    assert state_of(digest) == DigestState.SENT


def test_nobody_is_mailed_after_the_digest_has_expired(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    Batch.objects.update(expires_at=NOON - timedelta(days=1))
    transport = FakeTransport()

    drained(transport)

    assert transport.taken == []
    assert ledger.counts(digest.pk) == {Outcome.EXPIRED: 3}


def test_a_dead_workers_open_slice_is_in_doubt_and_the_rest_goes_on(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, SLICE_SIZE * 3)
    digest = press.frozen(newsletter)
    dead = claimed()
    first = open_slice(dead)
    open_slice(dead, Answers(first, [ACCEPTED] * SLICE_SIZE))  # killed with these in flight
    lose_leases()
    transport = FakeTransport()

    drained(transport)

    in_doubt = readers[SLICE_SIZE : SLICE_SIZE * 2]
    assert sorted(transport.taken) == sorted(reader.address for reader in readers[SLICE_SIZE:])
    assert set(
        Reason.objects.filter(outcome=Outcome.UNCERTAIN).values_list("subscriber_id", flat=True)
    ) == {reader.pk for reader in in_doubt}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: len(readers)}


def test_readers_in_doubt_are_held_where_the_newsletter_says_so(press: Press) -> None:
    newsletter = press.newsletter()
    newsletter.template.uncertain_policy = UncertainPolicy.HOLD
    newsletter.template.save()
    press.readers(newsletter, SLICE_SIZE + 3)
    digest = press.frozen(newsletter)
    open_slice(claimed())
    lose_leases()
    transport = FakeTransport()

    drained(transport)

    assert len(transport.taken) == 3
    assert ledger.counts(digest.pk) == {Outcome.UNCERTAIN: SLICE_SIZE, Outcome.ACCEPTED: 3}
    assert state_of(digest) == DigestState.SENT


def test_a_worker_that_wakes_after_its_lease_notes_its_answers_and_sends_nothing(
    press: Press,
) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    digest = press.frozen(newsletter)
    sleeper = claimed()
    step = open_slice(sleeper)
    lose_leases()

    woken = slices.advance(sleeper, Answers(step, [ACCEPTED] * SLICE_SIZE), transport="fake")

    assert woken is Stop.LOST
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: SLICE_SIZE, Outcome.PENDING: SLICE_SIZE}
    assert Slice.objects.count() == 1


def test_a_worker_whose_batch_was_claimed_again_may_send_nothing(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    press.frozen(newsletter)
    sleeper = claimed()
    step = open_slice(sleeper)
    lose_leases()
    claimed()

    assert slices.advance(sleeper, Answers(step, [ACCEPTED] * 50), transport="fake") is Stop.LOST


def test_an_outcome_written_by_an_event_meanwhile_stays(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 2)
    digest = press.frozen(newsletter)
    held = claimed()
    step = open_slice(held)
    with connection.cursor() as cursor:
        ledger.write(cursor, held.batch_id, {0: Outcome.FAILED})

    slices.advance(held, Answers(step, [ACCEPTED, ACCEPTED]), transport="fake")

    assert ledger.counts(digest.pk) == {Outcome.FAILED: 1, Outcome.ACCEPTED: 1}


def test_readers_provably_not_sent_are_taken_back_and_sent_later(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, SLICE_SIZE * 2)
    digest = press.frozen(newsletter)
    transport = FakeTransport()
    transport.trouble_after = 20

    drained(transport)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 20, Outcome.PENDING: 80}
    transport.trouble_after = None
    drained(transport)

    assert Counter(transport.taken) == Counter(reader.address for reader in readers)
    assert Batch.objects.count() == 1
    assert [(part.start, part.stop) for part in Slice.objects.order_by("start")] == [
        (0, 20),
        (20, 70),
        (70, 100),
    ]


def test_a_server_that_is_away_from_the_start_leaves_no_trace(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    transport = FakeTransport()
    transport.trouble_after = 0

    for _attempt in range(3):
        drained(transport)

    assert ledger.counts(digest.pk) == {Outcome.PENDING: 3}
    assert not Slice.objects.exists()


@pytest.mark.parametrize("stop", ["pause", "cancel", "stop everything"])
def test_a_decision_of_staff_acts_on_the_next_slice(press: Press, stop: str) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 4)
    digest = press.frozen(newsletter)
    transport = FakeTransport()

    def decide() -> None:
        transport.before_send = lambda: None
        if stop == "pause":
            steering.pause(digest)
        elif stop == "cancel":
            steering.cancel(digest, "A mistake.", now=NOON)
        else:
            steering.stop_everything("the editor", now=NOON)

    transport.before_send = decide
    drained(transport)

    assert len(transport.taken) == SLICE_SIZE
    left = Outcome.CANCELLED if stop == "cancel" else Outcome.PENDING
    if stop == "cancel":
        assert state_of(digest) == DigestState.CANCELLED
    assert ledger.counts(digest.pk)[Outcome.ACCEPTED] == SLICE_SIZE
    assert ledger.counts(digest.pk)[left] == SLICE_SIZE * 3


def test_a_paused_digest_goes_on_where_it_stopped(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    steering.pause(digest)
    transport = FakeTransport()
    drained(transport)
    assert transport.taken == []

    steering.resume(digest)
    drained(transport)

    assert len(transport.taken) == len(readers)


def test_a_new_version_reaches_the_readers_not_yet_sent(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    digest = press.frozen(newsletter)
    first = digest.sending_version
    assert first is not None
    second = digest.versions.create(
        number=2,
        subject="Corrected",
        html=first.html,
        text=first.text,
        headers=first.headers,
        created_at=NOON,
    )
    transport = FakeTransport()

    def swap() -> None:
        transport.before_send = lambda: None
        Digest.objects.filter(pk=digest.pk).update(sending_version=second)

    transport.before_send = swap
    drained(transport)

    assert [part.version_id for part in Slice.objects.order_by("start")] == [first.pk, second.pk]


def test_a_batch_makes_way_for_something_more_urgent(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    press.frozen(newsletter)
    held = claimed()
    step = open_slice(held)
    alert = press.frozen(newsletter, slot="alert-1")
    Batch.objects.filter(digest=alert).update(priority=-10)

    stopped = slices.advance(held, Answers(step, [ACCEPTED] * SLICE_SIZE), transport="fake")

    assert stopped is Stop.PRIORITY
    assert claimed().digest_id == alert.pk


def test_digests_interleave_so_that_a_small_one_does_not_wait(press: Press) -> None:
    large, small = press.newsletter("Large"), press.newsletter("Small")
    press.readers(large, BATCH_SIZE * 3)
    press.readers(small, 3)
    first, second = press.frozen(large), press.frozen(small)

    order = [claimed().digest_id for _ in range(4)]

    assert second.pk in order[:2]  # both begin with a first batch
    assert order.count(first.pk) == 3


def test_a_worker_told_to_end_leaves_no_reader_in_doubt(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 3)
    digest = press.frozen(newsletter)
    transport = FakeTransport()

    drain(transport, seconds=LONG, should_end=lambda: bool(transport.taken))

    assert len(transport.taken) == SLICE_SIZE
    assert not Slice.objects.filter(settled_at=None).exists()
    assert ledger.counts(digest.pk) == {
        Outcome.ACCEPTED: SLICE_SIZE,
        Outcome.PENDING: SLICE_SIZE * 2,
    }
    assert Batch.objects.get().lease_until is None


def test_a_worker_that_waits_keeps_its_batch_while_it_renews_the_lease(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.frozen(newsletter)
    held = claimed()
    open_slice(held)
    Batch.objects.update(lease_until=Now() + timedelta(seconds=1))

    assert claiming.renew(held)

    assert Batch.objects.filter(lease_until__gt=Now() + timedelta(seconds=30)).exists()
    lose_leases()
    assert not claiming.renew(held)


def test_a_lease_in_other_hands_is_not_renewed(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.frozen(newsletter)
    held = claimed()
    lose_leases()
    other = claimed()

    assert not claiming.renew(held)
    assert claiming.renew(other)


def test_a_digest_goes_out_over_smtp_and_the_ledger_is_what_the_server_took(press: Press) -> None:
    newsletter = press.newsletter()
    people = press.readers(newsletter, SLICE_SIZE * 2 + 7)
    digest = press.frozen(newsletter)
    refused, busy = people[5].address, people[70].address
    with Sink() as sink:
        sink.acts(f"RCPT TO:<{refused}", "550 5.1.1 Nobody here")
        sink.acts(f"RCPT TO:<{busy}", "450 4.2.0 Later")
        sink.acts(f"RCPT TO:<{people[30].address}", "421 4.3.2 Restarting", times=1)
        transport = open_transport(parse_mail_url(f"smtp://127.0.0.1:{sink.port}"))
        drain(transport, seconds=LONG)
        transport.close()

        assert Counter(sink.addresses) == Counter(
            {person.address for person in people} - {refused, busy}
        )
    assert ledger.counts(digest.pk) == {
        Outcome.ACCEPTED: len(people) - 2,
        Outcome.FAILED: 1,
        Outcome.PENDING: 1,
    }
    reason = Reason.objects.get(digest=digest, outcome=Outcome.FAILED)
    assert (reason.code, reason.text) == ("550 5.1.1", "Nobody here")
