"""Ringing for a worker after the transaction has been committed; a bell that cannot be rung is swept up later."""

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: "Task[..., None]", *arguments: int) -> None:
    """Rings at once outside a transaction. Never raises for a broker that is away."""

    def publish() -> None:
        try:
            task.delay(*arguments)
        except (OperationalError, OSError) as error:
            logger.warning("The doorbell for %s%s is silent: %s", task.name, arguments, error)

    transaction.on_commit(publish)
