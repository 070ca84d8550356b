"""What a news alert will do, in sentences with numbers, for whoever releases it."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.audience.have_story import REMEMBERED
from digests.audience.recipients import have_story_now
from digests.models import Digest
from digests.words.outlook import readers_text
from subscriptions import audience
from subscriptions.local_times import in_zone


def left_out(number: int) -> str:
    """Why so many do not get it; empty where it is nobody."""
    if not number:
        return ""
    return ngettext(
        "%(readers)s is left out: a digest of the last %(days)s days has brought them the story, or is about to.",
        "%(readers)s are left out: a digest of the last %(days)s days has brought them the story, or is about to.",
        number,
    ) % {"readers": readers_text(number), "days": REMEMBERED.days}


def of_release(alert: Digest, *, now: datetime) -> list[str]:
    have_story = have_story_now(alert)
    values = {
        "readers": readers_text(max(0, audience.about_one(alert.newsletter_id) - have_story)),
        "newsletter": alert.newsletter,
        "time": in_zone(alert.due_at, alert.zone),
    }
    if alert.due_at > now:
        goes = _("It goes out at %(time)s to about %(readers)s of %(newsletter)s.")
    else:
        goes = _("It goes out at once to %(readers)s of %(newsletter)s, before anything else.")
    return [goes % values, *filter(None, [left_out(have_story)])]
