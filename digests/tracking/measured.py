"""What is kept of an open or a click: nothing, a digest without its reader, or the reader's own.

The rule is subscriptions/readers/measuring.py. A row without its reader stays as long as others do, so that a repeated
post is known; it counts for its digest and says nothing else.
"""

from typing import Final

from digests.choices import EventKind
from digests.models import Event
from digests.tracking.correlating import Match
from subscriptions.choices import Tracking
from subscriptions.readers import measuring

KINDS: Final = frozenset({EventKind.OPENED, EventKind.CLICKED})
BLANK: Final = {
    "recipient": "", "delivery": "", "message_id": "", "description": "", "reply": "", "payload": "",
}  # fmt: skip


def reduce(event: Event, match: Match) -> None:
    """Take from the event what may not be kept; not saved."""
    if event.kind not in KINDS:
        return
    level = Tracking.NONE  # of nobody whom we know: of an erased reader, say
    if match.subscriber is not None:
        rule = match.digest.newsletter.tracking if match.digest else Tracking.TOTALS
        level = measuring.allowed(rule, match.subscriber.tracking)
    if level is not Tracking.READER:
        event.subscriber_id = None
    if level is Tracking.NONE:
        event.digest = None


def is_bare(event: Event) -> bool:
    """Has it lost its reader, so that nothing of them may stay?"""
    return event.kind in KINDS and event.subscriber_id is None and event.processed_at is not None
