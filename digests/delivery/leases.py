"""Keeping a batch while its slice waits for a slow mail server.

A lease that ran out under a living worker would put its slice in doubt, and its readers would get a second copy.
"""

import logging
import threading
from types import TracebackType
from typing import Self

from django.db import Error, connection

from digests.delivery.claiming import LEASE_SECONDS, Claim

logger = logging.getLogger(__name__)

RENEW_SECONDS = LEASE_SECONDS / 3
# A slice that takes longer hangs: 50 readers at a tarpit's pace of several seconds each take less.
LONGEST_SECONDS = 900

RENEW = """
UPDATE digests_batch SET lease_until = clock_timestamp() + make_interval(secs => %s)
 WHERE id = %s AND token = %s AND lease_until > clock_timestamp() AND finished_at IS NULL
"""


def renew(held: Claim) -> bool:
    """False when the batch is no longer ours."""
    with connection.cursor() as cursor:
        cursor.execute(RENEW, [LEASE_SECONDS, held.batch_id, held.token])
        return bool(cursor.rowcount)


class Heartbeat:
    """A context manager: from `beat_for` to `rest`, a thread with a connection of its own renews the lease."""

    def __init__(self, every_seconds: float = RENEW_SECONDS) -> None:
        self._every = every_seconds
        self._held: Claim | None = None
        self._beats_left = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def beat_for(self, held: Claim) -> None:
        with self._lock:
            self._held, self._beats_left = held, int(LONGEST_SECONDS / self._every)

    def rest(self) -> None:
        """When this returns, no renewal is under way."""
        with self._lock:
            self._held = None

    def _run(self) -> None:
        try:
            while not self._ended.wait(self._every):
                with self._lock:
                    self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        held = self._held
        if held is None or not self._beats_left:
            return
        self._beats_left -= 1
        try:
            if not renew(held):
                logger.error("Batch %s is in other hands while we send it.", held.batch_id)
                self._held = None
        except Error as error:
            logger.warning("The lease of batch %s is not renewed: %s", held.batch_id, error)
            connection.close()
