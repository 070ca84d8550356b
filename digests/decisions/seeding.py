"""Named readers, the seeds, get a digest first; for some minutes one click keeps it from everybody else.

Nobody acting means that it goes on at the time: the rest stands in batches that are not due before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from digests.choices import AlertKind, DigestState
from digests.models import Batch, Digest, SeedHold, Template
from digests.notices import alerts
from subscriptions import links
from subscriptions.mailing import letters
from subscriptions.models import Letter

SEED_LETTER = "digest_seed"
SEED_PRIORITY = -1  # before the batches of any other digest
STOPPED = "Stopped by {by} while only the seeds had it."
RESUMED = "Staff have looked at it since {by} stopped it, and resumed it: ask them to pause it."


class Refused(Exception):
    """It cannot be stopped this way; the text says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Plan:
    addresses: tuple[str, ...]  # in lower case
    ends_at: datetime


def plan(digest: Digest, *, now: datetime) -> Plan | None:
    """None: the newsletter names nobody, or it is a news alert, which waits for nobody."""
    if digest.is_urgent:
        return None
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    if template is None or not template.seed_addresses:
        return None
    ends_at = max(now, digest.due_at) + timedelta(minutes=template.hold_minutes)
    addresses = tuple(address.lower() for address in template.seed_addresses)
    return Plan(addresses, ends_at)


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
    """May one click still stop it? Once: staff who resumed it have decided."""
    going = digest.state in {DigestState.FROZEN, DigestState.SENDING}
    return going and hold.stopped_at is None and now < hold.ends_at


def stop(digest_id: int, *, by: str, now: datetime) -> None:
    """Keep it from the rest: it is paused, and staff are told. A second click changes nothing.

    Raises Refused once the hold is over.
    """
    with transaction.atomic():
        digest = Digest.objects.select_for_update(of=("self",)).get(pk=digest_id)
        # Read behind the lock: a join would still show how the hold stood before somebody else's click.
        hold = SeedHold.objects.get(digest=digest)
        if digest.state == DigestState.PAUSED and hold.stopped_at is not None:
            return
        if hold.stopped_at is not None and digest.is_under_way:
            raise Refused(RESUMED.format(by=hold.stopped_by))
        if not is_open(digest, hold, now=now):
            raise Refused("It is too late to stop it this way: staff can still pause it in admin.")
        hold.stopped_at, hold.stopped_by = now, by
        hold.save(update_fields=["stopped_at", "stopped_by"])
        text = STOPPED.format(by=by)
        alerts.stop(digest, DigestState.PAUSED, AlertKind.HELD, text, now=now)


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
