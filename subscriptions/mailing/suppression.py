"""Who is never mailed again, known by a keyed hash that outlives the address itself."""

import hmac
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from subscriptions.choices import SuppressionReason
from subscriptions.models import Subscriber, Suppression, SuppressionCanary

CANARY = "canary@newsroom.invalid"
CHUNK = 2000
IF_LOST = "If it is lost, `manage.py rehash_suppressions` says what can be saved."
_proved: set[str] = set()  # keys that this process has compared


class SuppressionKeyChanged(RuntimeError):
    """Going on would mail everybody who asked never to be mailed again."""


def address_hash(address: str) -> bytes:
    return hmac.digest(settings.SUPPRESSION_KEY.encode(), address.lower().encode(), "sha256")


def is_suppressed(address: str) -> bool:
    """Return whether an address is suppressed. Raises SuppressionKeyChanged."""
    _require_key()
    return Suppression.objects.filter(address_hash=address_hash(address)).exists()


def suppress(address: str, reason: SuppressionReason, *, now: datetime, note: str = "") -> None:
    """Idempotent; the first reason stays. The subscriber row is marked in the same transaction.

    Raises SuppressionKeyChanged.
    """
    _require_key()
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
    _require_key()
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
    """Compare SUPPRESSION_KEY with the canary that the first call left. Raises SuppressionKeyChanged.

    A database without a canary may have been in use for long: it gets one where each suppressed address that is still
    known in plain has the hash that this key makes of it. Where none is known, there is nothing to compare.
    """
    canary = SuppressionCanary.objects.first()
    if canary is None:
        _compare_with_rows()
        canary, _made = SuppressionCanary.objects.get_or_create(
            defaults={"address_hash": address_hash(CANARY)}, pk=1
        )
    if not hmac.compare_digest(bytes(canary.address_hash), address_hash(CANARY)):
        raise SuppressionKeyChanged(
            "SUPPRESSION_KEY is not the key of this database. With another key, suppressed readers "
            f"would be mailed again: put the old key back. {IF_LOST}"
        )
    _proved.add(settings.SUPPRESSION_KEY)


def is_key_proved() -> bool:
    """Whether this process has compared the key that it has now, and found it to be the right one."""
    return settings.SUPPRESSION_KEY in _proved


def _require_key() -> None:
    if not is_key_proved():
        prove_key_unchanged()


def _compare_with_rows() -> None:
    plain = Suppression.objects.exclude(address="").values_list("address", "address_hash")
    with transaction.atomic():  # a cursor of the server lives no longer
        found = Counter(
            bytes(kept) == address_hash(address)
            for address, kept in plain.iterator(chunk_size=CHUNK)
        )
    if found[False]:
        raise SuppressionKeyChanged(
            f"{found[False]} of {found.total()} suppressed addresses were written with another "
            "SUPPRESSION_KEY, so their readers would be mailed again: put that key back. "
            f"{IF_LOST}"
        )
