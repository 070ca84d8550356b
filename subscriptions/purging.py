"""What is forgotten in time: wishes that nobody confirmed with who made them, IP addresses, letters, and what is spent.

Readers who are gone for good are readers/gone.py's; docs/operations.md has the terms.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from subscriptions.models import (
    AddressChange,
    Consent,
    Letter,
    ManageLink,
    SignUp,
    SignUpBlock,
    SpentProof,
    Subscriber,
    Subscription,
)

BATCH = 500


def purge_unconfirmed(*, now: datetime, kept: timedelta) -> int:
    """Delete one batch of requests whose link ran out so long ago. Return how many went; 0 if none are left.

    Whoever has no other tie is forgotten with them, letters and consents included.
    """
    ended = SignUp.objects.unanswered_since(now - kept)
    subscriber_ids = sorted(set(ended.values_list("subscriber", flat=True)[:BATCH]))
    with transaction.atomic():
        # As a new request does: whoever asks again right now finds the request open and renews it, or finds nobody.
        locked = Subscriber.objects.select_for_update(no_key=True).filter(pk__in=subscriber_ids)
        found = [reader.pk for reader in locked.order_by("pk")]
        gone, _rows = SignUp.objects.unanswered_since(now - kept).of(found).delete()
        _forget(found)
    return len(found) if gone else 0


def _forget(subscriber_ids: Collection[int]) -> None:
    asking = set(
        SignUp.objects.of(subscriber_ids).unanswered().values_list("subscriber", flat=True)
    )
    done = [pk for pk in subscriber_ids if pk not in asking]
    Subscription.objects.never_confirmed(done).delete()
    Subscriber.objects.without_ties(subscriber_ids).delete()


def purge_ips(*, now: datetime, kept: timedelta) -> int:
    """Delete one batch of IP addresses, and their hashes, from consents given so long ago; the consents stay."""
    with_ip = Consent.objects.with_ip_before(now - kept)
    return Consent.objects.filter(pk__in=with_ip.values("pk")[:BATCH]).update(ip=None, ip_hash="")


def purge_letters(*, now: datetime, kept: timedelta) -> int:
    """Delete one batch of service emails that were sent, refused or given up so long ago.

    Return how many went; 0 when there are none left.

    The address may be a stranger's, typed into a form; what was agreed to is in the consents, which stay.
    """
    ended = Letter.objects.settled_before(now - kept).order_by("settled_at")
    ids = list(ended.values_list("pk", flat=True)[:BATCH])
    Letter.objects.filter(pk__in=ids).delete()
    return len(ids)


def purge_spent(*, now: datetime) -> int:
    """Delete one batch each of spent proofs, blocks, links to preferences and changes of address.

    Return how many went.

    There is no harm in their going at any time. A change that nobody agreed to may hold a stranger's address.
    """
    gone = 0
    for ended in (
        SpentProof.objects.filter(expires_at__lte=now),
        SignUpBlock.objects.filter(until__lte=now),
        ManageLink.objects.filter(expires_at__lte=now),
        AddressChange.objects.filter(expires_at__lte=now, done_at=None),
    ):
        ids = list(ended.values_list("pk", flat=True)[:BATCH])
        gone += ended.filter(pk__in=ids).delete()[0]
    return gone
