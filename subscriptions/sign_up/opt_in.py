"""Double opt-in: a request is kept, a letter asks, and only the answer to it makes a reader.

Every address gets the same answer on the page, whether it is new, known or suppressed; only the mail differs.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connection, transaction

from subscriptions.choices import ConsentAction, NewsletterState, SubscriptionState
from subscriptions.consents import kept_of, record
from subscriptions.evidence import Evidence
from subscriptions.links import Scope, read
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import Newsletter, SignUp, Subscriber, Subscription
from subscriptions.public_ids import new_public_id
from subscriptions.sign_up.together import Together
from subscriptions.welcoming import welcome

CONFIRMATION = "confirmation"
CONFIRM_WITHIN = timedelta(hours=72)
# However often an address is typed into a form, its owner gets one letter in this time.
LETTER_PAUSE = timedelta(minutes=15)
LETTERS_A_DAY = 3
# Sign-ups that come at the same moment share a call of the database, unless it has to wait for one of their readers.
MOST_AT_ONCE = 25
PATIENCE = "100ms"
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
    """Keep the wish of a normalised address for newsletters, named by their slugs, and write the letter that asks.

    Returns the letter's id for the caller's doorbell; None when no letter is called for: the address is suppressed, has
    said that it was not them, gets everything already, was written to within LETTER_PAUSE, or LETTERS_A_DAY times in a
    day. `language` is that of the letters to a new reader; empty for the publisher's. Raises NotOffered.
    """
    slugs = list(dict.fromkeys(newsletters))
    wish = {
        "address": address,
        "address_hash": f"\\x{address_hash(address).hex()}",
        "newsletters": slugs,
        "language": language,
        "at": now.isoformat(),
        "expires_at": (now + CONFIRM_WITHIN).isoformat(),
        "reader_id": new_public_id(),
        "sign_up_id": new_public_id(),
        "letter_id": new_public_id(),
    } | kept_of(evidence)
    # Inside a transaction it is part of that, and nobody else's wish may be.
    is_offered, letter_id = _keep([wish])[0] if connection.in_atomic_block else _at_once.ask(wish)
    if not is_offered:
        raise NotOffered(slugs)
    return letter_id


Wish = dict[str, Any]
Kept = tuple[bool, int | None]  # whether all were offered, and the letter's id


def _keep(wishes: Sequence[Wish], *, patience: str | None = None) -> list[Kept]:
    """One call of the database does it all; its functions stand in a migration (sign_ups_at_once)."""
    rows = [wish | {"place": place} for place, wish in enumerate(wishes)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_offered, letter"
            " FROM newsroom_request_sign_ups(%s::json, %s, %s, %s::interval, %s) ORDER BY place",
            [json.dumps(rows), patience, CONFIRMATION, str(LETTER_PAUSE), LETTERS_A_DAY],
        )
        kept: list[Kept] = cursor.fetchall()
    return kept


def _keep_together(wishes: Sequence[Wish]) -> list[Kept]:
    # No question beforehand whether the connection lives: a lost one fails, and each goes alone on a new one.
    connection.health_check_done = True  # type: ignore[attr-defined]  # unknown to the stubs
    return _keep(wishes, patience=PATIENCE)


def _keep_alone(wish: Wish) -> Kept:
    connection.close_if_unusable_or_obsolete()
    return _keep([wish])[0]


_at_once = Together(_keep_together, _keep_alone, most=MOST_AT_ONCE, failures=Error)


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
        welcomes = welcome(outcome.subscriber, outcome.joined, now=now)
        return replace(outcome, letter_ids=welcomes)


def _still_active(subscriber: Subscriber, asked: Collection[Newsletter]) -> tuple[Newsletter, ...]:
    active = set(
        Subscription.objects.active()
        .filter(subscriber=subscriber, newsletter__in=asked)
        .values_list("newsletter_id", flat=True)
    )
    return tuple(newsletter for newsletter in asked if newsletter.pk in active)
