"""Double opt-in: a request is kept, a letter asks, and only the answer to it makes a reader.

Every address gets the same answer on the page, whether it is new, known or suppressed; only the mail differs.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from subscriptions.choices import ConsentAction, NewsletterState, SubscriptionState
from subscriptions.consents import kept_of, record
from subscriptions.evidence import Evidence
from subscriptions.links import Scope, read
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import Newsletter, SignUp, Subscriber, Subscription
from subscriptions.public_ids import new_public_id
from subscriptions.sign_up.mailboxes import mailbox_of
from subscriptions.welcoming import welcome

CONFIRMATION = "confirmation"
CONFIRM_WITHIN = timedelta(hours=72)
# A mailbox gets one letter in this time, however often its addresses are typed into a form.
LETTER_PAUSE = timedelta(minutes=15)
LETTERS_A_DAY = 3
# A newsletter that pauses between the letter and its answer keeps the reader who wanted it.
JOINABLE = {NewsletterState.LIVE, NewsletterState.PAUSED}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the answer to a confirmation letter did, or would do."""

    subscriber: Subscriber
    joined: tuple[Newsletter, ...]
    asked: tuple[Newsletter, ...]
    closed: tuple[Newsletter, ...] = ()  # no longer published
    letter_ids: tuple[int, ...] = ()  # of welcome, for the caller's doorbell
    was_confirmed: bool = False  # before; nothing was changed now
    is_expired: bool = False


class NotOffered(ValueError):
    """A newsletter that was asked for is unknown, or takes nobody now."""


def request(
    address: str,
    newsletters: Collection[str],
    evidence: Evidence,
    *,
    now: datetime,
    language: str = "",
) -> int | None:
    """Keep the request of a normalised address for newsletters (slugs), and write the letter that asks.

    Asks no limits: that is intake.request(). One call of the database (sql/request_sign_up.sql), which takes as long
    for every address. `language` is that of letters to a new reader; empty for the publisher's.

    Returns the letter's id, for the caller's doorbell. None where no letter is called for: the address is suppressed,
    has said that it was not them, gets everything already, or its mailbox was written to within LETTER_PAUSE without
    an answer, or LETTERS_A_DAY times in a day. Raises NotOffered.
    """
    asked = {
        "address": address,
        "mailbox": mailbox_of(address),
        "address_hash": address_hash(address).hex(),
        "mailbox_hash": address_hash(mailbox_of(address)).hex(),
        "newsletters": list(dict.fromkeys(newsletters)),
        "language": language,
        "at": now.isoformat(),
        "expires_at": (now + CONFIRM_WITHIN).isoformat(),
        "reader_id": new_public_id(),
        "sign_up_id": new_public_id(),
        "letter_id": new_public_id(),
        **kept_of(evidence),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_offered, letter FROM newsroom_request_sign_up(%s::jsonb, %s, %s::interval, %s)",
            [json.dumps(asked), CONFIRMATION, str(LETTER_PAUSE), LETTERS_A_DAY],
        )
        is_offered, letter_id = cursor.fetchone()
    if not is_offered:
        raise NotOffered(newsletters)
    return letter_id  # type: ignore[no-any-return]  # of a row


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
    """Do what the reader asked for, once; a second answer changes nothing and says so."""
    with transaction.atomic():
        # The reader's row first, as sql/keep_sign_up.sql does: a request that comes in meanwhile finds this one open
        # or answered. It is never added to one that is being answered, which would lose it.
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
        welcomes = welcome(outcome.subscriber, outcome.joined, now=now)
        return replace(outcome, letter_ids=welcomes)


def _still_active(subscriber: Subscriber, asked: Collection[Newsletter]) -> tuple[Newsletter, ...]:
    active = set(
        Subscription.objects.active()
        .filter(subscriber=subscriber, newsletter__in=asked)
        .values_list("newsletter_id", flat=True)
    )
    return tuple(newsletter for newsletter in asked if newsletter.pk in active)
