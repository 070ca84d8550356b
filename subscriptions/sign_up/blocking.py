"""“This was not me”: whoever gets a confirmation that they never asked for can have no more of them for a while.

A block is of the mailbox: a stranger who types name+1@ and name+2@ writes to the same person.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from subscriptions.links import Scope, read
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import Letter, SignUp, SignUpBlock, Subscriber
from subscriptions.models.abuse import SignUpBlockQuerySet
from subscriptions.public_ids import PUBLIC_ID_BYTES
from subscriptions.sign_up.mailboxes import mailbox_of

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
    found = _blocks(subscriber).under_way(now).order_by("-until")
    return Block(subscriber, found.values_list("until", flat=True).first())


def name_of(address: str) -> str:
    """What stands for it in a link: the beginning of its keyed hash, as long and as written as a public id."""
    return base64.urlsafe_b64encode(address_hash(address)[:PUBLIC_ID_BYTES]).decode()


def block(subscriber: Subscriber, *, now: datetime) -> Block:
    """End the requests under way, and ask this mailbox nothing until then. Idempotent; readers stay readers."""
    mailbox = mailbox_of(subscriber.address)
    until = now + BLOCKED_FOR
    with transaction.atomic():
        Subscriber.objects.select_for_update(no_key=True).get(pk=subscriber.pk)
        SignUpBlock.objects.update_or_create(
            address_hash=address_hash(mailbox), defaults={"until": until}
        )
        asked = Letter.objects.filter(mailbox=mailbox).values("subscriber")
        SignUp.objects.open(now).filter(Q(subscriber=subscriber) | Q(subscriber__in=asked)).update(
            expires_at=now
        )
    return Block(subscriber, until)


def unblock(subscriber: Subscriber) -> Block:
    _blocks(subscriber).delete()
    return Block(subscriber, None)


def _blocks(subscriber: Subscriber) -> SignUpBlockQuerySet:
    """Older ones are of the address."""
    names = {subscriber.address, mailbox_of(subscriber.address)}
    return SignUpBlock.objects.filter(address_hash__in=[address_hash(name) for name in names])
