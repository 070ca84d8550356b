"""Outlasting a database that is away for a moment: what the mail server has answered is worth waiting for."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
PAUSE_SECONDS = 0.5
# The rest of the lease is for the slice that comes after.
SHARE_OF_LEASE = 3

logger = logging.getLogger(__name__)


def outlast(work: Callable[[bool], T]) -> T:
    """Call `work` until the database answers; True tells it that an earlier call may have been committed.

    Raises the database's error when a third of the lease has passed.
    """
    end = time.monotonic() + settings.LEASE_SECONDS / SHARE_OF_LEASE
    again = False
    while True:
        try:
            return work(again)
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > end or connection.in_atomic_block:
                raise
            logger.warning("The database does not answer, trying again: %s", error)
            connection.close()
            again = True
            time.sleep(PAUSE_SECONDS)
