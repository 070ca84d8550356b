"""F16: readers leave, staff pause, resume and cancel, all while the workers send."""

import random
import time

import pytest

from digests import ledger
from digests.choices import Outcome
from digests.decisions import steering
from digests.delivery import cancelling
from digests.models import Digest
from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.leaving import leave
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Subscriber, Subscription
from tests.builders import Press
from tests.faults.accounts import account, assert_sound, see_through
from tests.faults.conftest import IS_LONG
from tests.faults.crew import Crew
from tests.faults.sink import DELAY, TAKEN
from tests.smtp_sink import Rule

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]
READERS = 20_000 if IS_LONG else 500
UNHURRIED = Rule("ACCEPTED", f"{DELAY}0.004", then=TAKEN)


def test_readers_who_leave_and_staff_who_change_their_mind(crew: Crew) -> None:
    press, dice = Press(), random.Random(16)
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    crew.sink.behaves(UNHURRIED)
    going = dice.sample(readers, READERS // 10)

    def change_minds() -> None:
        if going and crew.sink.taken:
            for reader in [going.pop() for _each in range(min(5, len(going)))]:
                if dice.random() < 0.5:
                    leave(
                        Subscription.objects.get(subscriber=reader),
                        Evidence("test"),
                        now=database_now(),
                    )
                else:
                    suppress(reader.address, SuppressionReason.COMPLAINT, now=database_now())
            if dice.random() < 0.2 and Digest.objects.get(pk=digest.pk).is_under_way:
                pause_for_a_moment(digest)

    found = see_through(crew, digest, meanwhile=change_minds, workers=2)

    counts = ledger.counts(digest.pk)
    assert counts[Outcome.LEFT] + counts[Outcome.SUPPRESSED] > 0
    unsent = Subscriber.objects.filter(pk__in=unsent_ids(digest, readers))
    taken = set(found.copies)
    assert not taken & set(unsent.values_list("address", flat=True))
    assert_sound(found, [reader for reader in readers if reader.address in taken], most_doubts=0)
    assert len(taken) == counts[Outcome.ACCEPTED]


def pause_for_a_moment(digest: Digest) -> None:
    try:
        steering.pause(digest)
    except steering.Refused:
        return  # it had just been sent
    time.sleep(0.05)
    steering.resume(digest)


def unsent_ids(digest: Digest, readers: list[Subscriber]) -> list[int]:
    found = ((reader.pk, ledger.delivery_of(digest.pk, reader.pk)) for reader in readers)
    return [
        pk
        for pk, delivery in found
        if delivery and delivery.outcome in {Outcome.LEFT, Outcome.SUPPRESSED}
    ]


def test_a_cancelled_digest_ends_with_everybody_accounted_for(crew: Crew) -> None:
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    crew.sink.behaves(UNHURRIED)
    done: list[int] = []

    def cancel() -> None:
        if not done and crew.sink.taken > READERS // 5:
            steering.cancel(digest, "A mistake.", now=database_now())
            done.append(crew.sink.taken)
        for digest_id in cancelling.cancelled_with_batches():
            cancelling.close_batches(digest_id, now=database_now())

    see_through(crew, digest, meanwhile=cancel)

    found = account(crew, digest)
    counts = ledger.counts(digest.pk)
    assert found.breaches == []
    assert set(counts) == {Outcome.ACCEPTED, Outcome.CANCELLED}
    assert counts[Outcome.ACCEPTED] == len(found.copies) < READERS
