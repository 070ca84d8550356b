"""The Celery app, and what a worker does beside its tasks.

PostgreSQL is the queue; a message is a doorbell. Hence no results, no acks_late, no ETA, no retries by the broker. A
delivery worker also looks for due batches by itself, so that sending goes on while Redis is away.
"""

import logging
import os
import sys
import threading
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsroom import queues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
try:
    settings.MODE  # noqa: B018 - read now, so that a fault of .env is one line and not Celery's traceback
except ImproperlyConfigured as error:
    sys.exit(f"newsroom: {error}")

logger = logging.getLogger(__name__)

POLL_SECONDS = 5
POLL_DRAIN_SECONDS = 60
# Less than processes.STOP_SECONDS, after which a supervisor kills.
POLLER_END_SECONDS = 25

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def begin(**_: Any) -> None:
    from newsroom import starting
    from newsroom.embedded import EmbeddedError
    from newsroom.serving import join_servers

    try:
        join_servers()
        starting.begin()
    except EmbeddedError as error:
        starting.refuse(str(error))
    except Exception as error:  # Celery only logs what a signal's receiver raises, and would start
        logger.exception("The look at the surroundings failed.")
        starting.refuse(f"{type(error).__name__}: {error}")


@signals.celeryd_after_setup.connect
def poll(instance: Any, **_: Any) -> None:
    """Not at worker_ready, which a worker that is started while Redis is away never reaches."""
    if queues.DELIVERY in instance.app.amqp.queues.consume_from:
        _poller.start()


@signals.worker_shutting_down.connect
def end(**_: Any) -> None:
    from digests.delivery import ending

    ending.begin()


@signals.worker_shutdown.connect
def wait_for_poller(**_: Any) -> None:
    """Celery waits for its tasks, not for this thread, and an exit would cut its slice off."""
    if _poller.is_alive():
        _poller.join(POLLER_END_SECONDS)


def _poll() -> None:
    from django.db import close_old_connections

    from digests import tasks
    from digests.delivery import claiming, ending

    while not ending.has_begun():
        try:
            close_old_connections()
            tasks.decide_subject_tests()
            if claiming.has_work():
                tasks.drain_now(POLL_DRAIN_SECONDS)
        except Exception:  # whatever it was: a poller that ends would end sending without Redis
            logger.exception("Looking for work failed; looking again in %s s.", POLL_SECONDS)
        ending.wait(POLL_SECONDS)


_poller = threading.Thread(target=_poll, name="delivery poller", daemon=True)
