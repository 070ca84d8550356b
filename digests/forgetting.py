"""What this app keeps of a reader beside the ledger's numbers: handed over in their download, blanked when they go."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Func, Q, Value
from django.db.models.functions import Collate, Lower
from django.dispatch import receiver

from digests import ledger
from digests.choices import EventState
from digests.counts.account import WORDS
from digests.models import Digest, Event, Reason, SeedHold, Template
from digests.notices.alerts import STAFF_LETTERS
from subscriptions.choices import LetterState
from subscriptions.models import Letter, Subscriber
from subscriptions.models.folding import FOLDING
from subscriptions.readers.erasing import erased
from subscriptions.readers.my_data import Row, section

# A daily newsletter of three years; older ones are on the desk's page of the reader, if they are asked for.
MOST_DIGESTS = 1000
CHUNK = 500
BLANK = {"recipient": "", "payload": "", "description": "", "reply": "", "message_id": ""}


@receiver(erased, sender=Subscriber)
def blank(*, subscriber_id: int, address: str, **_: Any) -> None:
    """Counts and outcomes stay; whatever mail servers and services said about the address goes."""
    waiting = Q(state=EventState.NEW, lower_recipient=address.lower())
    Event.objects.annotate(lower_recipient=Lower("recipient")).filter(
        Q(subscriber_id=subscriber_id) | waiting
    ).update(**BLANK)
    Reason.objects.filter(subscriber_id=subscriber_id).update(text="")
    _end_seed(address)
    _forget_letters(address)


def _end_seed(address: str) -> None:
    """Digests would go on to be sent to it first, with a link that stops them."""
    folded = address.lower()
    named = Template.objects.exclude(seed_addresses=[]).order_by("pk").select_for_update()
    for template in named.only("pk", "seed_addresses"):
        kept = [seed for seed in template.seed_addresses if seed.lower() != folded]
        if kept != template.seed_addresses:
            Template.objects.filter(pk=template.pk).update(seed_addresses=kept)
    without = Func(F("addresses"), Value(folded), function="array_remove")
    SeedHold.objects.filter(addresses__contains=[folded]).update(addresses=without)
    SeedHold.objects.annotate(folded=Lower(Collate("stopped_by", FOLDING))).filter(
        folded=folded
    ).update(stopped_by="(erased)")


def _forget_letters(address: str) -> None:
    """Tests and letters to seeds know an address alone. What is still to alert staff goes out."""
    by_address = Letter.objects.without_reader(address)
    by_address.exclude(kind__in=STAFF_LETTERS, state=LetterState.PENDING).delete()


@section("digests")
def digests(reader: Subscriber) -> Iterator[Row]:
    history = [
        delivery
        for pk in [reader.pk, *_former_pks(reader)]
        for delivery in ledger.history_of(pk, limit=MOST_DIGESTS)
    ]
    for start in range(0, len(history), CHUNK):
        part = history[start : start + CHUNK]
        found = Digest.objects.select_related("newsletter").in_bulk({d.digest_id for d in part})
        for delivery in part:
            digest = found[delivery.digest_id]
            yield {
                "newsletter": digest.newsletter.name,
                "subject": digest.subject,
                "date": digest.local_date.isoformat(),
                "outcome": str(WORDS[delivery.outcome].name),
                "sent_at": delivery.sent_at,
            }


def _former_pks(reader: Subscriber) -> list[int]:
    """Under which the ledger knows what went to them before their rows became one."""
    former = reader.former_ids.order_by("pk").values_list("former_pk", flat=True)
    return [pk for pk in former if pk is not None]


@section("reasons")
def reasons(reader: Subscriber) -> Iterator[Row]:
    rows = Reason.objects.filter(subscriber_id=reader.pk).order_by("pk")
    columns = rows.values_list("digest__subject", "at", "code", "text")
    for subject, at, code, text in columns.iterator(chunk_size=CHUNK):
        yield {"subject": subject, "at": at, "code": code, "text": text}


@section("events")
def events(reader: Subscriber) -> Iterator[Row]:
    rows = Event.objects.filter(subscriber_id=reader.pk).order_by("pk")
    for kind, at, esp in rows.values_list("kind", "occurred_at", "esp").iterator(chunk_size=CHUNK):
        yield {"kind": kind, "at": at, "told_by": esp}
