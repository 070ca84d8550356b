"""Approving a digest keeps the version that will be sent; the rule decides when nobody did by the deadline.

Everything happens under the digest's row lock: a second click finds what the first one did, and of two people at once
one comes second, in the newsletters that ask for two as the one who confirms.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from digests import lifecycle, versions
from digests.choices import AlertKind, ApprovalRule, DigestState, StateReason
from digests.decisions import second_person
from digests.lifecycle import Move
from digests.models import Approval, Digest, Version
from digests.notices import alerts
from digests.preflight.finding import to_json
from digests.preflight.running import Report, report_of
from digests.state_reasons import Reason
from subscriptions.local_times import beside


class CannotApprove(Exception):
    """The text says why, for the editor."""


def approve(digest: Digest, *, by: User | None, now: datetime, seen: str | None = None) -> Approval:
    """Approve the digest as it stands; `by` is None when a rule does. Raises CannotApprove.

    `seen` is the fingerprint of what was on the screen: nobody approves what they have not looked at. The approval that
    is returned may be an older one, when there was nothing left to decide, or may wait for its second person.
    """
    with transaction.atomic():
        digest = _locked(digest)
        if not digest.is_open:
            raise CannotApprove(_("It is %(state)s.") % {"state": _state(digest)})
        version = _kept(digest, by, now)
        if seen is not None and version.fingerprint != seen:
            raise CannotApprove(
                _("It has changed since you looked at it. Look again, then approve what you see.")
            )
        report = report_of(digest, version, now=now, with_readers=by is not None)
        if report.in_the_way_of_approval:
            raise CannotApprove(" ".join(found.text for found in report.in_the_way_of_approval))
        approval = recorded(digest, version, report, by, now)
        if not approval.is_waiting:
            _put_in_force(digest, approval, now)
    return approval


def _kept(digest: Digest, by: User | None, now: datetime) -> Version:
    try:
        return versions.keep(digest, by=by, now=now)
    except versions.CannotRender as error:
        raise CannotApprove(_("It cannot be rendered. %(why)s") % {"why": error}) from error


def recorded(
    digest: Digest, version: Version, report: Report, by: User | None, now: datetime
) -> Approval:
    """Return the standing approval if it is for this version; add the second approval if only that was missing.
    Otherwise create a new approval.

    The caller holds the digest's row lock.
    """
    needs_second = by is not None and second_person.is_needed(digest)
    standing = digest.approvals.standing().select_related("by", "confirmed_by").first()
    if standing is not None and standing.version_id == version.pk:
        if not standing.is_waiting:
            if digest.state == DigestState.APPROVED:
                return standing
        elif needs_second and (by is None or by == standing.by):
            return standing
        elif needs_second:
            standing.confirmed_by, standing.confirmed_at = by, now
            standing.save(update_fields=["confirmed_by", "confirmed_at"])
            return standing
    digest.approvals.standing().update(ended_at=now)
    made = Approval.objects.create(
        digest=digest,
        version=version,
        by=by,
        is_by_rule=by is None,
        at=now,
        findings=_findings(report),
        needs_second=needs_second,
    )
    if made.is_waiting:
        second_person.tell(digest, made, now=now)
    return made


def _findings(report: Report) -> list[dict[str, str]]:
    passed = [to_json(finding) | {"reason": row.reason} for finding, row in report.set_aside]
    return [to_json(finding) for finding in report.warnings] + passed


def is_first_of_two(digest: Digest) -> bool:
    """Does it need two people, and has nobody approved it yet?"""
    return second_person.is_needed(digest) and not digest.approvals.waiting().exists()


def _put_in_force(digest: Digest, approval: Approval, now: datetime) -> None:
    is_new = (
        digest.state != DigestState.APPROVED or digest.approved_version_id != approval.version_id
    )
    if not is_new:
        return
    digest.approved_version = approval.version
    digest.approved_by = approval.by
    digest.approved_at = now
    also = ["approved_version", "approved_by", "approved_at"]
    lifecycle.change(digest, Move.APPROVE, also=also)
    alerts.clear(digest, now=now)


def withdraw(digest: Digest, *, now: datetime) -> None:
    """Take the approval back, also one that waits for its second person. Raises CannotApprove.

    Before the deadline it is a draft again, and the rule may still send the last approved version. After it the
    rule has spoken, and would only approve it once more: held, until somebody approves it.
    """
    with transaction.atomic():
        locked = _locked(digest)
        ended = locked.approvals.waiting().update(ended_at=now) if locked.is_open else 0
        if locked.state == DigestState.APPROVED and not ended:
            locked.approvals.standing().update(ended_at=now)
            if locked.deadline_at > now:
                lifecycle.change(locked, Move.WITHDRAW)
            else:
                lifecycle.change(locked, Move.WITHDRAW_LATE, Reason.of(StateReason.WITHDRAWN))
        elif not ended:
            raise CannotApprove(_("It is not approved, so there is nothing to withdraw."))


def decide_at_deadline(digest_id: int, *, now: datetime) -> DigestState | None:
    """Apply the digest's rule, once: only a draft whose deadline has come has anything to decide.

    Returns the new state; None when somebody else has decided.
    """
    with transaction.atomic():
        digest = (
            Digest.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("newsletter", "approved_version")
            .filter(pk=digest_id, state=DigestState.DRAFT, deadline_at__lte=now)
            .first()
        )
        if digest is None:
            return None
        alerts.clear(digest, AlertKind.DEADLINE, now=now)
        return _apply_rule(digest, now)


def _apply_rule(digest: Digest, now: datetime) -> DigestState:
    rule = digest.approval_rule
    nobody = _nobody(digest)
    if rule == ApprovalRule.SKIP:
        why = Reason.of(StateReason.SKIPPED_BY_RULE, **nobody.facts)
        alerts.stop(digest, Move.SKIP_BY_RULE, AlertKind.SKIPPED, why, now=now)
        return DigestState.SKIPPED
    if rule == ApprovalRule.SEND_APPROVED and digest.approved_version is not None:
        return _send_last_approved(digest, nobody, now)
    if rule == ApprovalRule.SEND_ASSEMBLED:
        try:
            version = approve(digest, by=None, now=now).version
        except CannotApprove as error:
            nobody = Reason.of(StateReason.FINDINGS, text=str(error))
        else:
            text = _("It goes out as it stands, as version %(number)s.")
            _tell(digest, f"{nobody} {text % {'number': version.number}}", now)
            return DigestState.APPROVED
    alerts.stop(digest, Move.HOLD_BY_RULE, AlertKind.HELD, nobody, now=now)
    return DigestState.HELD


def _send_last_approved(digest: Digest, nobody: Reason, now: datetime) -> DigestState:
    version = digest.approved_version
    assert version is not None  # noqa: S101 - the caller has looked
    digest.approvals.standing().update(ended_at=now)
    Approval.objects.create(digest=digest, version=version, is_by_rule=True, at=now)
    lifecycle.change(digest, Move.APPROVE_AGAIN)
    if digest.approved_at is None:
        text = _("Version %(number)s goes out.") % {"number": version.number}
    else:
        text = _("Version %(number)s, of %(time)s, goes out.") % {
            "number": version.number,
            "time": beside(digest.approved_at, digest.zone, of=digest.due_at),
        }
    _tell(digest, f"{nobody} {text}", now)
    return DigestState.APPROVED


def _nobody(digest: Digest) -> Reason:
    waiting = digest.approvals.waiting().select_related("by").first()
    if waiting is None:
        return Reason.of(StateReason.NOT_APPROVED)
    return Reason.of(StateReason.NOT_APPROVED, first=str(waiting.by or ""))


def _tell(digest: Digest, text: str, now: datetime) -> None:
    """A rule that sends needs no person; whoever wants no reminders wants no word of it either."""
    if digest.remind_at is not None:
        alerts.tell(digest, AlertKind.RULE, text, now=now)


def _state(digest: Digest) -> str:
    return str(digest.get_state_display()).lower()


def _locked(digest: Digest) -> Digest:
    return (
        Digest.objects.select_for_update(of=("self",))
        .select_related("newsletter", "approved_version")
        .get(pk=digest.pk)
    )
