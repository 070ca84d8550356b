"""The latest mail that certainly reached a reader: soft bounces before it are forgotten."""

from datetime import datetime, timedelta

from digests import ledger
from digests.choices import Outcome
from digests.delivery.event_outcomes import ARRIVED
from digests.models import Event

# RFC 5321 section 4.5.4.1: servers give up after four or five days. What has not come back by then has arrived.
PRESUMED_DELIVERED_AFTER = timedelta(days=5)
RECENT_DIGESTS = 60


def last_delivery(subscriber_id: int, *, now: datetime) -> datetime | None:
    """An event says so, or nothing came back for days."""
    seen = (
        Event.objects.filter(subscriber_id=subscriber_id, kind__in=ARRIVED)
        .order_by("-occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )
    times = [
        delivery.sent_at
        for delivery in ledger.history_of(subscriber_id, limit=RECENT_DIGESTS)
        if delivery.outcome is Outcome.ACCEPTED
        and delivery.sent_at is not None
        and delivery.sent_at < now - PRESUMED_DELIVERED_AFTER
    ]
    return max([*times, *([seen] if seen else [])], default=None)
