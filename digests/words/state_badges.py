"""The colour of a digest's state."""

from collections.abc import Mapping

from django.utils.safestring import SafeString

from digests.choices import DigestState
from digests.models import Digest
from subscriptions.badges import Tone, badge

TONES: Mapping[str, Tone] = {
    DigestState.DRAFT: "plain",
    DigestState.APPROVED: "good",
    DigestState.FROZEN: "busy",
    DigestState.SENDING: "busy",
    DigestState.PAUSED: "warn",
    DigestState.SENT: "good",
    DigestState.CANCELLED: "plain",
    DigestState.HELD: "bad",
    DigestState.SKIPPED: "warn",
    DigestState.MISSED: "bad",
}


def state_badge(digest: Digest) -> SafeString:
    return badge(digest.get_state_display(), TONES[digest.state])
