"""Changing a digest while it is being sent.

Editing touches the rows, never a version: readers go on getting the version that is being sent. Releasing keeps the
rows as the next version and moves `Digest.sending_version` to it, which every slice reads when it is opened. So readers
whose slice is opened after the release get the new one, whoever has the old one keeps it, and the slices tell which.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from digests import versions
from digests.composing import arranging
from digests.composing.editing import Editor
from digests.decisions import approval
from digests.models import Approval, Digest, Version
from digests.preflight.running import Report, report_of


class Refused(Exception):
    """Nothing was released; the text says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Retraction:
    story: str
    # None: it is out of the next version only, because there are other changes that nobody has released.
    approval: Approval | None


def release(digest_id: int, *, by: User, now: datetime, seen: str | None = None) -> Approval:
    """Send the digest as it stands to all who wait. Raises Refused.

    `seen` is the fingerprint of what was on the screen. Where the newsletter asks for two people, the first one's
    approval waits, and the second one's releases.
    """
    with transaction.atomic():
        digest = _under_way(digest_id)
        version = _kept(digest, by, now)
        if version.pk == digest.sending_version_id:
            raise Refused(_("Nothing has changed: readers are getting it as it stands."))
        if seen is not None and version.fingerprint != seen:
            raise Refused(
                _("It has changed since you looked at it. Look again, then release what you see.")
            )
        report = report_of(digest, version, now=now, with_readers=False)
        _refuse([finding.text for finding in report.in_the_way_of_approval])
        made = approval.recorded(digest, version, report, by, now)
        if not made.is_waiting:
            _move_on(digest, version, by, now)
    return made


def retract(digest_id: int, item_id: int, *, by: User, now: datetime) -> Retraction:
    """Take a story out and release what is left, at once and by one person. Raises Refused, and composing's Refused.

    Other changes are not released along with it unseen: where there are any, it is only taken out.
    """
    with transaction.atomic():
        digest = _under_way(digest_id)
        has_others = has_unreleased_changes(digest)
        story = str(arranging.remove(digest_id, item_id, Editor(by, now)).about["story"])
        if has_others:
            return Retraction(story, None)
        digest = _under_way(digest_id)
        version = _kept(digest, by, now)
        report = report_of(digest, version, now=now, with_readers=False)
        _refuse(_new_faults(digest, report, now))
        digest.approvals.standing().update(ended_at=now)
        made = Approval.objects.create(digest=digest, version=version, by=by, at=now)
        _move_on(digest, version, by, now)
    return Retraction(story, made)


def has_unreleased_changes(digest: Digest) -> bool:
    """Has an editor changed it after the version that is being sent was made? `digest` comes with that version."""
    version = digest.sending_version
    since = version.created_at if version else None
    # Taking back what that version holds is a change too; taking back what came after it is none.
    turned = Q(undoes=None) | Q(undoes__at__lte=since)
    return digest.changes.filter(turned, at__gt=since, is_undone=False).exists()


def _new_faults(digest: Digest, report: Report, now: datetime) -> list[str]:
    """What blocks it now and did not before: a fault elsewhere keeps no wrong story in."""
    assert digest.sending_version is not None  # noqa: S101 - the database says so of these states
    before = report_of(digest, digest.sending_version, now=now, with_readers=False)
    known = {finding.key for finding in before.blocking}
    return [found.text for found in report.in_the_way_of_approval if found.key not in known]


def _refuse(faults: list[str]) -> None:
    if faults:
        raise Refused(" ".join(faults))


def _under_way(digest_id: int) -> Digest:
    """With its row lock, which is also the editors'. Raises Refused."""
    digest = (
        Digest.objects.select_for_update(of=("self",))
        .select_related("newsletter", "sending_version")
        .get(pk=digest_id)
    )
    if not digest.is_under_way:
        raise Refused(
            _("It is %(state)s: nobody waits for another version.")
            % {"state": digest.get_state_display().lower()}
        )
    return digest


def _kept(digest: Digest, by: User, now: datetime) -> Version:
    try:
        return versions.keep(digest, by=by, now=now)
    except versions.CannotRender as error:
        raise Refused(_("It cannot be rendered. %(why)s") % {"why": error}) from error


def _move_on(digest: Digest, version: Version, by: User, now: datetime) -> None:
    """A worker that opens a slice meanwhile reads the row before or after this, never half of it."""
    moved = (
        Digest.objects.under_way()
        .filter(pk=digest.pk, sending_version=digest.sending_version_id)
        .update(sending_version=version, approved_version=version, approved_by=by, approved_at=now)
    )
    if not moved:
        raise Refused(_("Somebody else has just released another version."))
