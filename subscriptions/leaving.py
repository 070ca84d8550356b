"""Leaving one newsletter, from the foot of a mail or with one click in the mail program."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from subscriptions.choices import ConsentAction, SubscriptionState
from subscriptions.consents import record
from subscriptions.evidence import Evidence
from subscriptions.links import LeaveToken
from subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Departure:
    subscription: Subscription
    was_left: bool  # before; nothing was changed now


def find(token: LeaveToken) -> Subscription | None:
    """The tie that a leave link names; None when the reader was erased."""
    return (
        Subscription.objects.select_related("subscriber", "newsletter")
        .filter(subscriber__public_id=token.subscriber, newsletter__public_id=token.newsletter)
        .first()
    )


def leave(subscription: Subscription, evidence: Evidence, *, now: datetime) -> Departure:
    """Idempotent. Leaving one newsletter never leaves another."""
    with transaction.atomic():
        left = (
            Subscription.objects.filter(pk=subscription.pk)
            .exclude(state=SubscriptionState.LEFT)
            .update(state=SubscriptionState.LEFT, left_at=now)
        )
        if left:
            record(
                subscription.subscriber,
                [subscription.newsletter],
                ConsentAction.LEFT,
                evidence,
                now=now,
            )
    return Departure(subscription, was_left=not left)
