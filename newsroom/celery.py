"""The Celery app, and what a worker does beside its tasks.

PostgreSQL is the queue; a message is a doorbell. Hence no results, no acks_late, no ETA, no expiry, no retries by the
broker. Each worker also looks by itself (polling.py), so that all goes on while Redis is away.
"""

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsroom import logs

if TYPE_CHECKING:
    from newsroom.polling import Poller

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
try:
    settings.MODE  # noqa: B018 - read now, so that a fault of .env is one line and not Celery's traceback
except ImproperlyConfigured as error:
    sys.exit(f"newsroom: {error}")

logger = logging.getLogger(__name__)

# Less than processes.STOP_SECONDS, after which a supervisor kills.
POLLER_END_SECONDS = 25

_poller: "Poller | None" = None

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["digests"], related_name="ticking")


@signals.setup_logging.connect
def write_as_all_do(loglevel: int, logfile: str | None, **_: Any) -> None:
    logs.for_celery(loglevel, logfile)


@signals.celeryd_init.connect
@signals.beat_init.connect
def begin(**_: Any) -> None:
    from newsroom import starting
    from newsroom.local_servers import LocalServerError
    from newsroom.serving import join_servers

    try:
        join_servers()
        starting.begin()
    except LocalServerError as error:
        starting.refuse(str(error))
    except Exception as error:  # Celery only logs what a signal's receiver raises, and would start
        logger.exception("The look at the surroundings failed.")
        starting.refuse(f"{type(error).__name__}: {error}")


@signals.celeryd_after_setup.connect
def poll(instance: Any, **_: Any) -> None:
    """Start the worker's poller. Not at worker_ready, which a worker that starts while Redis is away never reaches."""
    from newsroom.polling import Poller

    global _poller
    served = sorted(instance.app.amqp.queues.consume_from)
    logger.info("This worker serves %s.", ", ".join(served))
    if strange := set(served) - set(settings.QUEUES):
        logger.warning("Nobody rings in %s: there are %s.", sorted(strange), settings.QUEUES)
    _poller = Poller(served)
    _poller.start()


@signals.worker_shutting_down.connect
def end(**_: Any) -> None:
    from digests.delivery import ending

    ending.begin()


@signals.worker_shutdown.connect
def wait_for_poller(**_: Any) -> None:
    if _poller is not None:
        _poller.join(POLLER_END_SECONDS)
