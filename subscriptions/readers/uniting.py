"""Two rows that turned out to be one reader become one: newsletters and proofs move, links in old mails still work."""

from datetime import datetime

from subscriptions import leaving
from subscriptions.choices import SubscriptionState
from subscriptions.evidence import Evidence
from subscriptions.models import Consent, FormerId, Subscriber, Subscription
from subscriptions.readers import measuring
from subscriptions.readers.erasing import end_row


def unite(gone: Subscriber, *, into: Subscriber, evidence: Evidence, now: datetime) -> None:
    """Unite two rows of one reader, in the caller's transaction, which has locked `gone`.

    The row of `gone` ends, with its address; of what both chose about being measured, the lesser stays.
    """
    into = Subscriber.objects.select_for_update(of=("self",), no_key=True).get(pk=into.pk)
    if gone.tracking and measuring.is_less(gone.tracking, into.tracking):
        measuring.choose(into, gone.tracking, evidence, now=now)
    ties = Subscription.objects.select_for_update(of=("self",)).filter(subscriber=gone)
    received = [
        tie.newsletter
        for tie in ties.select_related("newsletter")
        if tie.state == SubscriptionState.ACTIVE
    ]
    _move_proofs(gone, into)
    for newsletter in received:
        leaving.join(into, newsletter, evidence, now=now)
    FormerId.objects.filter(subscriber=gone).update(subscriber=into)
    FormerId.objects.create(public_id=gone.public_id, former_pk=gone.pk, subscriber=into)
    end_row(gone)


def _move_proofs(gone: Subscriber, into: Subscriber) -> None:
    """Copy the proofs as new rows, since a proof is never changed; each says again what was said when."""
    copies = []
    for proof in Consent.objects.filter(subscriber=gone).order_by("pk").iterator(chunk_size=500):
        proof.pk = None
        proof._state.adding = True
        proof.subscriber = into
        copies.append(proof)
    Consent.objects.bulk_create(copies, batch_size=500)
