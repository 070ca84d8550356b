"""“This was not me”: whoever gets a confirmation that they never asked for can have no more of them for a while."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from subscriptions.links import Scope, read
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import SignUp, SignUpBlock, Subscriber
from subscriptions.public_ids import PUBLIC_ID_BYTES

BLOCKED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Block:
    subscriber: Subscriber
    until: datetime | None  # None: not blocked


def find(token: str, *, now: datetime) -> Block | None:
    """What a “not me” link names; None when everything about the address is gone. Raises BadLink.

    The mailbox that a reader has left must not keep the next one from anything.
    """
    public_id, address = read(Scope.NOT_ME, token)
    subscriber = Subscriber.objects.filter(public_id=public_id).first()
    if subscriber is None or name_of(subscriber.address) != address:
        return None
    found = SignUpBlock.objects.under_way(now).filter(address_hash=address_hash(subscriber.address))
    return Block(subscriber, found.values_list("until", flat=True).first())


def name_of(address: str) -> str:
    """What stands for it in a link: the beginning of its keyed hash, as long and as written as a public id."""
    return base64.urlsafe_b64encode(address_hash(address)[:PUBLIC_ID_BYTES]).decode()


def block(subscriber: Subscriber, *, now: datetime) -> Block:
    """End the request under way, and ask this address nothing until then. Idempotent; readers stay readers."""
    until = now + BLOCKED_FOR
    with transaction.atomic():
        Subscriber.objects.select_for_update(no_key=True).get(pk=subscriber.pk)
        SignUpBlock.objects.update_or_create(
            address_hash=address_hash(subscriber.address), defaults={"until": until}
        )
        SignUp.objects.open(now).filter(subscriber=subscriber).update(expires_at=now)
    return Block(subscriber, until)


def unblock(subscriber: Subscriber) -> Block:
    SignUpBlock.objects.filter(address_hash=address_hash(subscriber.address)).delete()
    return Block(subscriber, None)
