"""Named readers, the seeds, get a digest first; for some minutes one click keeps it from everybody else.

Nobody acting means that it goes on at the time: the rest stands in batches that are not due before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from digests.choices import SEED_PRIORITY, AlertKind, DigestState
from digests.models import Batch, Digest, SeedHold, Slice, Template
from digests.notices import alerts
from subscriptions import audience, links
from subscriptions.mailing import letters
from subscriptions.models import Letter

SEED_LETTER = "digest_seed"
STOPPED = "Stopped by {by} while only the seeds had it."
RESUMED = "Staff have looked at it since {by} stopped it, and resumed it: ask them to pause it."


class Refused(Exception):
    """It cannot be stopped this way; the text says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Plan:
    addresses: tuple[str, ...]  # in lower case; of readers
    ends_at: datetime


def plan(digest: Digest, *, now: datetime) -> Plan | None:
    """None: the newsletter names nobody, or it is a news alert, which waits for nobody.

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
    """Inside the transaction that freezes the digest, behind its batches; each address gets a letter."""
    batches = Batch.objects.filter(digest=digest, priority=SEED_PRIORITY)
    sizes = [len(ids) for ids in batches.values_list("recipient_ids", flat=True)]
    for address in plan.addresses:
        context = {"digest": digest.pk}
        letters.write(SEED_LETTER, address, context, now=now, expires_at=plan.ends_at)
    return SeedHold.objects.create(
        digest=digest, addresses=list(plan.addresses), seeds=sum(sizes), ends_at=plan.ends_at
    )


def delay(digest: Digest, plan: Plan | None) -> timedelta:
    """By how much the last readers get it later than without seeds."""
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


def stop(digest_id: int, *, by: str, now: datetime) -> None:
    """Keep it from the rest: it is paused, and staff are told. A second click changes nothing.

    Raises Refused once the hold is over.
    """
    with transaction.atomic():
        digest = Digest.objects.select_for_update(of=("self",)).get(pk=digest_id)
        # Read behind the lock: a join would still show how the hold stood before somebody else's click.
        hold = SeedHold.objects.get(digest=digest)
        if is_stopped(digest, hold):
            return
        if not may_stop(digest, hold, now=now):
            raise Refused(_why_not(digest, hold))
        hold.stopped_at, hold.stopped_by = now, by
        hold.save(update_fields=["stopped_at", "stopped_by"])
        text = STOPPED.format(by=by)
        alerts.stop(digest, DigestState.PAUSED, AlertKind.HELD, text, now=now)


def _why_not(digest: Digest, hold: SeedHold) -> str:
    if not digest.is_under_way:
        return f"It is {digest.get_state_display().lower()}: there is nothing left to stop."
    if digest.state == DigestState.PAUSED:
        return "Staff have paused it already: nobody gets it until they resume it."
    if hold.stopped_at is not None:
        return RESUMED.format(by=hold.stopped_by)
    return "It is too late to stop it this way: staff can still pause it in admin."


def stop_url(letter: Letter, digest: Digest) -> str:
    token = links.sign(links.Scope.STOP, digest.public_id, letter.public_id)
    return settings.SITE_URL + reverse("stop", args=[token])


def find(token: str) -> tuple[SeedHold, str] | None:
    """The hold and the address that the letter went to; None: one of them is gone. Raises links.BadLink."""
    digest_id, letter_id = links.read(links.Scope.STOP, token)
    hold = (
        SeedHold.objects.select_related("digest__newsletter")
        .filter(digest__public_id=digest_id)
        .first()
    )
    letter = Letter.objects.filter(public_id=letter_id, kind=SEED_LETTER).first()
    return (hold, letter.address) if hold and letter else None
