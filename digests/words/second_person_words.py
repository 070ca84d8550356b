"""What an approval that waits for its second person means, in sentences for those who may confirm it."""

from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import DigestState
from digests.counts.progress import progress_of
from digests.models import Approval, Digest
from digests.words.outlook import deadline_sentence, readers_text
from subscriptions.local_times import beside, in_zone


def of_waiting(digest: Digest, approval: Approval, *, now: datetime) -> list[str]:
    """Who said yes to what, and what happens until somebody confirms it."""
    values = {"who": approval.by or _("A former colleague"), "number": approval.version.number}
    approved = (
        _("%(who)s approved version %(number)s. Someone else must approve it as well.") % values
    )
    return [approved, _until_then(digest, now)]


def _until_then(digest: Digest, now: datetime) -> str:
    if digest.is_under_way:
        return _while_it_is_sent(digest)
    if digest.state == DigestState.APPROVED and digest.approved_version is not None:
        return _("Without it version %(number)s goes out at %(time)s.") % {
            "number": digest.approved_version.number,
            "time": in_zone(digest.due_at, digest.zone),
        }
    if digest.state == DigestState.DRAFT and digest.deadline_at > now:
        return deadline_sentence(digest)
    return _("It goes out only if that is done by %(time)s %(zone)s.") % {
        "time": beside(digest.miss_at, digest.zone, of=digest.due_at),
        "zone": digest.zone,
    }


def _while_it_is_sent(digest: Digest) -> str:
    waiting = progress_of(digest.pk).waiting
    if digest.state == DigestState.PAUSED:
        text = ngettext(
            "It is paused, and %(readers)s waits for it.",
            "It is paused, and %(readers)s wait for it.",
            waiting,
        )
    else:
        text = ngettext(
            "It is being sent: until then %(readers)s more gets version %(number)s.",
            "It is being sent: until then %(readers)s more get version %(number)s.",
            waiting,
        )
    number = digest.sending_version.number if digest.sending_version else 0
    return text % {"readers": readers_text(waiting), "number": number_format(number)}
