"""A new address: it takes the yes of both mailboxes, so that neither a forwarded link nor a slip can move a reader.

The reader who asks is told the same whether the new address is unknown, a reader's already, or never mailed. A reader's
already: whoever holds both mailboxes has become one reader, and the rows become one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Replace

from subscriptions.evidence import Evidence
from subscriptions.links import Scope, read
from subscriptions.mailing import letters
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import AddressChange, Letter, SignUp, Subscriber
from subscriptions.readers import erasing, manage_links, uniting

OLD_LETTER, NEW_LETTER, DONE_LETTER = "address_old", "address_new", "address_done"
VALID_FOR = timedelta(hours=24)
REQUESTS_A_DAY = 3
# However many readers' pages name it, an address gets one letter in this time.
LETTER_PAUSE = timedelta(minutes=15)


class SameAddress(ValueError):
    """The new address is the old one: there is nothing to change."""


class TooOften(ValueError):
    """Three letters a day to strangers are enough."""


class Step(Enum):
    WAITING = "the other mailbox has not answered yet"
    DONE = "done, now or before"
    IMPOSSIBLE = "the new address cannot be used"
    OVER = "run out, or replaced by a newer request"


@dataclass(frozen=True, slots=True)
class Answer:
    step: Step
    letter_id: int | None = None  # for the caller's doorbell


@dataclass(frozen=True, slots=True)
class Side:
    """One mailbox's half of a change."""

    change: AddressChange
    is_new: bool  # the mailbox that is asked is the new one

    @property
    def has_said_yes(self) -> bool:
        change = self.change
        return (change.new_confirmed_at if self.is_new else change.old_confirmed_at) is not None


def request(subscriber: Subscriber, new_address: str, *, now: datetime) -> list[int]:
    """Keep the wish and write to both; a newer one replaces it. Returns the ids of letters for the doorbell.

    `new_address` is normalised. Raises SameAddress, TooOften.
    """
    with transaction.atomic():
        reader = Subscriber.objects.select_for_update(no_key=True).get(pk=subscriber.pk)
        if reader.address.lower() == new_address.lower():
            raise SameAddress
        if _asked_today(reader, now) >= REQUESTS_A_DAY:
            raise TooOften
        is_reachable = not is_suppressed(new_address) and not _was_written_to(new_address, now)
        AddressChange.objects.filter(subscriber=reader).delete()
        change = AddressChange.objects.create(
            subscriber=reader,
            new_address=new_address,
            requested_at=now,
            expires_at=now + VALID_FOR,
        )
        written = [_write(OLD_LETTER, reader.address, change, change.old_key, now)]
        if is_reachable:
            written.append(_write(NEW_LETTER, new_address, change, change.new_key, now))
        return written


def _asked_today(reader: Subscriber, now: datetime) -> int:
    since = now - timedelta(days=1)
    return Letter.objects.filter(subscriber=reader, kind=OLD_LETTER, created_at__gt=since).count()


def _was_written_to(new_address: str, now: datetime) -> bool:
    return AddressChange.objects.lately_to(new_address, since=now - LETTER_PAUSE).exists()


def _write(kind: str, address: str, change: AddressChange, key: str, now: datetime) -> int:
    return letters.write(
        kind,
        address,
        {"key": key},
        subscriber=change.subscriber,
        now=now,
        expires_at=change.expires_at,
    ).pk


def find(token: str) -> Side | None:
    """Find a change's half by its token; None if a newer request replaced it, or the reader was erased.

    Raises BadLink.
    """
    (key,) = read(Scope.ADDRESS, token)
    return side_of(key)


def side_of(key: str) -> Side | None:
    change = AddressChange.objects.with_key(key).select_related("subscriber").first()
    return Side(change, is_new=change.new_key == key) if change else None


def state_of(side: Side, *, now: datetime) -> Step:
    """Changes nothing."""
    if side.change.done_at is not None:
        return Step.DONE
    if side.change.expires_at <= now:
        return Step.OVER
    if side.change.subscriber.suppressed_at is not None or is_suppressed(side.change.new_address):
        return Step.IMPOSSIBLE
    return Step.WAITING


def say_yes(side: Side, evidence: Evidence, *, now: datetime) -> Answer:
    """Note that one mailbox agrees; with the second yes the address changes. Idempotent."""
    with transaction.atomic():
        Subscriber.objects.select_for_update().filter(pk=side.change.subscriber_id).first()
        change = (
            AddressChange.objects.select_for_update(of=("self",))
            .select_related("subscriber")
            .filter(pk=side.change.pk)
            .first()
        )
        if change is None:
            return Answer(Step.OVER)
        step = state_of(Side(change, side.is_new), now=now)
        if step is not Step.WAITING:
            return Answer(step)
        if side.is_new:
            change.new_confirmed_at = change.new_confirmed_at or now
        else:
            change.old_confirmed_at = change.old_confirmed_at or now
        change.save(update_fields=["new_confirmed_at", "old_confirmed_at"])
        if change.new_confirmed_at is None or change.old_confirmed_at is None:
            return Answer(Step.WAITING)
        return Answer(Step.DONE, _complete(change, evidence, now))


def _complete(change: AddressChange, evidence: Evidence, now: datetime) -> int:
    """Returns the id of the letter that tells the old mailbox."""
    reader = change.subscriber
    old_address = reader.address
    known = Subscriber.objects.with_address(change.new_address).exclude(pk=reader.pk).first()
    if known is None:
        known = _moved(reader, change.new_address)
    if known is not None:
        # Their row has the address, and links that lie in that mailbox: it stays, and takes the other in.
        uniting.unite(reader, into=known, evidence=evidence, now=now)
        reader = known
    else:
        _end_links(reader, now)
        change.done_at = now
        # The links in both letters answer that it is done; they can do nothing more.
        change.save(update_fields=["done_at"])
    return letters.write(DONE_LETTER, old_address, {}, subscriber=reader, now=now).pk


def _end_links(reader: Subscriber, now: datetime) -> None:
    """What lies in the mailbox that was the reader's can still leave and take a break, and nothing else."""
    manage_links.end_all(reader)
    SignUp.objects.open(now).filter(subscriber=reader).update(expires_at=now)


def _moved(reader: Subscriber, new_address: str) -> Subscriber | None:
    """Give the row its new address. Returns the row of somebody who signed up with it this very moment."""
    try:
        with transaction.atomic():
            Subscriber.objects.filter(pk=reader.pk).update(address=new_address)
            _rename_log(reader, new_address)
    except IntegrityError:
        return Subscriber.objects.with_address(new_address).get()
    return None


def _rename_log(reader: Subscriber, new_address: str) -> None:
    """What staff did with the reader's row stays in their log; the old address goes from it."""
    said = Replace("change_message", Value(reader.address), Value(new_address))
    erasing.log_of(reader).update(object_repr=new_address[:200], change_message=said)
