"""What staff decide about a digest that is ready or under way: conditional updates, so that two clicks are one."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from digests import lifecycle
from digests.choices import DigestState, StateReason
from digests.delivery.cancelling import close_batches
from digests.delivery.pace import breaker
from digests.lifecycle import Move
from digests.models import Digest, SeedHold, SendingSwitch
from digests.models.digest_queries import DigestQuerySet
from digests.notices import alerts
from digests.refusal import Refusal
from digests.state_reasons import Reason

SEND_NOW_WINDOW = timedelta(hours=1)


class Refused(Refusal):
    """The action is impossible now; the text says why, for the person who asked."""


def send_now(digest: Digest, *, now: datetime) -> None:
    """Bring an approved digest's time forward to now, for all readers at once. Raises Refused."""
    moved = Digest.objects.filter(pk=digest.pk, state=DigestState.APPROVED).update(
        due_at=now,
        miss_at=now + SEND_NOW_WINDOW,
        expires_at=now + _patience(digest),
        local_time=None,
    )
    if not moved:
        raise Refused("Only an approved digest can be sent. Approve it first.")


def pause(digest: Digest) -> None:
    """Effective at the next slice. Raises Refused."""
    if not lifecycle.change_where(_row(digest), Move.PAUSE, paused_at=Now()):
        raise Refused("It is not being sent, so there is nothing to pause.")


def resume(digest: Digest) -> None:
    """Refusals and complaints count anew from here on. Raises Refused."""
    with transaction.atomic():
        if not lifecycle.change_where(_row(digest), Move.RESUME):
            raise Refused("It is not paused.")
        # Staff have decided what a seed has asked: it is their digest from here on.
        stopped = SeedHold.objects.filter(digest=digest.pk, stopped_at__isnull=False)
        stopped.filter(resumed_at=None).update(resumed_at=Now())
        breaker.let_pass(digest.pk)


def cancel(digest: Digest, reason: str, *, now: datetime) -> None:
    """Cancel a digest for good: readers not yet sent get nothing. Effective at the next slice. Raises Refused."""
    with transaction.atomic():
        locked = Digest.objects.select_for_update(of=("self",)).get(pk=digest.pk)
        if not (locked.is_open or locked.is_under_way):
            raise Refused(f"It is {locked.get_state_display().lower()} already.")
        lifecycle.change(locked, Move.CANCEL, Reason.of(StateReason.NOTE, text=reason))
        alerts.clear(locked, now=now)
    close_batches(digest.pk, now=now)


def stop_everything(by: str, *, now: datetime) -> None:
    """No slice of any digest is opened from now on; what is in a server's hands finishes."""
    SendingSwitch.objects.update_or_create(pk=1, defaults={"stopped_at": now, "stopped_by": by})


def start_again() -> None:
    SendingSwitch.objects.filter(pk=1).update(stopped_at=None, stopped_by="")


def is_stopped() -> bool:
    return SendingSwitch.objects.filter(stopped_at__isnull=False).exists()


def _row(digest: Digest) -> DigestQuerySet:
    return Digest.objects.filter(pk=digest.pk)


def _patience(digest: Digest) -> timedelta:
    return digest.expires_at - digest.last_due_at
