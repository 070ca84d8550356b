"""Which mail of ours an event is about: by our own id in its metadata, else by message id and recipient.

A few ESPs give neither back; then the recipient alone is known, if that reader was mailed through that ESP in the last
days: enough to act on the address, never enough to write to a digest's account.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db.models.functions import Lower

from digests import ledger
from digests.choices import EventKind
from digests.messages.message import message_id
from digests.models import Digest, Event
from digests.tracking.esps import ESPS
from subscriptions.mailing import delivery_ids
from subscriptions.mailing.delivery_ids import DigestDelivery, LetterDelivery
from subscriptions.models import FormerId, Letter, Subscriber

# A reader has had no more digests than this within the days in which events come.
RECENT_DIGESTS = 60
RECENTLY = timedelta(days=7)
# What a person says may come late: a link to leave must work for 60 days where the law is longest (Canada).
RECENTLY_FOR_PERSONS = timedelta(days=60)
# Of all newsletters, looked through for a reader whose row has become another's: the ledger does not know them by it.
DIGESTS_OF_FORMER_READERS = 500
# What a person says holds for them at their other address too; what a server says holds for the mailbox alone.
PERSONAL = frozenset({EventKind.COMPLAINED, EventKind.UNSUBSCRIBED})
LETTER_PREFIX = "<letter."
Row = TypeVar("Row", Digest, Subscriber, Letter)


@dataclass(frozen=True, slots=True)
class Match:
    """What of the event is ours. `digest` and `subscriber` name one delivery; a `letter` may be without a reader."""

    digest: Digest | None = None
    subscriber: Subscriber | None = None
    letter: Letter | None = None
    newsletters: frozenset[int] = (
        frozenset()
    )  # where only the reader is known: which the service carried to them lately
    is_former: bool = False  # mailed as another row that became this reader's: their account of the digest is not it

    @property
    def is_foreign(self) -> bool:
        return self.subscriber is None and self.letter is None


FOREIGN = Match()


def correlate(events: Sequence[Event]) -> list[Match]:
    """Return a match for each event, in their order."""
    ids = [_named(event) for event in events]
    known = _Known(ids, [event.recipient for event in events])
    return [
        known.match(delivery, event) if delivery is not None else _by_recipient(event, known)
        for event, delivery in zip(events, ids, strict=True)
    ]


def _named(event: Event) -> DigestDelivery | LetterDelivery | None:
    if event.delivery:
        return delivery_ids.read(event.delivery)
    if event.message_id.startswith(LETTER_PREFIX):
        public_id = event.message_id.removeprefix(LETTER_PREFIX).partition("@")[0]
        return delivery_ids.read(delivery_ids.for_letter(public_id))
    return None


class _Known:
    """The rows that some events name, read in five statements however many events there are."""

    def __init__(
        self, ids: Iterable[DigestDelivery | LetterDelivery | None], recipients: Iterable[str]
    ) -> None:
        deliveries = [name for name in ids if isinstance(name, DigestDelivery)]
        letters = {name.letter for name in ids if isinstance(name, LetterDelivery)}
        self.digests = _by_public_id(
            Digest.objects.select_related("newsletter").filter(
                public_id__in={name.digest for name in deliveries}
            )
        )
        self.subscribers = _by_public_id(
            Subscriber.objects.filter(public_id__in={name.subscriber for name in deliveries})
        )
        missing = {name.subscriber for name in deliveries} - self.subscribers.keys()
        former = FormerId.objects.select_related("subscriber").filter(public_id__in=missing)
        self.former = {each.public_id: each.subscriber for each in former} if missing else {}
        self.letters = _by_public_id(
            Letter.objects.select_related("subscriber").filter(public_id__in=letters)
        )
        addresses = {recipient.lower() for recipient in recipients if recipient}
        self.readers = {
            subscriber.address.lower(): subscriber
            for subscriber in Subscriber.objects.annotate(lower_address=Lower("address")).filter(
                lower_address__in=addresses
            )
        }

    def match(self, name: DigestDelivery | LetterDelivery, event: Event) -> Match:
        if isinstance(name, LetterDelivery):
            letter = self.letters.get(name.letter)
            return Match(letter=letter, subscriber=letter.subscriber if letter else None)
        digest, subscriber = self.digests.get(name.digest), self.subscribers.get(name.subscriber)
        if digest is not None and subscriber is not None:
            return Match(digest, subscriber)
        united = self.former.get(name.subscriber)
        if digest is not None and united is not None and event.kind in PERSONAL:
            return Match(digest, united, is_former=True)
        return FOREIGN  # another installation's, or the reader was erased


def _by_public_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.public_id: row for row in rows}


def _by_recipient(event: Event, known: _Known) -> Match:
    subscriber = known.readers.get(event.recipient.lower())
    if subscriber is None:
        return FOREIGN
    history = ledger.history_of(subscriber.pk, limit=RECENT_DIGESTS)
    digests = Digest.objects.select_related("newsletter").in_bulk([d.digest_id for d in history])
    for digest in digests.values():
        if message_id(digest.public_id, subscriber.public_id) == event.message_id:
            return Match(digest, subscriber)
    if event.kind in PERSONAL and (former := _mailed_before(event, subscriber)) is not None:
        return Match(former, subscriber, is_former=True)
    esp = ESPS.get(event.esp)
    if esp is None or esp.returns_metadata:
        return FOREIGN
    carried = {digests[it.digest_id].newsletter_id for it in history if _went_by(it, event)}
    return Match(subscriber=subscriber, newsletters=frozenset(carried)) if carried else FOREIGN


def _mailed_before(event: Event, subscriber: Subscriber) -> Digest | None:
    """The digest of this message id, if it went to the reader while they were another row."""
    former = list(subscriber.former_ids.values_list("public_id", flat=True))
    if not former:
        return None
    recent = Digest.objects.select_related("newsletter").order_by("-pk")
    for digest in recent[:DIGESTS_OF_FORMER_READERS]:
        if any(message_id(digest.public_id, each) == event.message_id for each in former):
            return digest
    return None


def _went_by(delivery: ledger.Delivery, event: Event) -> bool:
    within = RECENTLY_FOR_PERSONS if event.kind in PERSONAL else RECENTLY
    sent_at = delivery.sent_at
    return (
        delivery.transport == event.esp
        and sent_at is not None
        and abs(event.occurred_at - sent_at) < within
    )
