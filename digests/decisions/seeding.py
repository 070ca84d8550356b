"""While only the seeds have a digest (delivery/seeds.py), one click keeps it from everybody else."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from digests.choices import AlertKind, DigestState, StateReason
from digests.delivery.seeds import SEED_LETTER, is_stopped, may_stop
from digests.lifecycle import Move
from digests.models import Digest, SeedHold
from digests.notices import alerts
from digests.refusal import Refusal
from digests.state_reasons import Reason
from subscriptions import links
from subscriptions.models import Letter

RESUMED = "Staff have looked at it since {by} stopped it, and resumed it: ask them to pause it."


class Refused(Refusal):
    """The digest cannot be stopped this way; the text says why, for the person who asked."""


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
        why = Reason.of(StateReason.STOPPED_BY_SEED, who=by)
        alerts.stop(digest, Move.STOP, AlertKind.HELD, why, now=now)


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
