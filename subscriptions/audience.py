"""How many readers a newsletter has: those a digest would go to if its readers were chosen now."""

from collections.abc import Iterable

from django.db.models import Count
from django.db.models.functions import Lower

from subscriptions.models import Subscription


def sizes(newsletter_ids: Iterable[int]) -> dict[int, int]:
    """Active, not suppressed and not away, by newsletter; one query however many are asked for."""
    asked = set(newsletter_ids)
    counted = (
        Subscription.objects.mailable()
        .filter(newsletter__in=asked)
        .order_by()
        .values_list("newsletter")
        .annotate(Count("pk"))
    )
    return dict.fromkeys(asked, 0) | dict(counted)


def with_zone(newsletter_id: int) -> int:
    """How many of them have told a time zone of their own."""
    return (
        Subscription.objects.mailable()
        .filter(newsletter=newsletter_id)
        .exclude(subscriber__zone="")
        .count()
    )


def strangers(newsletter_id: int | None, addresses: Iterable[str]) -> list[str]:
    """Those of the addresses that a digest of the newsletter would not go to."""
    asked = {address.lower(): address for address in addresses}
    found = (
        Subscription.objects.mailable()
        .filter(newsletter=newsletter_id)
        .annotate(lower_address=Lower("subscriber__address"))
        .filter(lower_address__in=asked)
        .values_list("lower_address", flat=True)
    )
    known = set(found) if asked else set()
    return [address for lower, address in asked.items() if lower not in known]


def size(newsletter_id: int) -> int:
    return sizes([newsletter_id])[newsletter_id]
