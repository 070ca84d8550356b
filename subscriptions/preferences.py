"""What a reader gets, as seen from the link in any mail: that link may be forwarded, so it shows and does little."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from subscriptions import leaving
from subscriptions.choices import SubscriptionState
from subscriptions.evidence import Evidence
from subscriptions.links import LeaveToken
from subscriptions.models import Newsletter, Subscriber, Subscription


@dataclass(frozen=True, slots=True)
class Preferences:
    subscriber: Subscriber
    received: tuple[Newsletter, ...]
    others: tuple[Newsletter, ...]  # to be had, but not received


def of(token: LeaveToken) -> Preferences | None:
    """None when the reader was erased."""
    subscriber = Subscriber.objects.filter(public_id=token.subscriber).first()
    if subscriber is None:
        return None
    subscriptions = _received(subscriber)
    received = tuple(subscription.newsletter for subscription in subscriptions)
    others = Newsletter.objects.live().exclude(pk__in=[each.pk for each in received])
    return Preferences(subscriber, received, tuple(others.in_reading_order()))


def leave_these(
    subscriber: Subscriber, slugs: Collection[str], evidence: Evidence, *, now: datetime
) -> tuple[Newsletter, ...]:
    """Leave those of the reader's newsletters that are named; returns the ones that were left now."""
    left = []
    for subscription in _received(subscriber):
        if subscription.newsletter.slug in slugs:
            departure = leaving.leave(subscription, evidence, now=now)
            if not departure.was_left:
                left.append(subscription.newsletter)
    return tuple(left)


def _received(subscriber: Subscriber) -> list[Subscription]:
    return list(
        subscriber.subscriptions.filter(
            state__in=[SubscriptionState.ACTIVE, SubscriptionState.PAUSED]
        )
        .select_related("newsletter", "subscriber")
        .order_by("newsletter__position", "newsletter__name")
    )
