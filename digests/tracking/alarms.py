"""Too many readers given up at once, across all digests: a service gone wrong, or a forger with a key."""

import logging
from datetime import datetime, timedelta

from digests.models import Event

logger = logging.getLogger(__name__)

# Across all digests, letters among them.
WITHIN = timedelta(hours=1)
MOST_AN_HOUR = 500


def look_at_all(*, now: datetime) -> None:
    given_up = Event.objects.filter(has_suppressed=True, processed_at__gt=now - WITHIN)
    number = given_up.count()
    if number >= MOST_AN_HOUR:
        logger.error(
            "%s addresses were given up within an hour because of events. Are they genuine?", number
        )
