"""What may be kept of a reader's opens and clicks: what the newsletter does, or less where the reader wants less.

CNIL 2026-042: a reader's own opens need a consent of their own; totals without readers do not.
"""

from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from subscriptions.choices import ConsentAction, Tracking
from subscriptions.consents import record
from subscriptions.evidence import Evidence
from subscriptions.models import Subscriber

ORDER = (Tracking.NONE, Tracking.TOTALS, Tracking.READER)
# Who has said nothing has not agreed to be told apart.
UNSAID = Tracking.TOTALS
SAID_AS = MappingProxyType(
    {
        Tracking.NONE: ConsentAction.UNCOUNTED,
        Tracking.TOTALS: ConsentAction.COUNTED,
        Tracking.READER: ConsentAction.TRACKED,
    }
)


def allowed(newsletter: str, reader: str) -> Tracking:
    """The lesser of both; `reader` is blank while nothing was said."""
    wanted = Tracking(reader) if reader else UNSAID
    return min(Tracking(newsletter), wanted, key=ORDER.index)


def is_less(one: str, other: str) -> bool:
    """Return whether the first of two choices allows less than the other; blank where nothing was said."""
    one_wanted, other_wanted = (Tracking(said) if said else UNSAID for said in (one, other))
    return ORDER.index(one_wanted) < ORDER.index(other_wanted)


def choose(subscriber: Subscriber, choice: str, evidence: Evidence, *, now: datetime) -> bool:
    """Keep the reader's choice and its proof. False: it is no choice, or the one they had."""
    if choice not in Tracking.values:
        return False
    with transaction.atomic():
        changed = (
            Subscriber.objects.filter(pk=subscriber.pk)
            .exclude(tracking=choice)
            .update(tracking=choice)
        )
        if changed:
            record(subscriber, [None], SAID_AS[Tracking(choice)], evidence, now=now)
    return bool(changed)
