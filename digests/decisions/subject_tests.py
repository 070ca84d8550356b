"""A test of two to four subjects: a sample gets them at once, the rest waits for the better one.

The groups are drawn when the digest is frozen (delivery/batches.py); the rest stands in batches without a variant,
which nobody can claim. The decision, or its time, writes the variant once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from digests.choices import Outcome
from digests.counts.cohort_counts import WAITING
from digests.models import Batch, Digest, SubjectTest
from digests.refusal import Refusal

FIRST = 0
NO_TIME = "A news alert goes to all its readers at once: there is no time to test its subject."
TOO_LATE = "Its readers are chosen already, so its subject test cannot be changed."


class Refused(Refusal):
    """The text says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who got, or will get, one subject."""

    variant: int | None  # None: the rest, which waits
    subject: str
    readers: int
    accepted: int
    waiting: int
    is_winner: bool = False


def set_up(
    digest: Digest, alternatives: Sequence[str], *, sample_percent: int, minutes: int
) -> SubjectTest:
    """Set up a subject test of a digest. Raises Refused.

    What was approved before stays without the test until it is approved anew.
    """
    with transaction.atomic():
        locked = _open(digest)
        if locked.is_urgent:
            raise Refused(NO_TIME)
        if timedelta(minutes=minutes) >= locked.expires_at - locked.last_due_at:
            raise Refused("By then it would be too late for the rest: choose fewer minutes.")
        test, _made = SubjectTest.objects.update_or_create(
            digest=locked,
            defaults={
                "alternatives": list(alternatives),
                "sample_percent": sample_percent,
                "minutes": minutes,
            },
        )
    return test


def remove(digest: Digest) -> None:
    """Remove the subject test of a digest. Raises Refused."""
    with transaction.atomic():
        SubjectTest.objects.filter(digest=_open(digest)).delete()


def decide(test: SubjectTest, winner: int, *, by: User | None, now: datetime) -> None:
    """Give the winner to all who wait. Raises Refused; of two who choose at once, the first has chosen."""
    if not 0 <= winner <= len(test.alternatives):
        raise Refused("There is no such subject in this test.")
    with transaction.atomic():
        locked = (
            SubjectTest.objects.select_for_update(of=("self",))
            .select_related("digest")
            .get(pk=test.pk)
        )
        if locked.decided_at is not None:
            raise Refused("It is decided already.")
        if locked.decides_at is None or not locked.digest.is_under_way:
            raise Refused("It is not being sent, so there is nothing to decide.")
        locked.winner, locked.decided_at, locked.decided_by = winner, now, by
        locked.save(update_fields=["winner", "decided_at", "decided_by"])
        batches = Batch.objects.filter(digest=test.digest_id)
        batches.filter(variant__isnull=True).update(variant=winner)
        # A cohort whose time is still to come has nothing left to test.
        batches.filter(is_sample=True, opens_at__gt=now, token=0).update(
            variant=winner, is_sample=False
        )


def decide_overdue(*, now: datetime) -> list[int]:
    """Choose the first subject where nobody chose in time."""
    decided = []
    for test in SubjectTest.objects.overdue(now)[:100]:
        try:
            decide(test, FIRST, by=None, now=now)
        except Refused:
            continue  # somebody has chosen this very moment
        decided.append(test.digest_id)
    return decided


def groups_of(test: SubjectTest) -> list[Group]:
    """Counted anew from the batches; a sample keeps its group after the decision."""
    subjects = test.subjects
    groups = [
        _group(test, variant, subject, is_sample=True) for variant, subject in enumerate(subjects)
    ]
    rest = _group(test, None, "" if test.winner is None else subjects[test.winner], is_sample=False)
    return [*groups, rest]


def _group(test: SubjectTest, variant: int | None, subject: str, *, is_sample: bool) -> Group:
    batches = Batch.objects.filter(digest=test.digest_id, is_sample=is_sample)
    if is_sample:
        batches = batches.filter(variant=variant)
    outcomes = b"".join(map(bytes, batches.values_list("outcomes", flat=True)))
    return Group(
        variant,
        subject,
        readers=len(outcomes) - outcomes.count(Outcome.MOVED),
        accepted=outcomes.count(Outcome.ACCEPTED),
        waiting=sum(outcomes.count(outcome) for outcome in WAITING),
        is_winner=variant is not None and test.winner == variant,
    )


def _open(digest: Digest) -> Digest:
    locked = Digest.objects.select_for_update(of=("self",)).get(pk=digest.pk)
    if not locked.is_open:
        raise Refused(TOO_LATE)
    return locked
