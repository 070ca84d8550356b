"""How a hold for seeds stands, in sentences."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import DigestState
from digests.delivery.seeds import Begun, begun, is_open, is_stopped
from digests.models import Digest, SeedHold
from digests.words.outlook import readers_text
from subscriptions.local_times import beside


def of_hold(digest: Digest, hold: SeedHold, *, now: datetime) -> list[str]:
    """Empty once it is no more than any other digest to its readers."""
    if is_open(digest, hold, now=now):
        return _held(digest, hold, now)
    if digest.state == DigestState.PAUSED:
        stopped = [_stopped(digest, hold)] if is_stopped(digest, hold) else []
        return [*stopped, *who_has_it(digest)]
    if digest.state == DigestState.CANCELLED:
        has_ended_it = hold.stopped_at is not None and hold.resumed_at is None
        stopped = [_stopped(digest, hold)] if has_ended_it else []
        return [*stopped, *who_has_it(digest)]
    if hold.stopped_at is not None and digest.is_under_way and now < hold.ends_at:
        return [_resumed(digest, hold)]
    return []


def who_has_it(digest: Digest) -> list[str]:
    """Empty where others have it, too: the account counts them."""
    return {
        Begun.NOBODY: [_("Nobody has it, the seeds neither.")],
        Begun.SEEDS: [_("Only the seeds have it.")],
        Begun.READERS: [],
    }[begun(digest)]


def _held(digest: Digest, hold: SeedHold, now: datetime) -> list[str]:
    minutes = max(1, int((hold.ends_at - now).total_seconds() + 59) // 60)
    values = _values(digest, hold) | {"seeds": readers_text(hold.seeds), "minutes": minutes}
    return [
        _("The seeds get it first: %(seeds)s.") % values,
        ngettext(
            "It goes to the other %(rest)s at %(time)s, in %(minutes)s minute, unless someone stops it.",
            "It goes to the other %(rest)s at %(time)s, in %(minutes)s minutes, unless someone stops it.",
            minutes,
        )
        % values,
    ]


def _stopped(digest: Digest, hold: SeedHold) -> str:
    assert hold.stopped_at is not None  # noqa: S101 - the caller has looked
    return _("%(who)s stopped it at %(time)s.") % {
        "who": hold.stopped_by,
        "time": beside(hold.stopped_at, digest.zone, of=digest.due_at),
    }


def _resumed(digest: Digest, hold: SeedHold) -> str:
    text = _(
        "%(who)s stopped it, and staff have resumed it: at %(time)s it goes on to %(rest)s. "
        "A seed stops it no more; staff can pause it."
    )
    return text % (_values(digest, hold) | {"who": hold.stopped_by})


def _values(digest: Digest, hold: SeedHold) -> dict[str, str]:
    return {
        "rest": readers_text((digest.audience_size or 0) - hold.seeds),
        "time": beside(hold.ends_at, digest.zone, of=digest.due_at),
    }
