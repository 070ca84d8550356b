"""How a hold for seeds stands, in sentences."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import DigestState
from digests.decisions.seeding import is_open
from digests.models import Digest, SeedHold
from digests.words.outlook import readers_text
from subscriptions.local_times import beside


def of_hold(digest: Digest, hold: SeedHold, *, now: datetime) -> list[str]:
    """Empty once it is over and nobody has stopped it."""
    if hold.stopped_at is not None and digest.state == DigestState.PAUSED:
        return [
            _("%(who)s stopped it at %(time)s. Only the seeds have it.")
            % {
                "who": hold.stopped_by,
                "time": beside(hold.stopped_at, digest.zone, of=digest.due_at),
            }
        ]
    if hold.stopped_at is not None and digest.is_under_way and now < hold.ends_at:
        return [_resumed(digest, hold)]
    if not is_open(digest, hold, now=now):
        return []
    minutes = max(1, int((hold.ends_at - now).total_seconds() + 59) // 60)
    values = {
        "seeds": readers_text(hold.seeds),
        "rest": readers_text((digest.audience_size or 0) - hold.seeds),
        "time": beside(hold.ends_at, digest.zone, of=digest.due_at),
        "minutes": minutes,
    }
    return [
        _("The seeds get it first: %(seeds)s.") % values,
        ngettext(
            "In %(minutes)s minute, at %(time)s, it goes on to %(rest)s, unless somebody stops it.",
            "In %(minutes)s minutes, at %(time)s, it goes on to %(rest)s, unless somebody stops it.",
            minutes,
        )
        % values,
    ]


def _resumed(digest: Digest, hold: SeedHold) -> str:
    return _(
        "%(who)s stopped it, and staff have resumed it: at %(end)s it goes on to %(rest)s. "
        "A seed stops it no more; staff can pause it."
    ) % {
        "who": hold.stopped_by,
        "end": beside(hold.ends_at, digest.zone, of=digest.due_at),
        "rest": readers_text((digest.audience_size or 0) - hold.seeds),
    }
