"""Readers who are gone for good are erased in time, a batch at a time."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from subscriptions.models import SignUp, Subscriber, Subscription
from subscriptions.readers.erasing import erase

BATCH = 50  # each is erased by a dozen statements


def purge_gone(*, now: datetime, kept: timedelta) -> int:
    """Delete one batch of readers who left the last of their newsletters, or were suppressed, so long ago.

    Returns how many went; 0 when there are none left. As when a reader asks to be erased, the keyed hash of a
    suppressed address stays. Whoever is just signing up again is passed over.
    """
    end = now - kept
    left = Subscription.objects.last_left_before(end).exclude(_asks("subscriber"))
    suppressed = Subscriber.objects.filter(suppressed_at__lte=end).exclude(_asks("pk"))
    found = {
        *left.values_list("subscriber", flat=True)[:BATCH],
        *suppressed.order_by("suppressed_at").values_list("pk", flat=True)[:BATCH],
    }
    with transaction.atomic():
        locked = Subscriber.objects.select_for_update(skip_locked=True).filter(pk__in=found)
        held = [reader.pk for reader in locked.order_by("pk")]
        gone = list(Subscriber.objects.filter(pk__in=held).gone_since(end).exclude(_asks("pk")))
        for reader in gone:
            erase(reader, now=now)
    return len(gone)


def _asks(reader: str) -> Exists:
    """Something waits for the reader's answer; purge_unconfirmed ends it in its time."""
    return Exists(SignUp.objects.unanswered().filter(subscriber=OuterRef(reader)))
