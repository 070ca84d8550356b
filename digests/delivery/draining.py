"""What a delivery worker does: claim a batch, send its slices, claim the next, until nothing is due."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError

from digests.delivery import claiming, messages, slices
from digests.delivery.claiming import Claim
from digests.delivery.slices import Answers, Stop
from digests.delivery.transports.base import OnWait, Transport

RENEWAL_SECONDS = claiming.LEASE_SECONDS / 5

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Drained:
    """What one call did."""

    batches: int = 0
    attempts: int = 0
    trouble: str = ""


def drain(
    transport: Transport, *, seconds: float, should_end: Callable[[], bool] = lambda: False
) -> Drained:
    """Work for about `seconds`, or until nothing is due; in trouble, stop and leave the rest for later."""
    end = time.monotonic() + seconds
    done = Drained()

    def may_go_on() -> bool:
        return time.monotonic() < end and not should_end()

    while may_go_on() and not done.trouble:
        held = claiming.claim()
        if held is None:
            break
        done.batches += 1
        _send_batch(held, transport, done, may_go_on)
    return done


def _send_batch(
    held: Claim, transport: Transport, done: Drained, may_go_on: Callable[[], bool]
) -> None:
    previous: Answers | None = None
    rest_seconds = 0.0
    while True:
        go_on = may_go_on() and not done.trouble
        step = slices.advance(held, previous, transport=transport.name, go_on=go_on)
        if isinstance(step, Stop):
            break
        result = transport.send(
            messages.load(step.version_id), step.recipients, on_wait=_renewing(held)
        )
        previous = Answers(step, result.answers)
        done.attempts += len(step.recipients)
        if result.trouble:
            done.trouble, rest_seconds = result.trouble, result.rest_seconds
            logger.warning("%s: %s", transport.name, result.trouble)
    if done.trouble and step is Stop.ASKED:
        claiming.release(held, delay_seconds=rest_seconds)


def _renewing(held: Claim) -> OnWait:
    """Renews the lease of the slice just opened, no more often than it needs; a database that is away for a moment is
    forgiven while the lease lasts."""
    renewed_at = tried_at = time.monotonic()

    def on_wait() -> bool:
        nonlocal renewed_at, tried_at
        now = time.monotonic()
        if now < tried_at + RENEWAL_SECONDS:
            return True
        tried_at = now
        try:
            is_ours = claiming.renew(held)
        except DatabaseError:
            logger.warning("The lease of batch %s could not be renewed.", held.batch_id)
            return now < renewed_at + claiming.LEASE_SECONDS - RENEWAL_SECONDS
        renewed_at = now
        return is_ours

    return on_wait
