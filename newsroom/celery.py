"""The Celery app, and what a worker does beside its tasks.

PostgreSQL is the queue; a message is a doorbell. Hence no results, no acks_late, no ETA, no retries by the broker. A
delivery worker also looks for due batches by itself, so that sending goes on while Redis is away.
"""

import logging
import os
import threading
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

logger = logging.getLogger(__name__)

DELIVERY_QUEUE = "delivery"
POLL_SECONDS = 5
POLL_DRAIN_SECONDS = 60

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def join(**_: Any) -> None:
    from newsroom.serving import join_servers

    join_servers()


@signals.worker_ready.connect
def poll(sender: Any, **_: Any) -> None:
    if DELIVERY_QUEUE in sender.app.amqp.queues.consume_from:
        threading.Thread(target=_poll, name="delivery poller", daemon=True).start()


@signals.worker_shutting_down.connect
def end(**_: Any) -> None:
    from digests.delivery import ending

    ending.begin()


def _poll() -> None:
    from django.db import close_old_connections

    from digests import tasks
    from digests.delivery import claiming, ending

    while not ending.wait(POLL_SECONDS):
        try:
            close_old_connections()
            if claiming.has_work():
                tasks.drain_now(POLL_DRAIN_SECONDS)
        except Exception:  # whatever it was: a poller that ends would end sending without Redis
            logger.exception("Looking for work failed; looking again in %s s.", POLL_SECONDS)
