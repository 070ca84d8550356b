"""Double opt-in: a request is kept, a letter asks, and only the answer to it makes a reader.

Every address gets the same answer on the page, whether it is new, known or suppressed; only the mail differs.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from subscriptions.choices import ConsentAction, NewsletterState, SubscriptionState
from subscriptions.consents import kept_of, record
from subscriptions.evidence import Evidence
from subscriptions.links import Scope, read
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import Newsletter, SignUp, Subscriber, Subscription
from subscriptions.public_ids import new_public_id
from subscriptions.welcoming import welcome

CONFIRMATION = "confirmation"
CONFIRM_WITHIN = timedelta(hours=72)
# However often an address is typed into a form, its owner gets one letter in this time.
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


Row = dict[str, Any]  # a wish, as the database's functions take it
Kept = tuple[bool, int | None]  # whether all were offered, and the letter's id


def row_of(
    address: str,
    newsletters: Collection[str],
    evidence: Evidence,
    *,
    now: datetime,
    language: str = "",
) -> Row:
    """The wish of a normalised address for newsletters, named by their slugs.

    `language` is that of the letters to a new reader; empty for the publisher's.
    """
    return {
        "address": address,
        "address_hash": f"\\x{address_hash(address).hex()}",
        "newsletters": list(dict.fromkeys(newsletters)),
        "language": language,
        "at": now.isoformat(),
        "expires_at": (now + CONFIRM_WITHIN).isoformat(),
        **_names(),
        **kept_of(evidence),
    }


def named_anew(row: Row) -> Row:
    """For a row that may have been kept: what it would make now must not bear the names of what it has made."""
    return row | _names()


def _names() -> Row:
    return {name: new_public_id() for name in ("reader_id", "sign_up_id", "letter_id")}


def keep(rows: Sequence[Row], *, patience: str | None = None) -> list[Kept]:
    """Keep wishes, and write the letters that ask: in one call of the database for all of them, or not at all.

    A letter's id is for the caller's doorbell. It is None when no letter is called for: the address is suppressed, has
    said that it was not them, gets everything already, was written to within LETTER_PAUSE, or LETTERS_A_DAY times in a
    day. `patience`, an interval: how long to wait for a reader whom others hold; then it raises django.db.Error.

    The database's functions stand in migrations (sign_ups_in_sets, open_sign_ups_by_reader).
    """
    placed = [row | {"place": place} for place, row in enumerate(rows)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_offered, letter"
            " FROM newsroom_request_sign_ups(%s::json, %s, %s, %s::interval, %s) ORDER BY place",
            [json.dumps(placed), patience, CONFIRMATION, str(LETTER_PAUSE), LETTERS_A_DAY],
        )
        kept: list[Kept] = cursor.fetchall()
    return kept


def request(
    address: str,
    newsletters: Collection[str],
    evidence: Evidence,
    *,
    now: datetime,
    language: str = "",
) -> int | None:
    """One wish by itself, whatever the limits would say: as keep(row_of()). Raises NotOffered."""
    ((is_offered, letter_id),) = keep(
        [row_of(address, newsletters, evidence, now=now, language=language)]
    )
    if not is_offered:
        raise NotOffered(newsletters)
    return letter_id


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
        # The reader's row first, as keep() does: a wish that comes in meanwhile finds this one open or answered, and
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
