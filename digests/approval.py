"""Approving a digest keeps the version that will be sent; the rule decides when nobody did by the deadline."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from digests import alerts, versions
from digests.choices import AlertKind, ApprovalRule, DigestState
from digests.models import Digest, Version
from digests.preflight.running import report_of

WITHDRAWN = "Its approval was withdrawn after the deadline."


class CannotApprove(Exception):
    """The text says why, for the editor."""


def approve(digest: Digest, *, by: User | None, now: datetime) -> Version:
    """Approve the digest as it stands; `by` is None when a rule does. Raises CannotApprove."""
    with transaction.atomic():
        digest = _locked(digest)
        if not digest.is_open:
            raise CannotApprove(f"It is {digest.get_state_display().lower()}.")
        try:
            version = versions.keep(digest, by=by, now=now)
        except versions.CannotRender as error:
            raise CannotApprove(f"It cannot be rendered. {error}") from error
        report = report_of(digest, version, with_readers=by is not None)
        if report.in_the_way_of_approval:
            raise CannotApprove(" ".join(found.text for found in report.in_the_way_of_approval))
        digest.state = DigestState.APPROVED
        digest.state_reason = ""
        digest.approved_version = version
        digest.approved_by = by
        digest.approved_at = now
        digest.save(
            update_fields=[
                "state",
                "state_reason",
                "approved_version",
                "approved_by",
                "approved_at",
            ]
        )
        alerts.clear(digest, now=now)
    return version


def withdraw(digest: Digest, *, now: datetime) -> None:
    """Take the approval back. Raises CannotApprove.

    Before the deadline it is a draft again, and the rule may still send the last approved version. After it the
    rule has spoken, and would only approve it once more: held, until somebody approves it.
    """
    approved = Digest.objects.filter(pk=digest.pk, state=DigestState.APPROVED)
    withdrawn = approved.filter(deadline_at__gt=now).update(state=DigestState.DRAFT)
    if not withdrawn:
        withdrawn = approved.update(state=DigestState.HELD, state_reason=WITHDRAWN)
    if not withdrawn:
        raise CannotApprove("It is not approved, so there is nothing to withdraw.")


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
        return _apply_rule(digest, now)


def _apply_rule(digest: Digest, now: datetime) -> DigestState:
    rule = digest.approval_rule
    if rule == ApprovalRule.SKIP:
        text = "Nobody approved it by the deadline, so it was skipped, as its schedule says."
        alerts.stop(digest, DigestState.SKIPPED, AlertKind.SKIPPED, text, now=now)
        return DigestState.SKIPPED
    if rule == ApprovalRule.SEND_APPROVED and digest.approved_version is not None:
        digest.state = DigestState.APPROVED
        digest.save(update_fields=["state"])
        return DigestState.APPROVED
    text = "Nobody approved it by the deadline."
    if rule == ApprovalRule.SEND_ASSEMBLED:
        try:
            approve(digest, by=None, now=now)
        except CannotApprove as error:
            text = str(error)
        else:
            return DigestState.APPROVED
    alerts.stop(digest, DigestState.HELD, AlertKind.HELD, text, now=now)
    return DigestState.HELD


def _locked(digest: Digest) -> Digest:
    return (
        Digest.objects.select_for_update(of=("self",))
        .select_related("newsletter")
        .get(pk=digest.pk)
    )
