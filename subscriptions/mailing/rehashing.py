"""When SUPPRESSION_KEY is lost: the list of suppressed addresses, written anew with the key of now."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from subscriptions.mailing.suppression import CANARY, CHUNK, address_hash
from subscriptions.models import Subscriber, Suppression, SuppressionCanary


@dataclass(slots=True)
class Rehashed:
    right: int = 0  # written with the key of now
    saved: int = 0  # written with another one, and known in plain
    lost: int = 0  # erased: known by a hash alone, and nobody can say by which key


def rehash(*, write: bool) -> Rehashed:
    """What can be saved; `write` does it, in one transaction, and takes the key of now for the database's."""
    done = Rehashed()
    with transaction.atomic():
        done.lost = Suppression.objects.filter(address="").count()
        last = 0
        while rows := list(
            Suppression.objects.filter(~Q(address=""), pk__gt=last).order_by("pk")[:CHUNK]
        ):
            last = rows[-1].pk
            for row in rows:
                if bytes(row.address_hash) == address_hash(row.address):
                    done.right += 1
                else:
                    done.saved += 1
                    if write:
                        _save(row)
        if write:
            SuppressionCanary.objects.update_or_create(
                pk=1, defaults={"address_hash": address_hash(CANARY)}
            )
    return done


def _save(row: Suppression) -> None:
    """The reader is marked as well: the list was not heard while the key was another."""
    new_hash = address_hash(row.address)
    if Suppression.objects.filter(address_hash=new_hash).exists():
        row.delete()  # suppressed once more meanwhile
    else:
        Suppression.objects.filter(pk=row.pk).update(address_hash=new_hash)
    Subscriber.objects.with_address(row.address).filter(suppressed_at__isnull=True).update(
        suppressed_at=Now()
    )
