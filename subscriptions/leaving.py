"""Leaving one newsletter, from the foot of a mail or with one click in the mail program; taking it back; why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from subscriptions.choices import ConsentAction, NewsletterState, SubscriptionState
from subscriptions.consents import record
from subscriptions.evidence import Evidence
from subscriptions.leaving_reasons import LeavingReason
from subscriptions.links import LeaveToken
from subscriptions.models import FormerId, LeavingAnswer, Newsletter, Subscriber, Subscription

# Long enough for a slip that is noticed in the evening; a forwarded mail's link must not bring a reader back for ever.
UNDO_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Departure:
    subscription: Subscription
    was_left: bool  # before; nothing was changed now


def reader_of(public_id: str) -> Subscriber | None:
    """Find a reader, also by the id of a row that has become part of another's; None if the reader was erased."""
    reader = Subscriber.objects.filter(public_id=public_id).first()
    if reader is None:
        former = FormerId.objects.select_related("subscriber").filter(public_id=public_id).first()
        reader = former.subscriber if former else None
    return reader


def find(token: LeaveToken) -> Subscription | None:
    """The tie that a leave link names; None when the reader was erased."""
    reader = reader_of(token.subscriber)
    if reader is None:
        return None
    return (
        Subscription.objects.select_related("subscriber", "newsletter__lighter")
        .filter(subscriber=reader, newsletter__public_id=token.newsletter)
        .first()
    )


def leave(subscription: Subscription, evidence: Evidence, *, now: datetime) -> Departure:
    """Idempotent. Leaving one newsletter never leaves another."""
    with transaction.atomic():
        held = hold(subscription)
        if held is None:
            return Departure(subscription, was_left=True)
        subscription = held
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


def leave_all(
    subscriber: Subscriber,
    evidence: Evidence,
    *,
    now: datetime,
    newsletters: Collection[int] | None = None,
) -> tuple[Newsletter, ...]:
    """All that the reader gets, or those of them that are named by key; returns the ones that were left now."""
    ties = Subscription.objects.select_related("subscriber", "newsletter").filter(
        subscriber=subscriber, state=SubscriptionState.ACTIVE
    )
    if newsletters is not None:
        ties = ties.filter(newsletter__in=newsletters)
    return tuple(
        tie.newsletter for tie in ties.order_by("pk") if not leave(tie, evidence, now=now).was_left
    )


def hold(subscription: Subscription) -> Subscription | None:
    """The tie as it is now, under the lock of its reader's row until the transaction ends; None: erased.

    The reader's row always comes first, so that what ends a row (erasing, uniting) never waits for whoever waits for
    it. A tie whose reader has become part of another in this very moment is that other's.
    """
    reader: Subscriber | None = subscription.subscriber
    while reader is not None:
        locked = Subscriber.objects.select_for_update(no_key=True).filter(pk=reader.pk).first()
        if locked is not None:
            ties = Subscription.objects.select_related("subscriber", "newsletter__lighter")
            return ties.filter(subscriber=locked, newsletter=subscription.newsletter_id).first()
        reader = reader_of(reader.public_id)
    return None


def may_return(subscription: Subscription, *, now: datetime) -> bool:
    """Was it left lately, after it had been confirmed, and may the address be mailed?"""
    return (
        subscription.state == SubscriptionState.LEFT
        and subscription.left_at is not None
        and subscription.left_at > now - UNDO_WITHIN
        and subscription.confirmed_at is not None
        and subscription.subscriber.suppressed_at is None
        and subscription.newsletter.state != NewsletterState.CLOSED
    )


def undo(subscription: Subscription, evidence: Evidence, *, now: datetime) -> bool:
    """Take a departure of the last day back. False: there is none to take back, and nothing was changed.

    A lighter newsletter that was taken in its place is given back.
    """
    with transaction.atomic():
        locked = hold(subscription)
        if locked is None or not may_return(locked, now=now):
            return False
        for instead in _taken_instead(locked):
            leave(instead, evidence, now=now)
        Subscription.objects.filter(pk=locked.pk).update(
            state=SubscriptionState.ACTIVE, left_at=None
        )
        LeavingAnswer.objects.filter(subscription=locked).delete()
        record(locked.subscriber, [locked.newsletter], ConsentAction.RETURNED, evidence, now=now)
    return True


def _taken_instead(subscription: Subscription) -> QuerySet[Subscription]:
    """The lighter newsletter's tie, if it began in the moment in which this one ended."""
    return Subscription.objects.filter(
        subscriber=subscription.subscriber,
        newsletter=subscription.newsletter.lighter_id,
        state=SubscriptionState.ACTIVE,
        confirmed_at=subscription.left_at,
    )


def lighter_of(subscription: Subscription) -> Newsletter | None:
    """What to offer a reader who gets too many mails; None: nothing, or they have it already."""
    lighter = subscription.newsletter.lighter
    if lighter is None or not lighter.is_live or subscription.state != SubscriptionState.ACTIVE:
        return None
    has_it = subscription.subscriber.subscriptions.filter(
        newsletter=lighter, state=SubscriptionState.ACTIVE
    )
    return None if has_it.exists() else lighter


def take_lighter(subscription: Subscription, evidence: Evidence, *, now: datetime) -> bool:
    """Fewer mails: leave this one for the one that the publisher links. False: nothing was changed.

    Only for who gets the heavier one, so that the link of a forwarded mail can bring nobody more mail.
    """
    with transaction.atomic():
        locked = hold(subscription)
        lighter = lighter_of(locked) if locked else None
        if locked is None or lighter is None or locked.subscriber.suppressed_at is not None:
            return False
        join(locked.subscriber, lighter, evidence, now=now)
        leave(locked, evidence, now=now)
    return True


def join(
    subscriber: Subscriber, newsletter: Newsletter, evidence: Evidence, *, now: datetime
) -> None:
    """Subscribe a reader whose mailbox has answered already; in a transaction that holds the reader's row."""
    tie, is_new = Subscription.objects.get_or_create(
        subscriber=subscriber,
        newsletter=newsletter,
        defaults={"state": SubscriptionState.ACTIVE, "confirmed_at": now},
    )
    if not is_new:
        joined = (
            Subscription.objects.filter(pk=tie.pk)
            .exclude(state=SubscriptionState.ACTIVE)
            .update(state=SubscriptionState.ACTIVE, confirmed_at=now, left_at=None)
        )
        if not joined:
            return
    record(subscriber, [newsletter], ConsentAction.CONFIRMED, evidence, now=now)


def answer_why(subscription: Subscription, reason: str, *, now: datetime) -> bool:
    """Keep why it was left; a second answer replaces the first. False: no such reason, or not left."""
    if reason not in LeavingReason.values or subscription.state != SubscriptionState.LEFT:
        return False
    LeavingAnswer.objects.update_or_create(
        subscription=subscription,
        defaults={"newsletter": subscription.newsletter, "reason": reason, "at": now},
    )
    return True
