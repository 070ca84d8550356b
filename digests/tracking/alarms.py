"""Too many readers given up at once is a sign of trouble: a bad list, a service gone wrong, a forger with a key."""

import logging
from datetime import datetime, timedelta

from digests import alerts
from digests.choices import AlertKind, EventKind
from digests.models import Digest, Event

logger = logging.getLogger(__name__)

# Amazon reviews an account at 5 % bounces and 0.1 % complaints, and others are much the same. Few readers prove little.
FEWEST_READERS = 500
BOUNCE_SHARE = 0.05
COMPLAINT_SHARE = 0.001
# Across all digests, letters among them.
WITHIN = timedelta(hours=1)
MOST_AN_HOUR = 500


def look_at_digest(digest_id: int, *, now: datetime) -> None:
    """Alert once a digest (digests/alerts.py sees to the once)."""
    digest = Digest.objects.select_related("newsletter").get(pk=digest_id)
    size = digest.audience_size or 0
    if size < FEWEST_READERS:
        return
    given_up = Event.objects.filter(digest=digest, has_suppressed=True)
    complaints = given_up.filter(kind=EventKind.COMPLAINED).count()
    bounces = given_up.exclude(kind=EventKind.COMPLAINED).count()
    if bounces > size * BOUNCE_SHARE or complaints > size * COMPLAINT_SHARE:
        text = (
            f"{bounces} addresses of {size} bounced for good and {complaints} readers complained. "
            "Look at the list and at the mail server's words before the next digest goes out."
        )
        alerts.raise_alert(digest, AlertKind.SENDING, text, now=now)


def look_at_all(*, now: datetime) -> None:
    given_up = Event.objects.filter(has_suppressed=True, processed_at__gt=now - WITHIN)
    number = given_up.count()
    if number >= MOST_AN_HOUR:
        logger.error(
            "%s addresses were given up within an hour because of events. Are they genuine?", number
        )
