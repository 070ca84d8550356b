"""What is to be done again and again, step by step. A step that fails is told, and keeps no other from its work.

Each step may be done twice, and by two processes at once. Beat rings for `tick` every ten seconds; where nobody has
done it for half a minute, a worker's poller does it (newsroom/polling.py), and does what it would else ring for.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from celery import Task, shared_task
from django.db import DatabaseError, InterfaceError, transaction

from digests import tasks
from digests.assembly import copying, fetching, renewing
from digests.decisions import subject_tests
from digests.delivery import cancelling, claiming, ending, finishing
from digests.delivery.warmup import releasing
from digests.notices import service, webhook_messages
from digests.plan import planning
from digests.preflight import running, visits
from digests.reminders import lateness, pauses, reminding
from digests.sponsors import sponsoring
from subscriptions import audience, doorbell, heartbeats
from subscriptions import tasks as subscription_tasks
from subscriptions.clock import database_now
from subscriptions.lost_connections import give_up_if_lost

A_MINUTE = 60  # seconds
A_DAY = 24 * 60 * A_MINUTE
QUESTION_EVERY = 15

Calls = Iterable[tuple[int, ...]]
Hand = Callable[["Task[..., None]", Calls], None]  # rings for each call, or makes it
Work = Callable[[Hand], object]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    name: str  # for people: “… fails”
    work: Work
    every_seconds: int = 0  # 0: each time

    @property
    def row(self) -> str:
        """The step's name among the heartbeats."""
        return f"{heartbeats.STEP}{self.name}"


def _now(engine: Callable[..., object]) -> Work:
    return lambda _hand: engine(now=database_now())


def _each(due_ids: Callable[..., Iterable[int]], task: "Task[[int], None]") -> Work:
    return lambda hand: hand(task, ((row_id,) for row_id in due_ids(now=database_now())))


def _once(task: "Task[[], None]", is_due: Callable[..., object] | None = None) -> Work:
    return lambda hand: hand(task, [()] if is_due is None or is_due(now=database_now()) else [])


def _without_picture(*, now: datetime) -> list[int]:
    return copying.without_picture()


def _close_cancelled() -> None:
    for digest_id in cancelling.cancelled_with_batches():
        cancelling.close_batches(digest_id, now=database_now())


def _ring_drains() -> None:
    """Never in the hand's turn: sending takes long, and delivery workers look for it by themselves."""
    if claiming.has_work():
        tasks.ring_drains()


# What has an hour of its own: short, and without other people's servers. In the order in which a digest needs it.
STEPS = (
    Step("planning digests", _now(planning.plan_due)),
    Step("assembling digests", _each(planning.to_assemble, tasks.assemble_digest)),
    Step(
        "assembling digests that had too few stories",
        _each(planning.to_assemble_again, tasks.assemble_digest_again),
        A_MINUTE,
    ),
    Step("applying the rule at the deadline", _each(planning.to_decide, tasks.decide_digest)),
    Step("freezing digests", _each(planning.to_freeze, tasks.freeze_digest)),
    Step("looking for late digests", _now(lateness.tell)),
    Step("looking for paused digests", _now(pauses.tell)),
    Step("looking for missed digests", _now(planning.mark_missed)),
    Step("reminding staff of deadlines", _each(reminding.due_ids, tasks.remind_of_digest)),
    Step("deciding subject tests", _now(subject_tests.decide_overdue)),
    Step("closing what was cancelled", lambda _hand: _close_cancelled()),
    Step("marking what is sent", lambda _hand: finishing.mark_sent()),
    Step("letting warm-up readers go", _now(releasing.release)),
    Step("ringing for deliveries", lambda _hand: _ring_drains()),
    Step("ending sponsors’ options", _now(sponsoring.release_options)),
    Step("counting for sponsors", _now(sponsoring.mark_sent)),
    Step("preflight", _each(running.due_ids, tasks.preflight_digest)),
    Step("events of mail services", _once(tasks.process_events)),
)
# What waits for other people's servers, or takes its time.
ERRAND_STEPS = (
    Step("posting webhook messages", _each(webhook_messages.due_ids, tasks.send_webhook_message)),
    Step("fetching feeds", _each(fetching.due_ids, tasks.fetch_source), A_MINUTE),
    Step("copying pictures", _each(_without_picture, tasks.copy_picture)),
    Step("looking for replaced pictures", _each(renewing.due_ids, tasks.renew_picture), A_MINUTE),
    Step("visiting links", _once(tasks.visit_links, visits.due_ids)),
    Step("asking services about readers in doubt", _once(tasks.ask_services), QUESTION_EVERY),
    Step("counting readers", _once(tasks.count_readers), audience.COUNTED_EVERY),
    Step("asking for mail domains", _once(tasks.ask_mail_domains), A_MINUTE),
    Step("reminding of confirmations", _once(subscription_tasks.remind), 10 * A_MINUTE),
    Step("forgetting what has ended", _once(subscription_tasks.purge), 60 * A_MINUTE),
    Step("taking unused logos away", _once(tasks.purge_logos), 60 * A_MINUTE),
    Step("forgetting log-ins that are over", _once(tasks.purge_sessions), A_DAY),
)


@shared_task
def tick() -> None:
    """Beat rings for it: whatever takes longer is rung for in turn."""
    heartbeats.note(heartbeats.TICK, heartbeats.ERRANDS)
    run(STEPS, doorbell.ring_for)
    run(ERRAND_STEPS, doorbell.ring_for)


def tick_alone() -> None:
    """Nobody rings, or nobody answers: all of it here."""
    run(STEPS, do)


def run_errands_alone() -> None:
    run(ERRAND_STEPS, do)


def run(steps: Iterable[Step], hand: Hand) -> None:
    """Run the steps. Raises the database's error where it does not answer at all: no further step could do anything."""
    worked = []
    for step in steps:
        try:
            if step.every_seconds and not heartbeats.take_turn(
                step.row, after=step.every_seconds, every=step.every_seconds
            ):
                continue
            step.work(hand)
        except Exception as error:  # whatever it is: the others have their hour, too
            logger.exception("The step “%s” fails; the others go on.", step.name)
            _note_failure(step, error)
        else:
            worked.append(step.row)
    heartbeats.worked(worked)


def do(task: "Task[..., None]", calls: Calls) -> None:
    """Each call here, alone: one that fails keeps no other from its turn. Raises the first error at the end."""
    first: Exception | None = None
    for arguments in calls:
        if ending.has_begun():
            break
        try:
            task(*arguments)
        except Exception as error:  # as above
            logger.exception("%s%s fails; the others go on.", task.name, arguments)
            give_up_if_lost()
            first = first or error
    if first is not None:
        raise first


def _note_failure(step: Step, error: Exception) -> None:
    give_up_if_lost()
    now: datetime = database_now()  # raises where the database is away
    try:
        with transaction.atomic():
            if heartbeats.failed(step.row, error):
                service.tell_of_step(step.name, error, now=now)
    except (DatabaseError, InterfaceError):
        logger.exception("The failure of the step “%s” cannot be noted.", step.name)
