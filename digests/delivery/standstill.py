"""Batches are due, nothing rests and nobody sends: told by whoever is alive, whatever keeps the workers from it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from digests.choices import GOING_OUT_SQL, AlertKind
from digests.delivery.troubles import PATIENCE
from digests.models import Digest, Slice
from digests.notices import alerts
from subscriptions.mailing import transports
from subscriptions.mailing.mail import MailRoute

AT_ONCE = 50
WAYS = ("digests", "fallback")
TEXT = (
    "It is due, but nothing has gone out for {minutes} minutes, and no worker is sending. "
    "Check that a worker for the queue “delivery” is running."
)

# A batch with a lease is in the hands of a worker that lives, or of one whose lease will run out.
STANDING = f"""
SELECT DISTINCT d.id
  FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
 WHERE b.finished_at IS NULL AND b.variant IS NOT NULL AND b.due_at <= %(since)s
   AND d.state IN {GOING_OUT_SQL} AND d.frozen_at <= %(since)s
   AND NOT EXISTS (SELECT 1 FROM digests_sendingswitch WHERE stopped_at IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM digests_batch h WHERE h.finished_at IS NULL AND h.lease_until > %(now)s)
 LIMIT %(most)s
"""  # noqa: S608 - its parts are constants of ours


def tell(routes: Mapping[str, MailRoute], *, now: datetime) -> list[int]:
    """Raise an alert for each digest that stands still, once; returns their ids."""
    if _some_way_rests(routes, now):
        return []
    since: datetime = now - PATIENCE
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"since": since, "now": now, "most": AT_ONCE})
        ids = [row[0] for row in cursor.fetchall()]
    text = TEXT.format(minutes=int(PATIENCE / timedelta(minutes=1)))
    told = []
    for digest in Digest.objects.select_related("newsletter").filter(pk__in=ids):
        if not _got_on(digest, since):
            with transaction.atomic():
                alerts.raise_alert(digest, AlertKind.SENDING, text, now=now)
            told.append(digest.pk)
    return told


def _got_on(digest: Digest, since: datetime) -> bool:
    """Asked of few: between two slices a batch has its lease."""
    recent = Q(started_at__gt=since) | Q(settled_at__gt=since)
    return Slice.objects.filter(recent, batch__digest=digest).exists()


def _some_way_rests(routes: Mapping[str, MailRoute], now: datetime) -> bool:
    """That is told elsewhere (troubles.py), with its reason."""
    ours = [routes[name] for name in WAYS if name in routes]
    return any(transports.standing_of(route.name, now=now).rests for route in ours)
