"""What a delivery worker does: claim a batch, send its slices, claim the next, until nothing is due."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from digests.delivery import claiming, messages, slices
from digests.delivery.claiming import Claim
from digests.delivery.leases import Heartbeat
from digests.delivery.slices import Answers, OpenSlice, Stop
from digests.delivery.transports.base import Result, Transport

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

    with Heartbeat() as heartbeat:

        def send(step: OpenSlice, held: Claim) -> Result:
            heartbeat.beat_for(held)
            try:
                return transport.send(messages.load(step.version_id), step.recipients)
            finally:
                heartbeat.rest()

        while may_go_on() and not done.trouble:
            held = claiming.claim()
            if held is None:
                break
            done.batches += 1
            _send_batch(held, transport.name, send, done, may_go_on)
    return done


def _send_batch(
    held: Claim,
    way: str,
    send: Callable[[OpenSlice, Claim], Result],
    done: Drained,
    may_go_on: Callable[[], bool],
) -> None:
    previous: Answers | None = None
    rest_seconds = 0.0
    while True:
        go_on = may_go_on() and not done.trouble
        step = slices.advance(held, previous, transport=way, go_on=go_on)
        if isinstance(step, Stop):
            break
        result = send(step, held)
        previous = Answers(step, result.answers)
        done.attempts += len(step.recipients)
        if result.trouble:
            done.trouble, rest_seconds = result.trouble, result.rest_seconds
            logger.warning("%s: %s", way, result.trouble)
    if done.trouble and step is Stop.ASKED:
        claiming.release(held, delay_seconds=rest_seconds)
