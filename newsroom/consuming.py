"""Hearing bells: whatever Redis answers, and whatever lies in its lists, the worker lives and hears the next one.

Celery begins anew where a connection is lost. A Redis that answers with an error (a replica after a failover, one that
is full), or a message that is none, would end the worker instead; and with it the poller, which needs no Redis.
"""

import logging
import signal
import threading
import time
from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from typing_extensions import override

PAUSE_SECONDS = 5
# Workers have nothing to tell each other: PostgreSQL knows who does what. Gossip would also need the right to subscribe
# to patterns, which no user of Redis has who may use the keys and channels of this installation only.
ALONE = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}

logger = logging.getLogger(__name__)


class PatientConsumer(Consumer):
    connection_errors: tuple[type[Exception], ...]
    channel_errors: tuple[type[Exception], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | ALONE)
        self._refusals = self.channel_errors
        # Taken for a broker's trouble, after which Celery begins anew (CELERY_BROKER_CHANNEL_ERROR_RETRY).
        self.channel_errors = (*self.channel_errors, Exception)

    @override
    def start(self) -> None:
        """Celery breaks off at a QUIT what runs in threads, which cannot be done; it ends in order, as at a TERM."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGQUIT, signal.getsignal(signal.SIGTERM))
        super().start()

    @override
    def on_connection_error_before_connected(self, exc: Exception) -> None:
        self._rest_after(exc)
        super().on_connection_error_before_connected(exc)

    @override
    def on_connection_error_after_connected(self, exc: Exception) -> None:
        super().on_connection_error_after_connected(exc)
        self._rest_after(exc)

    def _rest_after(self, exc: Exception) -> None:
        """Celery waits by itself where nobody answers; and a message that was none is gone from its list."""
        if isinstance(exc, self._refusals):
            logger.warning("Redis refuses: %s Trying again in %s s.", exc, PAUSE_SECONDS)
            _rest(PAUSE_SECONDS)
        elif not isinstance(exc, self.connection_errors):
            logger.warning("What lay in Redis was no bell of ours (%r); going on.", exc)


def _rest(seconds: float) -> None:
    """A TERM ends it at once, by an exception of Celery's."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        maybe_shutdown()
        time.sleep(0.1)
