"""Who is never mailed again, known by a keyed hash that outlives the address itself."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from subscriptions.choices import SuppressionReason
from subscriptions.models import Subscriber, Suppression, SuppressionCanary

CANARY = "canary@newsroom.invalid"


class SuppressionKeyChanged(RuntimeError):
    """Going on would mail everybody who asked never to be mailed again."""


def address_hash(address: str) -> bytes:
    return hmac.digest(settings.SUPPRESSION_KEY.encode(), address.lower().encode(), "sha256")


def is_suppressed(address: str) -> bool:
    return Suppression.objects.filter(address_hash=address_hash(address)).exists()


def suppress(address: str, reason: SuppressionReason, *, now: datetime, note: str = "") -> None:
    """Idempotent; the first reason stays. The subscriber row is marked in the same transaction."""
    with transaction.atomic():
        Suppression.objects.get_or_create(
            address_hash=address_hash(address),
            defaults={"address": address, "reason": reason, "note": note, "created_at": now},
        )
        Subscriber.objects.with_address(address).filter(suppressed_at__isnull=True).update(
            suppressed_at=now
        )


def suppress_readers(
    notes: Mapping[Subscriber, str], reason: SuppressionReason, *, now: datetime
) -> None:
    """The same for many readers in two statements. The caller holds the locks of their rows."""
    rows = [
        Suppression(
            address_hash=address_hash(reader.address),
            address=reader.address,
            reason=reason,
            note=note,
            created_at=now,
        )
        for reader, note in notes.items()
    ]
    # In one order, so that two transactions with the same addresses wait for each other one way only.
    rows.sort(key=lambda row: bytes(row.address_hash))
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    Subscriber.objects.filter(pk__in=[reader.pk for reader in notes], suppressed_at=None).update(
        suppressed_at=now
    )


def prove_key_unchanged() -> None:
    """Compare SUPPRESSION_KEY with the canary that the first call left. Raises SuppressionKeyChanged."""
    canary, _made = SuppressionCanary.objects.get_or_create(
        pk=1, defaults={"address_hash": address_hash(CANARY)}
    )
    if not hmac.compare_digest(bytes(canary.address_hash), address_hash(CANARY)):
        raise SuppressionKeyChanged(
            "SUPPRESSION_KEY is not the key of this database. With another key, suppressed readers "
            "would be mailed again: put the old key back."
        )
