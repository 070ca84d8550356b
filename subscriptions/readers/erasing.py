"""The right to be forgotten (GDPR article 17): the reader's row ends, and with it all that hangs on it.

What stays: the ledger's numbers, which name nobody any more; why somebody left, without who; and, where the address had
been suppressed or is to be refused from now on, its keyed hash.
"""

from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import address_hash, suppress
from subscriptions.models import Subscriber, Suppression

# Sent inside the transaction, before the row goes; for those who keep something of readers (subscriber_id, address).
erased = Signal()


def erase(subscriber: Subscriber, *, now: datetime, refuse_from_now_on: bool = False) -> None:
    """Idempotent. `refuse_from_now_on`: nobody can sign this address up again, known by its hash alone."""
    with transaction.atomic():
        reader = Subscriber.objects.select_for_update().filter(pk=subscriber.pk).first()
        if reader is None:
            return
        if refuse_from_now_on:
            suppress(reader.address, SuppressionReason.ERASURE, now=now)
        Suppression.objects.filter(address_hash=address_hash(reader.address)).update(
            address="", note=""
        )
        end_row(reader)


def end_row(reader: Subscriber) -> None:
    """Erase a reader's row in the caller's transaction.

    Nothing of ours names the reader or shows the address afterwards.
    """
    # Staff's own log would go on to show it.
    log_of(reader).update(object_repr="(erased)", change_message="")
    erased.send(sender=Subscriber, subscriber_id=reader.pk, address=reader.address)
    reader.delete()


def log_of(reader: Subscriber) -> QuerySet[LogEntry]:
    """What staff did with the reader's row, each entry under the address of its time."""
    of_readers = ContentType.objects.get_for_model(Subscriber)
    return LogEntry.objects.filter(content_type=of_readers, object_id=str(reader.pk))
