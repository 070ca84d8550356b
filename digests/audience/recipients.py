"""Which readers of its newsletter a digest is for: all, those of a wrong version, those without an alert's story."""

from django.db.backends.utils import CursorWrapper

from digests.audience import already_received, corrected, have_story
from digests.models import Digest
from subscriptions import audience


def condition(cursor: CursorWrapper, digest: Digest) -> str:
    """Return the condition for statements with a subscription s, in this transaction alone."""
    if digest.corrects_id is not None:
        corrected.gather(cursor, digest)
        return already_received.HAS_RECEIVED
    if digest.urgent_story_id is not None and have_story.gather(cursor, digest.urgent_story_id):
        return f"NOT {already_received.HAS_RECEIVED}"
    return "true"


def readers_now(digest: Digest) -> int:
    """About how many would get it if its readers were chosen now."""
    if digest.corrects_id is not None:
        return corrected.readers_now(digest)
    return max(0, audience.about_one(digest.newsletter_id) - have_story_now(digest))


def have_story_now(digest: Digest) -> int:
    """How many readers of its newsletter a news alert leaves out; 0 of any other digest."""
    if digest.urgent_story_id is None:
        return 0
    counts = have_story.counts(digest.urgent_story_id, [digest.newsletter_id])
    return counts[digest.newsletter_id]
