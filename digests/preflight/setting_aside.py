"""Letting a warning pass, with a reason: who, when and why are kept."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from digests.models import Digest, SetAside
from digests.preflight.finding import Finding
from digests.preflight.running import report_on
from digests.refusal import Refusal


class Refused(Refusal):
    """The text says why, for the person who asked."""


def set_aside(digest: Digest, key: str, reason: str, *, by: User, now: datetime) -> Finding:
    """Only a warning that stands now, and never what stands in the way. Raises Refused."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(_("Say why, so that your colleagues need not ask."))
    if not digest.is_open:
        raise Refused(_("The digest is being sent or finished: nothing can be dismissed any more."))
    report = report_on(digest, now=now)
    if any(finding.key == key for finding in report.blocking):
        raise Refused(_("This blocks sending and must be fixed."))
    found = next((finding for finding in report.warnings if finding.key == key), None)
    if found is None:
        raise Refused(_("The warning is gone already, or someone else has dismissed it."))
    SetAside.objects.get_or_create(
        digest=digest,
        key=key,
        defaults={"text": found.text[:500], "reason": reason[:300], "by": by, "at": now},
    )
    return found


def take_back(digest: Digest, key: str) -> str:
    """The warning counts again; returns its text. Raises Refused."""
    passed = SetAside.objects.filter(digest=digest, key=key).first()
    if passed is None:
        raise Refused(_("The warning is not dismissed."))
    passed.delete()
    return passed.text
