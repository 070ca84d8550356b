"""Double opt-in: a request is kept, a letter asks, and only the answer to it makes a reader.

Every address gets the same answer on the page, whether it is new, known or suppressed; only the mail differs.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from subscriptions import letters
from subscriptions.choices import ConsentAction, NewsletterState, SubscriptionState
from subscriptions.consents import SOURCE_URL_LENGTH, record
from subscriptions.evidence import Evidence
from subscriptions.links import Scope, read
from subscriptions.models import Newsletter, SignUp, Subscriber, Subscription
from subscriptions.public_ids import new_public_id
from subscriptions.suppression import is_suppressed

CONFIRMATION = "confirmation"
CONFIRM_WITHIN = timedelta(hours=72)
# However often an address is typed into a form, its owner gets one letter in this time.
LETTER_PAUSE = timedelta(minutes=15)
# A newsletter that pauses between the letter and its answer keeps the reader who wanted it.
JOINABLE = {NewsletterState.LIVE, NewsletterState.PAUSED}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the answer to a confirmation letter did, or would do."""

    subscriber: Subscriber
    joined: tuple[Newsletter, ...]
    asked: tuple[Newsletter, ...]
    closed: tuple[Newsletter, ...] = ()  # no longer published
    was_confirmed: bool = False  # before; nothing was changed now
    is_expired: bool = False


def request(
    address: str, newsletters: Collection[Newsletter], evidence: Evidence, *, now: datetime
) -> int | None:
    """Keep the wish of a normalised address and write the letter that asks.

    Returns the letter's id for the caller's doorbell; None when no letter is called for.
    """
    if is_suppressed(address):
        return None
    with transaction.atomic():
        subscriber = _locked_subscriber(address)
        wanted = _not_yet_active(subscriber, newsletters)
        if not wanted:
            return None
        sign_up, needs_letter = _open_sign_up(subscriber, evidence, now)
        _keep(sign_up, wanted, evidence, now)
        if not needs_letter:
            return None
        letter = letters.write(
            CONFIRMATION,
            address,
            {"sign_up": sign_up.public_id},
            subscriber=subscriber,
            now=now,
            expires_at=sign_up.expires_at,
        )
        return letter.pk


def find(token: str) -> SignUp | None:
    """The request that a confirmation link names; None when a newer letter has replaced it.

    Raises BadLink.
    """
    (public_id,) = read(Scope.CONFIRM, token)
    return SignUp.objects.select_related("subscriber").filter(public_id=public_id).first()


def preview(sign_up: SignUp, *, now: datetime) -> Confirmation:
    """What confirming would do now; changes nothing."""
    subscriber = sign_up.subscriber
    asked = tuple(sign_up.newsletters.in_reading_order())
    if sign_up.confirmed_at is not None:
        joined = _still_active(subscriber, asked)
        return Confirmation(subscriber, joined, asked, was_confirmed=True)
    if sign_up.expires_at <= now or subscriber.suppressed_at is not None:
        return Confirmation(subscriber, (), asked, is_expired=True)
    joined = tuple(newsletter for newsletter in asked if newsletter.state in JOINABLE)
    closed = tuple(newsletter for newsletter in asked if newsletter.state not in JOINABLE)
    return Confirmation(subscriber, joined, asked, closed)


def confirm(sign_up: SignUp, evidence: Evidence, *, now: datetime) -> Confirmation:
    """Make the reader's wish true, once; a second answer changes nothing and says so."""
    with transaction.atomic():
        # The reader's row first, as request() does: a wish that comes in meanwhile finds this one open or answered, and
        # is never added to one that is just being answered, and then forgotten.
        Subscriber.objects.select_for_update(no_key=True).get(pk=sign_up.subscriber_id)
        sign_up = SignUp.objects.select_for_update().get(pk=sign_up.pk)
        outcome = preview(sign_up, now=now)
        if outcome.was_confirmed or not outcome.joined:
            return outcome
        sign_up.confirmed_at = now
        sign_up.save(update_fields=["confirmed_at"])
        Subscription.objects.filter(
            subscriber=outcome.subscriber, newsletter__in=outcome.joined
        ).exclude(state=SubscriptionState.ACTIVE).update(
            state=SubscriptionState.ACTIVE, confirmed_at=now, left_at=None
        )
        record(outcome.subscriber, outcome.joined, ConsentAction.CONFIRMED, evidence, now=now)
        return outcome


def _locked_subscriber(address: str) -> Subscriber:
    """Not against foreign keys (no_key): a consent of the same reader may be written meanwhile, as leaving does."""
    subscriber = Subscriber.objects.with_address(address).select_for_update(no_key=True).first()
    if subscriber is None:
        # Two first requests at once: the unique index lets one insert, the other finds its row.
        Subscriber.objects.bulk_create([Subscriber(address=address)], ignore_conflicts=True)
        subscriber = Subscriber.objects.with_address(address).select_for_update(no_key=True).get()
    return subscriber


def _not_yet_active(
    subscriber: Subscriber, newsletters: Collection[Newsletter]
) -> list[Newsletter]:
    active = set(
        Subscription.objects.active()
        .filter(subscriber=subscriber, newsletter__in=newsletters)
        .values_list("newsletter_id", flat=True)
    )
    return [newsletter for newsletter in newsletters if newsletter.pk not in active]


def _keep(sign_up: SignUp, wanted: Iterable[Newsletter], evidence: Evidence, now: datetime) -> None:
    """One row a newsletter; one who had left stays *left* until the letter is answered."""
    known = set(sign_up.newsletters.values_list("pk", flat=True))
    new = [newsletter for newsletter in wanted if newsletter.pk not in known]
    if not new:
        return
    Subscription.objects.bulk_create(
        [Subscription(subscriber=sign_up.subscriber, newsletter=newsletter) for newsletter in new],
        ignore_conflicts=True,
    )
    sign_up.newsletters.add(*new)
    record(sign_up.subscriber, new, ConsentAction.REQUESTED, evidence, now=now)


def _open_sign_up(subscriber: Subscriber, evidence: Evidence, now: datetime) -> tuple[SignUp, bool]:
    """The request under way and whether it calls for a letter.

    Within the pause the letter under way serves: its page lists everything asked for by then. After it, a new letter
    with a new link replaces the old one.
    """
    sign_up = SignUp.objects.filter(subscriber=subscriber, confirmed_at=None).first()
    if sign_up is not None and sign_up.requested_at > now - LETTER_PAUSE:
        return sign_up, False
    if sign_up is None:
        sign_up = SignUp(subscriber=subscriber)
    elif sign_up.expires_at <= now:
        sign_up.newsletters.clear()
    sign_up.public_id = new_public_id()
    sign_up.requested_at = now
    sign_up.expires_at = now + CONFIRM_WITHIN
    sign_up.embedded_form_id = evidence.embedded_form_id
    sign_up.source_url = evidence.source_url[:SOURCE_URL_LENGTH]
    sign_up.save()
    return sign_up, True


def _still_active(subscriber: Subscriber, asked: Collection[Newsletter]) -> tuple[Newsletter, ...]:
    active = set(
        Subscription.objects.active()
        .filter(subscriber=subscriber, newsletter__in=asked)
        .values_list("newsletter_id", flat=True)
    )
    return tuple(newsletter for newsletter in asked if newsletter.pk in active)
