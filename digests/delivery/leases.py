"""Keeping a batch while a slow server takes its slice."""

import logging
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from digests.delivery import claiming
from digests.delivery.claiming import Claim
from digests.delivery.transports.base import OnWait

RENEWALS_A_LEASE = 5

logger = logging.getLogger(__name__)


def renewing(held: Claim) -> OnWait:
    """For the slice just opened: renews the lease, no more often than it needs.

    A database that is away for a moment is forgiven while the lease lasts.
    """
    lease = settings.LEASE_SECONDS
    pause = lease / RENEWALS_A_LEASE
    renewed_at = tried_at = time.monotonic()

    def on_wait() -> bool:
        nonlocal renewed_at, tried_at
        now = time.monotonic()
        if now < tried_at + pause:
            return True
        tried_at = now
        try:
            is_ours = claiming.renew(held)
        except (DatabaseError, InterfaceError):
            logger.warning("The lease of batch %s could not be renewed.", held.batch_id)
            connection.close()
            return now < renewed_at + lease - pause
        renewed_at = now
        return is_ours

    return on_wait
