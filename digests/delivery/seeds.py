"""Named readers, the seeds, get a digest first; the rest stands in batches that are not due before.

Nobody acting means that it goes on at the time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from digests.choices import SEED_PRIORITY, DigestState
from digests.models import Batch, Digest, SeedHold, Slice, Template
from subscriptions import audience
from subscriptions.mailing import letters

SEED_LETTER = "digest_seed"


@dataclass(frozen=True, slots=True)
class Plan:
    addresses: tuple[str, ...]  # in lower case; of readers
    ends_at: datetime


def plan(digest: Digest, *, now: datetime) -> Plan | None:
    """Plan a digest's seeds. Return None if the newsletter names nobody, or for a news alert, which waits for nobody.

    Addresses that the digest would not go to are left out. The others wait even where none is left, so that
    whoever names seeds does not learn from it who is a reader.
    """
    if digest.is_urgent:
        return None
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    if template is None or not template.seed_addresses:
        return None
    ends_at = max(now, digest.due_at) + timedelta(minutes=template.hold_minutes)
    strangers = audience.strangers(digest.newsletter_id, template.seed_addresses)
    readers = (address for address in template.seed_addresses if address not in strangers)
    return Plan(tuple(dict.fromkeys(address.lower() for address in readers)), ends_at)


def begin(digest: Digest, plan: Plan, *, now: datetime) -> SeedHold:
    """Begin the seed delay; each seed address gets a service email.

    Call it inside the transaction that freezes the digest, after its batches are written.
    """
    batches = Batch.objects.filter(digest=digest, priority=SEED_PRIORITY)
    sizes = [len(ids) for ids in batches.values_list("recipient_ids", flat=True)]
    for address in plan.addresses:
        context = {"digest": digest.pk}
        letters.write(SEED_LETTER, address, context, now=now, expires_at=plan.ends_at)
    return SeedHold.objects.create(
        digest=digest, addresses=list(plan.addresses), seeds=sum(sizes), ends_at=plan.ends_at
    )


def delay(digest: Digest, plan: Plan | None) -> timedelta:
    """Return how much later the last readers get the digest than without seeds."""
    return max(plan.ends_at - digest.due_at, timedelta(0)) if plan else timedelta(0)


def is_open(digest: Digest, hold: SeedHold, *, now: datetime) -> bool:
    """Does it go on by itself at the end, unless one click stops it? Once: staff who resumed it have decided."""
    going = digest.state in {DigestState.FROZEN, DigestState.SENDING}
    return going and hold.stopped_at is None and now < hold.ends_at


def is_stopped(digest: Digest, hold: SeedHold) -> bool:
    """Is it paused because somebody stopped it, and not since then by staff for a reason of theirs?"""
    is_paused = digest.state == DigestState.PAUSED
    return is_paused and hold.stopped_at is not None and hold.resumed_at is None


def may_stop(digest: Digest, hold: SeedHold, *, now: datetime) -> bool:
    """May a seed click? Also while staff have paused it: they learn of it before they let it go on."""
    return digest.is_under_way and hold.stopped_at is None and now < hold.ends_at


class Begun(Enum):
    """Who has a digest, or may have it: a server has been given the first slice of theirs."""

    NOBODY = "nobody"
    SEEDS = "only its seeds"
    READERS = "readers who are no seeds"


def begun(digest: Digest) -> Begun:
    slices = Slice.objects.filter(batch__digest=digest.pk)
    if slices.exclude(batch__priority=SEED_PRIORITY).exists():
        return Begun.READERS
    return Begun.SEEDS if slices.exists() else Begun.NOBODY
