"""What is known after something broke is kept; what is not known is said; nobody is sent twice for nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digests import ledger
from digests.choices import AlertKind, DigestState, Outcome, UncertainPolicy
from digests.decisions import steering
from digests.delivery import cancelling, claiming, finishing, quarantine, slices, troubles
from digests.delivery.draining import Drained, drain
from digests.delivery.steps import Answers, OpenSlice, Stop
from digests.delivery.transports.base import ACCEPTED, Answer, Result
from digests.messages.message import Message, Recipient
from digests.models import Alert, Batch, Digest, Slice, Template
from digests.models.ledger import SLICE_SIZE
from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.leaving import leave
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Letter, Publisher, Subscription
from tests.builders import NOON, Press
from tests.fakes import FakeTransport

TAKEN = [ACCEPTED] * SLICE_SIZE


class FaultyTransport(FakeTransport):
    """One of ours with a fault in it."""

    def send(self, message: Message, recipients: Sequence[Recipient], **_: object) -> Result:
        raise ZeroDivisionError("a fault of ours")


def claimed() -> claiming.Claim:
    held = claiming.claim()
    assert held is not None
    return held


def open_slice(held: claiming.Claim, previous: Answers | None = None) -> OpenSlice:
    step = slices.advance(held, previous, transport="fake")
    assert isinstance(step, OpenSlice)
    return step


def lose_worker(held: claiming.Claim | None = None) -> None:
    """A worker opens a slice and is never heard of again; the lease runs out."""
    open_slice(held or claimed())
    Batch.objects.update(lease_until=database_now() - timedelta(seconds=1))


def drained(transport: FakeTransport | None = None) -> Drained:
    return drain(transport or FakeTransport(), seconds=30)


def test_a_commit_whose_answer_was_lost_is_taken_up_where_it_was(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 3)
    digest = press.frozen(newsletter)
    held = claimed()
    first = Answers(open_slice(held), TAKEN)
    unheard = open_slice(held, first)

    step = slices.advance(held, first, transport="fake", again=True)

    assert step == unheard
    assert ledger.counts(digest.pk) == {
        Outcome.ACCEPTED: SLICE_SIZE,
        Outcome.PENDING: SLICE_SIZE * 2,
    }
    assert list(Slice.objects.order_by("start").values_list("start", "stop")) == [
        (0, SLICE_SIZE),
        (SLICE_SIZE, SLICE_SIZE * 2),
    ]


def test_a_call_that_was_not_committed_is_simply_made_again(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    digest = press.frozen(newsletter)
    held = claimed()
    first = Answers(open_slice(held), TAKEN)

    step = slices.advance(held, first, transport="fake", again=True)

    assert isinstance(step, OpenSlice)
    assert step.start == SLICE_SIZE
    assert ledger.counts(digest.pk)[Outcome.ACCEPTED] == SLICE_SIZE


def test_answers_told_twice_are_noted_once(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE)
    digest = press.frozen(newsletter)
    held = claimed()
    answers = Answers(open_slice(held), [Answer(Outcome.FAILED, "550"), *TAKEN[1:]])
    Digest.objects.update(state=DigestState.PAUSED)
    slices.advance(held, answers, transport="fake")

    assert slices.advance(held, answers, transport="fake", again=True) is Stop.LOST
    assert digest.reasons.count() == 1


@pytest.mark.parametrize(("doubted", "words"), [(1, "1 reader is"), (2, "2 readers are"), (0, "")])
def test_a_digest_that_ends_with_readers_in_doubt_is_told(
    press: Press, doubted: int, words: str
) -> None:
    Publisher.objects.update(alert_address="desk@example.org")
    newsletter = press.newsletter()
    Template.objects.update(uncertain_policy=UncertainPolicy.HOLD)
    readers = [reader.address for reader in press.readers(newsletter, 3)]
    press.frozen(newsletter)
    unsure = Answer(Outcome.UNCERTAIN, "The connection was lost.")
    drained(FakeTransport(lambda one: unsure if one.address in readers[:doubted] else ACCEPTED))
    for _tick in range(3):
        finishing.mark_sent()

    assert Digest.objects.get().state == DigestState.SENT
    told = [(alert.kind, words in alert.text) for alert in Alert.objects.all()]
    assert told == ([(AlertKind.DOUBT, True)] if doubted else [])
    assert Letter.objects.filter(address="desk@example.org").count() == len(told)


@pytest.mark.parametrize("ending", ["cancelled", "left", "suppressed", "expired", "deferred"])
def test_only_an_answer_ends_a_doubt(press: Press, ending: str) -> None:
    newsletter = press.newsletter()
    doubted, other = press.readers(newsletter, 2)
    digest = press.frozen(newsletter)
    lose_worker()
    retry_of_the_lost_slice = claimed()
    assert slices.advance(retry_of_the_lost_slice, None, transport="fake") is Stop.FINISHED

    if ending == "cancelled":
        steering.cancel(digest, "A mistake.", now=NOON)
    elif ending == "left":
        leave(Subscription.objects.get(subscriber=doubted), Evidence("test"), now=NOON)
    elif ending == "suppressed":
        suppress(doubted.address, SuppressionReason.COMPLAINT, now=NOON)
    elif ending == "expired":
        Batch.objects.update(expires_at=NOON - timedelta(days=1))
    answer = Answer(Outcome.DEFERRED, "451") if ending == "deferred" else ACCEPTED
    if ending == "deferred":
        Batch.objects.update(expires_at=database_now() + timedelta(seconds=9))
    drained(FakeTransport(lambda _recipient: answer))

    found = ledger.delivery_of(digest.pk, doubted.pk)
    assert found is not None
    assert found.outcome == Outcome.UNCERTAIN
    assert sum(ledger.counts(digest.pk).values()) == 2
    assert other.pk in {reason.subscriber_id for reason in digest.reasons.all()}


def test_three_workers_lost_in_a_row_pause_the_digest_and_tell_staff(press: Press) -> None:
    press.publisher.alert_address = "desk@example.org"
    press.publisher.save()
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 6)
    digest = press.frozen(newsletter)

    for _worker in range(quarantine.MOST_LOSSES):
        assert Digest.objects.get().state != DigestState.PAUSED
        lose_worker()
    drained()

    digest.refresh_from_db()
    assert digest.state == DigestState.PAUSED
    assert "3 workers in a row" in digest.state_reason
    assert Alert.objects.get(digest=digest, kind=AlertKind.SENDING).cleared_at is None
    assert Letter.objects.filter(address="desk@example.org").exists()
    assert ledger.counts(digest.pk) == {
        Outcome.UNCERTAIN: SLICE_SIZE * 3,
        Outcome.PENDING: SLICE_SIZE * 3,
    }


def test_a_resumed_digest_goes_out_and_its_alert_is_taken_back(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 6)
    digest = press.frozen(newsletter)
    for _worker in range(quarantine.MOST_LOSSES):
        lose_worker()
    drained()

    steering.resume(digest)
    done = drained()
    troubles.tell(done.troubled, done.going_on, done.trouble, now=database_now())
    finishing.mark_sent()

    digest.refresh_from_db()
    assert (digest.state, digest.state_reason) == (DigestState.SENT, "")
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: SLICE_SIZE * 6}
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_a_process_that_dies_with_many_connections_is_one_loss(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 500 * 4)
    digest = press.frozen(newsletter)
    for held in [claimed() for _connection in range(4)]:
        open_slice(held)
    Batch.objects.update(lease_until=database_now() - timedelta(seconds=1))

    drained()

    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 2000}


def test_losses_between_which_the_digest_got_on_do_not_add_up(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 8)
    digest = press.frozen(newsletter)
    for _worker in range(quarantine.MOST_LOSSES + 1):
        held = claimed()
        open_slice(held, Answers(open_slice(held), TAKEN))
        Batch.objects.update(lease_until=database_now() - timedelta(seconds=1))

    drained()

    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: SLICE_SIZE * 8}


def test_a_fault_of_ours_does_not_hold_the_batch_for_a_lease(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    digest = press.frozen(newsletter)

    done = drained(FaultyTransport())

    assert done.trouble
    assert claiming.has_work()
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: SLICE_SIZE * 2}
    assert set(digest.reasons.values_list("outcome", flat=True)) == {Outcome.UNCERTAIN}


def test_content_that_cannot_be_sent_waits_for_a_person_and_stops_no_other_digest(
    press: Press,
) -> None:
    bad, good = press.newsletter("Bad"), press.newsletter("Good")
    press.readers(bad, SLICE_SIZE)
    press.readers(good, SLICE_SIZE)
    poisoned, sound = press.frozen(bad), press.frozen(good)
    poisoned.sending_version = poisoned.versions.create(
        number=2, subject="Nobody", html="", text="", headers={}, created_at=NOON
    )
    poisoned.save()
    transport = FakeTransport()

    drained(transport)

    poisoned.refresh_from_db()
    assert ledger.counts(sound.pk) == {Outcome.ACCEPTED: SLICE_SIZE}
    assert Counter(transport.taken).most_common(1)[0][1] == 1
    assert poisoned.state == DigestState.PAUSED
    assert "cannot be made" in poisoned.state_reason
    assert ledger.counts(poisoned.pk) == {Outcome.PENDING: SLICE_SIZE}


def test_staff_hear_of_trouble_that_lasts_and_only_once(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    now = digest.frozen_at
    assert now is not None
    away = FakeTransport()
    away.trouble_after = 0

    done = drained(away)
    troubles.tell(done.troubled, done.going_on, done.trouble, now=now)
    assert not Alert.objects.exists()
    for minutes in (3, 4):
        troubles.tell(
            done.troubled, done.going_on, done.trouble, now=now + timedelta(minutes=minutes)
        )

    assert "The server went away." in Alert.objects.get(kind=AlertKind.SENDING).text
    done = drained()
    troubles.tell(done.troubled, done.going_on, done.trouble, now=now + timedelta(minutes=5))
    assert Alert.objects.get(kind=AlertKind.SENDING).cleared_at is not None


def test_cancelling_while_a_slice_is_lost_keeps_its_readers_in_doubt(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 2)
    digest = press.frozen(newsletter)
    lose_worker()

    steering.cancel(digest, "A mistake.", now=NOON)
    cancelling.close_batches(digest.pk, now=database_now())

    assert ledger.counts(digest.pk) == {
        Outcome.UNCERTAIN: SLICE_SIZE,
        Outcome.CANCELLED: SLICE_SIZE,
    }
