"""Ringing for a worker after the transaction has been committed; a bell that cannot be rung is swept up later."""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from celery import Task, current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis import RedisError

from subscriptions import redis_server
from subscriptions.endings import at_end

logger = logging.getLogger(__name__)

# A bell costs as much as a sign-up: those of a moment are gathered, and ten a second are enough.
GATHER_SECONDS = 0.1
MOST_A_BELL = 50  # letters a worker is called for
MOST_WAITING = 20_000  # beyond it the sweep will do
# Rung for again and again while nobody answers, a queue would fill Redis.
MOST_UNANSWERED = 1000
# A broker that is away is not tried again for as long: each try may take seconds.
PAUSE_SECONDS = 2.0

_away_until = 0.0


def ring(task: "Task[..., None]", *arguments: int) -> None:
    """Rings at once outside a transaction. Never raises for a broker that is away."""
    transaction.on_commit(lambda: _publish(task, *arguments))


def ring_soon(task: "Task[[list[int]], None]", row_id: int) -> None:
    """Ring from a thread of its own, together with whoever else rings in the same moment.

    The visitor's answer neither waits for the broker nor tells by its time whether a bell was rung. What was not
    rung yet when a process dies is swept up.
    """
    if connection.in_atomic_block:
        transaction.on_commit(lambda: _ringer.put(task, row_id))
    else:  # nor does it open this thread's connection to the database, if there is none
        _ringer.put(task, row_id)


def ring_for(task: "Task[..., None]", calls: Iterable[tuple[int, ...]]) -> None:
    """Ring once for each; not into a queue where very many wait already. For what rings again and again."""
    if not has_room(task):
        return
    for arguments in calls:
        if not _publish(task, *arguments):
            return


def has_room(task: "Task[..., None]") -> bool:
    """False where very many wait in its queue already, or Redis is away."""
    queue = current_app.amqp.router.route({}, task.name)["queue"].name
    try:
        waiting = int(redis_server.client().llen(_prefix() + queue))
    except RedisError as error:
        logger.warning("The doorbell for %s is silent: %s", task.name, error)
        return False
    if waiting >= MOST_UNANSWERED:
        logger.warning("%s messages wait in the queue %s: is a worker at it?", waiting, queue)
    return waiting < MOST_UNANSWERED


def _prefix() -> str:
    """Celery puts it before the name of each queue; what rings into memory needs none."""
    return str(current_app.conf.broker_transport_options.get("global_keyprefix", ""))


def _publish(task: "Task[..., None]", *arguments: Any) -> bool:
    """False: the broker is away, and was tried now or a moment ago."""
    global _away_until
    if time.monotonic() < _away_until:
        return False
    try:
        task.delay(*arguments)
    except (OperationalError, OSError) as error:
        _away_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("The doorbell for %s%s is silent: %s", task.name, arguments, error)
        return False
    return True


class _Ringer:
    """Gathers bells for a moment, then rings once for many."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Task[[list[int]], None], int]] = deque(maxlen=MOST_WAITING)
        self._called = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def put(self, task: "Task[[list[int]], None]", row_id: int) -> None:
        self._waiting.append((task, row_id))
        self._called.set()
        if self._thread is None or not self._thread.is_alive():  # the first, or after a fork
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="bells", daemon=True)
                    self._thread.start()

    def flush(self) -> None:
        """Ring for all that wait, in this thread."""
        gathered: dict[Task[[list[int]], None], list[int]] = {}
        while self._waiting:
            try:
                task, row_id = self._waiting.popleft()
            except IndexError:
                break  # the other thread took it
            gathered.setdefault(task, []).append(row_id)
        for task, ids in gathered.items():
            for start in range(0, len(ids), MOST_A_BELL):
                _publish(task, ids[start : start + MOST_A_BELL])

    def _run(self) -> None:
        while True:
            self._called.wait()
            self._called.clear()
            time.sleep(GATHER_SECONDS)
            self.flush()


_ringer = _Ringer()
flush = _ringer.flush
at_end(flush)
