"""What a delivery worker does: claim a batch, send its slices, claim the next, until nothing is due."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError

from digests.choices import Outcome, StateReason
from digests.delivery import claiming, leases, outages, quarantine, slices
from digests.delivery.claiming import Claim
from digests.delivery.pace.pacing import Pace
from digests.delivery.steps import Answers, OpenSlice, Stop
from digests.delivery.transports.base import NOT_SENT, Result, Transport
from digests.messages.message import Message
from digests.messages.message import load as load_message
from digests.state_reasons import Reason
from subscriptions.clock import database_now

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Drained:
    """What one call did."""

    batches: int = 0
    attempts: int = 0
    trouble: str = ""
    rest_seconds: float = 0  # that the way out needs; 0: it is not to blame
    needs_person: bool = False  # for the way out: it will not mend by itself
    troubled: set[int] = field(default_factory=set)  # digests that had to stop for it
    going_on: set[int] = field(default_factory=set)  # digests of which a server took something


def drain(
    transport: Transport,
    *,
    seconds: float,
    should_end: Callable[[], bool] = lambda: False,
    pace: Pace | None = None,
) -> Drained:
    """Work for about `seconds`, or until nothing is due; in trouble, stop and leave the rest for later."""
    end = time.monotonic() + seconds
    done = Drained()
    pace = pace or Pace()

    def may_go_on() -> bool:
        return time.monotonic() < end and not should_end() and pace.may_go_on()

    while may_go_on() and not done.trouble:
        readers = pace.take(may_go_on)
        held = claiming.claim() if readers else None
        if held is None:
            pace.give_back(readers)
            break
        done.batches += 1
        _send_batch(held, transport, done, Run(pace, readers, may_go_on))
    return done


@dataclass(slots=True)
class Run:
    """How far a batch may be taken: readers of the next slice, and whether there may be one."""

    pace: Pace
    readers: int
    may_go_on: Callable[[], bool]


def _send_batch(held: Claim, transport: Transport, done: Drained, run: Run) -> None:
    previous: Answers | None = None
    rest_seconds = 0.0
    while True:
        go_on = run.may_go_on() and not done.trouble and run.readers > 0
        step = _advance(held, previous, transport, go_on, run.readers)
        if isinstance(step, Stop):
            break
        run.pace.give_back(run.readers - len(step.recipients))
        result = _attempt(held, step, transport)
        if result is None:
            done.trouble = f"{transport.name} failed; the log says how."
            done.troubled.add(held.digest_id)
            return
        result = run.pace.note(held.digest_id, result)
        previous = Answers(step, result.answers)
        rest_seconds = _note(held, transport, result, done)
        run.readers = 0 if done.trouble or result.busy else run.pace.take()
    run.pace.give_back(run.readers)
    if rest_seconds and step is Stop.ASKED:
        claiming.release(held, delay_seconds=rest_seconds)


def _note(held: Claim, transport: Transport, result: Result, done: Drained) -> float:
    """How long this batch must rest, in seconds: where the trouble is with its message."""
    done.attempts += len(result.answers)
    if any(answer.outcome == Outcome.ACCEPTED for answer in result.answers):
        done.going_on.add(held.digest_id)
    if not result.trouble:
        return 0
    logger.warning("%s: %s", transport.name, result.trouble)
    done.trouble = result.trouble
    done.troubled.add(held.digest_id)
    if result.is_about_message:
        return result.rest_seconds
    done.rest_seconds = result.rest_seconds
    done.needs_person = result.needs_person
    return 0


def _advance(
    held: Claim, previous: Answers | None, transport: Transport, go_on: bool, most: int
) -> OpenSlice | Stop:
    return outages.outlast(
        lambda again: slices.advance(
            held, previous, transport=transport.name, go_on=go_on, again=again, most=most
        )
    )


def _attempt(held: Claim, step: OpenSlice, transport: Transport) -> Result | None:
    """Send one slice. Return None after a fault of ours: nobody knows what was sent.

    The next claim then finds the slice in doubt.
    """
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
    """Load the message. Return None if it cannot be made for anybody: nothing was sent.

    The digest then waits for a person.
    """
    try:
        return outages.outlast(lambda _again: load_message(step.version_id, held.variant))
    except DatabaseError:
        raise
    except Exception as error:  # content is what people and feeds wrote
        logger.exception("Version %s cannot be sent.", step.version_id)
        why = Reason.of(StateReason.CANNOT_BE_SENT, error=f"{type(error).__name__}: {error}")
        quarantine.pause(held.digest_id, why, now=database_now())
        return None
