"""What a reader gets, and changing it: a little by the link in any mail, which may be forwarded; more by e-mail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from subscriptions import leaving
from subscriptions.choices import SubscriptionState
from subscriptions.evidence import Evidence
from subscriptions.models import Newsletter, Subscriber, Subscription
from subscriptions.validators import is_zone


@dataclass(frozen=True, slots=True)
class Preferences:
    subscriber: Subscriber
    received: tuple[Newsletter, ...]
    others: tuple[Newsletter, ...]  # to be had, but not received
    lighter: tuple[Subscription, ...]  # received, where fewer mails are on offer
    returnable: tuple[Newsletter, ...]  # left so lately that it can be taken back


def of(subscriber: Subscriber, *, now: datetime) -> Preferences:
    ties = _received(subscriber)
    received = tuple(tie.newsletter for tie in ties)
    others = Newsletter.objects.live().exclude(pk__in=[each.pk for each in received])
    lighter = tuple(tie for tie in ties if leaving.lighter_of(tie))
    returnable = tuple(
        tie.newsletter for tie in _left(subscriber) if leaving.may_return(tie, now=now)
    )
    return Preferences(subscriber, received, tuple(others.in_reading_order()), lighter, returnable)


def leave_these(
    subscriber: Subscriber, slugs: Collection[str], evidence: Evidence, *, now: datetime
) -> tuple[Newsletter, ...]:
    """Leave those of the reader's newsletters that are named; returns the ones that were left now."""
    ties = [tie for tie in _received(subscriber) if tie.newsletter.slug in slugs]
    return _leave(ties, evidence, now)


def leave_all(
    subscriber: Subscriber, evidence: Evidence, *, now: datetime
) -> tuple[Newsletter, ...]:
    """Unsubscribe a reader from everything; only for one who asked for it in so many words."""
    return leaving.leave_all(subscriber, evidence, now=now)


def take_back(
    subscriber: Subscriber, slugs: Collection[str], evidence: Evidence, *, now: datetime
) -> tuple[Newsletter, ...]:
    """Undo that those were left; returns the ones that come again from now on."""
    ties = [tie for tie in _left(subscriber) if tie.newsletter.slug in slugs]
    return tuple(tie.newsletter for tie in ties if leaving.undo(tie, evidence, now=now))


def lighten(
    subscriber: Subscriber, slug: str, evidence: Evidence, *, now: datetime
) -> tuple[Newsletter, ...]:
    """Fewer mails instead of the named newsletter; returns what was left for its lighter one: nothing, or that."""
    return tuple(
        tie.newsletter
        for tie in _received(subscriber)
        if tie.newsletter.slug == slug and leaving.take_lighter(tie, evidence, now=now)
    )


def choose(
    subscriber: Subscriber, slugs: Collection[str], evidence: Evidence, *, now: datetime
) -> tuple[Newsletter, ...]:
    """Get exactly these from now on; returns those that were left.

    Only for a reader whose mailbox has just answered: that is the double opt-in.
    """
    with transaction.atomic():
        if not Subscriber.objects.select_for_update(no_key=True).filter(pk=subscriber.pk):
            return ()  # erased meanwhile
        ties = [tie for tie in _received(subscriber) if tie.newsletter.slug not in slugs]
        left = _leave(ties, evidence, now)
        for newsletter in Newsletter.objects.live().filter(slug__in=slugs):
            leaving.join(subscriber, newsletter, evidence, now=now)
    return left


def set_language(subscriber: Subscriber, language: str) -> bool:
    """Blank for the publisher's. False: we have none such, and nothing was changed."""
    if language and language not in dict(settings.LANGUAGES):
        return False
    Subscriber.objects.filter(pk=subscriber.pk).update(language=language)
    return True


def set_zone(subscriber: Subscriber, zone: str) -> bool:
    """Blank for the publisher's. False: there is none such, and nothing was changed."""
    if zone and not is_zone(zone):
        return False
    Subscriber.objects.filter(pk=subscriber.pk).update(zone=zone)
    return True


def _leave(
    ties: Collection[Subscription], evidence: Evidence, now: datetime
) -> tuple[Newsletter, ...]:
    return tuple(
        tie.newsletter for tie in ties if not leaving.leave(tie, evidence, now=now).was_left
    )


def _received(subscriber: Subscriber) -> list[Subscription]:
    return _ties(subscriber, state=SubscriptionState.ACTIVE)


def _left(subscriber: Subscriber) -> list[Subscription]:
    return _ties(subscriber, state=SubscriptionState.LEFT)


def _ties(subscriber: Subscriber, **which: object) -> list[Subscription]:
    return list(
        subscriber.subscriptions.filter(**which)
        .select_related("newsletter__lighter", "subscriber")
        .order_by("newsletter__position", "newsletter__name")
    )
