"""What a worker does unasked: it says that it is there, and stands in where nobody rings or nobody answers.

Redis may be away, or beat, or the worker that should have heard the bell. Each worker looks into the database every few
seconds; who does what is settled there by conditional updates, so that one process does it at a time, and one that is
killed or stopped holds nobody up.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.db import close_old_connections, connection

from digests import tasks, ticking, watching
from digests.delivery import claiming, ending
from newsroom import queues
from subscriptions import heartbeats
from subscriptions import tasks as subscription_tasks

POLL_SECONDS = 5
DRAIN_SECONDS = 60
LETTERS_SECONDS = 20

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Duty:
    """Work in a thread of its own, one at a time, so that what hangs keeps no other duty waiting."""

    name: str
    is_due: Callable[[], object]
    work: Callable[[], object]
    thread: threading.Thread | None = field(default=None)

    def look(self) -> None:
        if (self.thread is None or not self.thread.is_alive()) and self.is_due():
            self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self.thread.start()

    def _run(self) -> None:
        try:
            self.work()
        except Exception:  # whatever it was: the next look begins anew
            logger.exception("%s: failed; looking again in %s s.", self.name, POLL_SECONDS)
        finally:
            connection.close()


def _nobody_does(row: str) -> Callable[[], bool]:
    return lambda: heartbeats.take_turn(
        row, after=settings.TICK_PATIENCE_SECONDS, every=settings.TICK_SECONDS
    )


def duties_of(served: Collection[str]) -> list[Duty]:
    """Return the duties of a worker for these queues."""
    duties = [
        Duty("tick", _nobody_does(heartbeats.TICK), ticking.tick_alone),
        Duty("alerts", watching.is_due, watching.watch),
        Duty(
            "letters",
            _nobody_does(heartbeats.LETTERS),
            lambda: subscription_tasks.send_due_letters(LETTERS_SECONDS),
        ),
    ]
    if queues.ERRANDS in served:
        duties.append(Duty("errands", _nobody_does(heartbeats.ERRANDS), ticking.run_errands_alone))
    if queues.DELIVERY in served:
        duties.append(Duty("deliveries", claiming.has_work, lambda: tasks.drain_now(DRAIN_SECONDS)))
    return duties


class Poller:
    def __init__(self, served: Collection[str]) -> None:
        self._duties = duties_of(served)
        self._rows = [f"{heartbeats.QUEUE}{name}" for name in served]
        if queues.DELIVERY in served:
            self._rows.append(heartbeats.DELIVERIES)
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Celery waits for its tasks, not for these threads, and an exit would cut a slice off."""
        end = time.monotonic() + seconds
        for thread in (self._thread, *(duty.thread for duty in self._duties)):
            if thread is not None and thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while not ending.has_begun():
            try:
                close_old_connections()
                heartbeats.note(*self._rows)
                for duty in self._duties:
                    duty.look()
            except Exception:  # whatever it was: a poller that ends would end sending without Redis
                logger.exception("Looking for work failed; looking again in %s s.", POLL_SECONDS)
            ending.wait(POLL_SECONDS)
