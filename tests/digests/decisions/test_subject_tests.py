"""A subject test: fair groups, one decision, and never a reader left waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from digests import ledger, versions
from digests.choices import DigestState, Outcome
from digests.cohorts import SPREAD
from digests.decisions import approval, steering, stop_press, subject_tests
from digests.decisions.subject_tests import Refused
from digests.delivery import cancelling, finishing
from digests.delivery.auditing import audit
from digests.delivery.draining import drain
from digests.delivery.freezing import Freeze, freeze
from digests.delivery.transports.base import Answer
from digests.messages.message import load
from digests.models import Batch, Digest, SubjectTest
from digests.words import subject_test_words
from subscriptions.clock import database_now
from subscriptions.models import Newsletter
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.fakes import FakeTransport
from tests.staff import member

SECOND = "A bridge, a ferry, a storm"
THIRD = "Monday’s news"


def frozen_with(
    press: Press, newsletter: Newsletter, *subjects: str, percent: int = 20, **fields: object
) -> Digest:
    """Frozen, with a test of its subject and the given ones."""
    digest = press.approved(newsletter, **fields)
    subject_tests.set_up(digest, subjects or (SECOND,), sample_percent=percent, minutes=30)
    digest.approved_version = versions.keep(digest, by=None, now=NOON)
    digest.save()
    assert freeze(digest.pk, now=digest.due_at) is Freeze.DONE
    digest.refresh_from_db()
    return digest


def its_test(digest: Digest) -> SubjectTest:
    return SubjectTest.objects.get(digest=digest)


class Inbox(FakeTransport):
    """Notes which subject each reader got."""

    def __init__(self, answer: Callable[..., Answer] | None = None) -> None:
        super().__init__(answer)
        self.subjects: dict[str, str] = {}

    def send(self, message, recipients, **options):  # type: ignore[no-untyped-def]  # as its parent's
        for recipient in recipients:
            self.subjects[recipient.address] = message.subject
        return super().send(message, recipients, **options)


def test_the_sample_is_drawn_evenly_and_the_rest_waits(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 6_000)
    digest = frozen_with(press, newsletter, SECOND, THIRD, percent=30)

    first, second, third, rest = subject_tests.groups_of(its_test(digest))
    assert (first.subject, second.subject, third.subject) == (digest.subject, SECOND, THIRD)
    assert first.readers + second.readers + third.readers + rest.readers == 6_000
    for group in (first, second, third):
        assert group.readers == pytest.approx(600, abs=120)  # five standard deviations
    assert set(Batch.objects.filter(is_sample=False).values_list("variant", flat=True)) == {None}
    ids = [reader for batch in Batch.objects.all() for reader in batch.recipient_ids]
    assert len(ids) == len(set(ids)) == digest.audience_size
    assert audit(digest.pk).is_clean


def test_the_next_digests_test_draws_other_readers(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 1_000)
    drawn = []
    for slot in ("main", "evening"):
        digest = frozen_with(press, newsletter, percent=50, slot=slot)
        batches = Batch.objects.filter(digest=digest, is_sample=True)
        drawn.append({reader for batch in batches for reader in batch.recipient_ids})
    both = len(drawn[0] & drawn[1])
    assert both == pytest.approx(250, abs=80)  # half of a half, not the same half again


def test_the_sample_gets_its_subjects_and_the_rest_the_chosen_one(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 400)
    digest = frozen_with(press, newsletter, percent=50)
    inbox = Inbox()
    drain(inbox, seconds=20)
    assert finishing.mark_sent() == []
    first, second, rest = subject_tests.groups_of(its_test(digest))
    assert (first.waiting, second.waiting, rest.accepted) == (0, 0, 0)
    assert len(inbox.taken) == first.accepted + second.accepted
    assert list(inbox.subjects.values()).count(SECOND) == second.readers

    editor = User.objects.create(username="ed")
    subject_tests.decide(its_test(digest), 1, by=editor, now=database_now())
    drain(inbox, seconds=20)
    assert finishing.mark_sent() == [digest.pk]
    assert len(inbox.taken) == 400
    assert list(inbox.subjects.values()).count(SECOND) == second.readers + rest.readers
    assert subject_tests.groups_of(its_test(digest))[1].is_winner
    assert subject_tests.groups_of(its_test(digest))[1].accepted == second.readers
    assert audit(digest.pk).is_clean


def test_when_the_time_is_up_the_first_subject_goes_out(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 60)
    digest = frozen_with(press, newsletter)
    decides_at = its_test(digest).decides_at
    assert decides_at == digest.due_at + timedelta(minutes=30)
    assert subject_tests.decide_overdue(now=decides_at - timedelta(seconds=1)) == []
    assert subject_tests.decide_overdue(now=decides_at) == [digest.pk]
    assert subject_tests.decide_overdue(now=decides_at) == []
    assert (its_test(digest).winner, its_test(digest).decided_by) == (0, None)
    assert not Batch.objects.filter(variant__isnull=True).exists()
    drain(Inbox(), seconds=20)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 60}


def test_while_it_is_paused_nothing_is_chosen_for_the_editor(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 20)
    digest = frozen_with(press, newsletter)
    decides_at = its_test(digest).decides_at
    assert decides_at is not None
    steering.pause(digest)
    assert subject_tests.decide_overdue(now=decides_at) == []
    steering.resume(digest)
    assert subject_tests.decide_overdue(now=decides_at) == [digest.pk]


@pytest.mark.django_db(transaction=True)
def test_of_those_who_choose_at_once_one_has_chosen(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 40)
    test = its_test(frozen_with(press, newsletter, SECOND, THIRD))

    def choose(winner: int) -> bool:
        try:
            subject_tests.decide(test, winner, by=None, now=NOON)
        except Refused:
            return False
        return True

    chosen = at_once(*[lambda winner=winner: choose(winner) for winner in (0, 1, 2, 1)])
    assert chosen.count(True) == 1
    winner = its_test(test.digest).winner
    rest = Batch.objects.filter(is_sample=False)
    assert set(rest.values_list("variant", flat=True)) == {winner}


def test_a_second_attempt_keeps_its_subject_and_its_group(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 60)
    digest = frozen_with(press, newsletter, percent=50)
    drain(Inbox(lambda _reader: Answer(Outcome.DEFERRED, "451", "Busy")), seconds=20)
    again = Batch.objects.filter(digest=digest, kind="retry")
    assert set(again.values_list("variant", "is_sample")) == {(0, True), (1, True)}
    first, second, _rest = subject_tests.groups_of(its_test(digest))
    assert (first.accepted, second.accepted) == (0, 0)
    assert first.readers + second.readers == sum(len(batch.recipient_ids) for batch in again)


def test_a_cohort_whose_time_is_still_to_come_at_the_decision_gets_the_winner_alone(
    press: Press,
) -> None:
    newsletter = press.newsletter()
    for _number in range(40):
        press.reader(newsletter, zone="Etc/GMT+10")
    now = database_now()
    first = now - timedelta(hours=14)
    press.noon = first  # its story was published before
    digest = frozen_with(
        press,
        newsletter,
        percent=50,
        local_date=now.date(),
        local_time=now.time().replace(second=0, microsecond=0),
        due_at=first,
        miss_at=first + SPREAD,
        expires_at=first + SPREAD + timedelta(hours=8),
        zone="UTC",
    )
    subject_tests.decide(its_test(digest), 1, by=None, now=now)
    assert set(Batch.objects.values_list("variant", "is_sample")) == {(1, False)}


def test_a_cancelled_digest_leaves_nobody_waiting(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 20)
    digest = frozen_with(press, newsletter)
    steering.cancel(digest, "", now=database_now())
    cancelling.close_batches(digest.pk, now=database_now())
    assert ledger.counts(digest.pk) == {Outcome.CANCELLED: 20}
    assert subject_tests.decide_overdue(now=NOON + timedelta(days=1)) == []


def test_a_stop_press_does_not_rename_what_the_sample_got(press: Press) -> None:
    digest = frozen_with(press, press.newsletter(), percent=50)
    anna = member("publisher", "anna")
    Digest.objects.filter(pk=digest.pk).update(subject="The ferry is safe")
    stop_press.release(digest.pk, by=anna, now=database_now())
    test, digest = its_test(digest), Digest.objects.get(pk=digest.pk)
    assert digest.sending_version is not None
    assert digest.sending_version.subject == "The ferry is safe"
    assert subject_tests.groups_of(test)[0].subject == "What happened in the night"
    said = subject_test_words.of_running(digest, test, now=database_now())
    assert any("first subject is “The ferry is safe”" in sentence for sentence in said)
    subject_tests.decide(test, 0, by=anna, now=database_now())
    said = subject_test_words.of_running(digest, its_test(digest), now=database_now())
    assert "anna chose “What happened in the night”" in said[0]


def test_a_test_set_up_after_the_approval_counts_as_a_change(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 20)
    digest = press.approved(newsletter)
    subject_tests.set_up(digest, [SECOND], sample_percent=20, minutes=30)
    assert versions.has_changed(digest)
    assert freeze(digest.pk, now=NOON) is Freeze.DONE  # as it was approved: without a test
    assert set(Batch.objects.values_list("variant", "is_sample")) == {(0, False)}


def test_approving_keeps_a_rendering_of_each_subject(press: Press) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article())
    subject_tests.set_up(digest, [SECOND, THIRD], sample_percent=20, minutes=30)
    version = approval.approve(digest, by=None, now=NOON - timedelta(hours=1)).version
    assert [variant["subject"] for variant in version.variants] == [SECOND, THIRD]
    assert [load(version.pk, variant).subject for variant in range(4)] == [
        digest.subject,
        SECOND,
        THIRD,
        digest.subject,  # none such: the first
    ]


@pytest.mark.parametrize("state", [DigestState.FROZEN, DigestState.SENDING, DigestState.SENT])
def test_a_test_cannot_be_changed_once_readers_are_chosen(press: Press, state: DigestState) -> None:
    digest = press.frozen(press.newsletter())
    Digest.objects.update(state=state)
    with pytest.raises(Refused, match="chosen already"):
        subject_tests.set_up(digest, [SECOND], sample_percent=20, minutes=30)
    with pytest.raises(Refused, match="chosen already"):
        subject_tests.remove(digest)


def test_the_rest_must_not_wait_until_it_is_too_late(press: Press) -> None:
    due_at = database_now()
    digest = press.digest(press.newsletter(), due_at=due_at, expires_at=due_at + timedelta(hours=1))
    with pytest.raises(Refused, match="too late"):
        subject_tests.set_up(digest, [SECOND], sample_percent=20, minutes=60)


@pytest.mark.parametrize("winner", [-1, 2])
def test_only_a_subject_of_the_test_can_win(press: Press, winner: int) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 5)
    digest = frozen_with(press, newsletter)
    with pytest.raises(Refused, match="no such subject"):
        subject_tests.decide(its_test(digest), winner, by=None, now=NOON)


def test_nothing_is_decided_before_readers_are_chosen(press: Press) -> None:
    digest = press.approved(press.newsletter())
    test = subject_tests.set_up(digest, [SECOND], sample_percent=20, minutes=30)
    with pytest.raises(Refused, match="not being sent"):
        subject_tests.decide(test, 0, by=None, now=NOON)
    overdue: datetime = NOON + timedelta(days=2)
    assert subject_tests.decide_overdue(now=overdue) == []
