"""An approved digest that does not go out: told while there is still time to send it."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from digests.choices import AlertKind, DigestState
from digests.models import Alert, Digest
from digests.notices import alerts

LATE_AFTER = timedelta(minutes=3)
AT_ONCE = 100

logger = logging.getLogger(__name__)


def tell(*, now: datetime) -> list[int]:
    """Raise an alert for each, once, and take back those that are over. Raises the last error at its end."""
    told = []
    failed: Exception | None = None
    late = Digest.objects.filter(state=DigestState.APPROVED, due_at__lte=now - LATE_AFTER)
    standing = Alert.objects.filter(kind=AlertKind.LATE, cleared_at=None)
    standing.exclude(digest__in=late).update(cleared_at=now)
    for digest in late.select_related("newsletter").order_by("due_at")[:AT_ONCE]:
        try:
            with transaction.atomic():
                alerts.raise_alert(digest, AlertKind.LATE, _text(digest), now=now)
            told.append(digest.pk)
        except (
            Exception
        ) as error:  # one that cannot be told of (its zone is unknown) hides no other
            logger.exception("Digest %s is late, and staff could not be told.", digest.pk)
            failed = error
    if failed is not None:
        raise failed
    return told


def _text(digest: Digest) -> str:
    return _(
        "It is approved and was due at %(time)s (%(zone)s), but nobody has begun to send it. Are workers running, "
        "and does the database answer them?"
    ) % {"time": f"{digest.local(digest.due_at):%H:%M}", "zone": digest.zone}
