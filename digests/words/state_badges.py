"""The colour of a digest's state."""

from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

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
    state = badge(digest.get_state_display(), TONES[digest.state])
    if not is_second_awaited(digest):
        return state
    return format_html("{} {}", state, badge(_("Waits for a second person"), "warn"))


def is_second_awaited(digest: Digest) -> bool:
    """A list asks once for all of its digests (DigestQuerySet.with_second_awaited)."""
    if not digest.is_editable:
        return False
    known = vars(digest).get("second_awaited")
    return digest.approvals.waiting().exists() if known is None else bool(known)
