"""What a delivery worker does: claim a batch, send its slices, claim the next, until nothing is due."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError

from digests.choices import Outcome
from digests.delivery import claiming, leases, messages, outages, quarantine, slices
from digests.delivery.claiming import Claim
from digests.delivery.messages import Message
from digests.delivery.steps import Answers, OpenSlice, Stop
from digests.delivery.transports.base import NOT_SENT, Result, Transport
from subscriptions.clock import database_now

NO_MESSAGE = "Its content cannot be made into a message: {error}"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Drained:
    """What one call did."""

    batches: int = 0
    attempts: int = 0
    trouble: str = ""
    troubled: set[int] = field(default_factory=set)  # digests that had to stop for it
    going_on: set[int] = field(default_factory=set)  # digests of which a server took something


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
        step = _advance(held, previous, transport, may_go_on() and not done.trouble)
        if isinstance(step, Stop):
            break
        result = _attempt(held, step, transport)
        if result is None:
            done.trouble = f"{transport.name} failed; the log says how."
            done.troubled.add(held.digest_id)
            return
        previous = Answers(step, result.answers)
        done.attempts += len(step.recipients)
        if any(answer.outcome == Outcome.ACCEPTED for answer in result.answers):
            done.going_on.add(held.digest_id)
        if result.trouble:
            done.trouble, rest_seconds = result.trouble, result.rest_seconds
            done.troubled.add(held.digest_id)
            logger.warning("%s: %s", transport.name, result.trouble)
    if done.trouble and step is Stop.ASKED:
        claiming.release(held, delay_seconds=rest_seconds)


def _advance(
    held: Claim, previous: Answers | None, transport: Transport, go_on: bool
) -> OpenSlice | Stop:
    return outages.outlast(
        lambda again: slices.advance(
            held, previous, transport=transport.name, go_on=go_on, again=again
        )
    )


def _attempt(held: Claim, step: OpenSlice, transport: Transport) -> Result | None:
    """None: a fault of ours, so nobody knows what was sent; the next claim finds the slice in doubt."""
    message = _load(held, step)
    if message is None:
        return Result([NOT_SENT] * len(step.recipients))
    try:
        return transport.send(
            message,
            step.recipients,
            key=step.key(held.batch_id),
            on_wait=leases.renewing(held),
        )
    except Exception:  # whatever it is: a batch kept for a whole lease would only delay the rest
        logger.exception("%s failed within a slice of batch %s.", transport.name, held.batch_id)
        claiming.abandon(held)
        return None


def _load(held: Claim, step: OpenSlice) -> Message | None:
    """None: it cannot be made for anybody; nothing was sent, and the digest waits for a person."""
    try:
        return outages.outlast(lambda _again: messages.load(step.version_id))
    except DatabaseError:
        raise
    except Exception as error:  # content is what people and feeds wrote
        logger.exception("Version %s cannot be sent.", step.version_id)
        said = NO_MESSAGE.format(error=f"{type(error).__name__}: {error}")
        quarantine.pause(held.digest_id, said, now=database_now())
        return None
