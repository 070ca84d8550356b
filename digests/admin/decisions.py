"""What a person may decide about a digest: what the confirmation says, and the engine that is called after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests import approval, steering, versions
from digests.admin.forms import ApproveForm, CancelForm, DecisionForm, RescheduleForm
from digests.assembly.assembling import assemble
from digests.choices import OPEN_STATES, UNDER_WAY_STATES, DigestState, Outcome
from digests.delivery import ledger
from digests.models import Digest, Template
from digests.outlook import readers_text
from digests.tasks import drain, freeze_digest, preflight_digest, story_ages_from
from subscriptions import audience
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import in_zone

APPROVE = "digests.approve_digest"
SEND = "digests.send_digest"


class NotDone(Exception):
    """The text says why, for the person who asked."""


# What the engines raise when they refuse.
REFUSALS = (NotDone, steering.Refused, approval.CannotApprove, versions.CannotRender)

Act = Callable[[Digest, HttpRequest, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Decision:
    title: str | Promise
    button: str | Promise
    states: frozenset[str]  # where it is offered; the engine has the last word
    explain: Callable[[Digest], list[str]]
    act: Act  # returns what to tell the person who asked
    form: type[DecisionForm] = DecisionForm
    initial: Callable[[Digest], dict[str, Any]] = lambda _digest: {}
    is_final: bool = False  # shown in red


def _explain_approve(digest: Digest) -> list[str]:
    draft = versions.draft_of(digest)
    stories = ngettext("%(number)s story", "%(number)s stories", len(draft.article_ids)) % {
        "number": len(draft.article_ids)
    }
    readers = readers_text(audience.size(digest.newsletter_id))
    return [
        _("Subject: %(subject)s") % {"subject": draft.subject or "–"},
        _("%(stories)s, as they stand now. This version goes out at %(time)s to about %(readers)s.")
        % {
            "stories": stories,
            "time": in_zone(digest.due_at, digest.zone),
            "readers": readers,
        },
        *_second_person(digest, draft.fingerprint),
    ]


def _second_person(digest: Digest, fingerprint: str) -> list[str]:
    """What this newsletter's rule of two people means for whoever looks now."""
    waiting = digest.approvals.waiting().select_related("by", "version").first()
    values = {"who": waiting.by or _("somebody who has left")} if waiting else {}
    if waiting is not None and waiting.version.fingerprint == fingerprint:
        return [
            _("%(who)s has approved this version. Whoever confirms it must be somebody else.")
            % values
        ]
    if waiting is not None:
        return [
            _("%(who)s approved another version, which nobody confirmed: it counts no more.")
            % values
        ]
    if Template.objects.filter(newsletter=digest.newsletter_id, needs_second_person=True).exists():
        return [_("Somebody else must confirm it before it goes out.")]
    return []


def _approve(digest: Digest, request: HttpRequest, words: Mapping[str, Any]) -> str:
    user = request.user if request.user.is_authenticated else None
    made = approval.approve(digest, by=user, now=database_now(), seen=words["seen"])
    values = {"number": made.version.number, "who": made.by or _("somebody who has left")}
    if made.is_waiting:
        return _("You approved version %(number)s. Somebody else must confirm it.") % values
    if not made.is_by(user):
        return _("Version %(number)s was approved by %(who)s already.") % values
    return _("Version %(number)s is approved.") % values


def _explain_withdraw(digest: Digest) -> list[str]:
    if digest.approvals.waiting().exists():
        return [_("The approval that waits for its second person is taken back.")]
    if digest.deadline_at <= database_now():
        return [
            _("Its deadline has passed, so it is held: it goes out only if it is approved anew.")
        ]
    return [
        _(
            "It becomes a draft again. At the deadline its approval rule decides, unless it is approved anew."
        )
    ]


def _withdraw(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    approval.withdraw(digest, now=database_now())
    digest.refresh_from_db(fields=["state"])
    return _("The approval is withdrawn. Its state: %(state)s.") % {
        "state": digest.get_state_display().lower()
    }


def _explain_reschedule(digest: Digest) -> list[str]:
    return [
        _("It goes out at %(time)s now. Its deadline moves along; the schedule stays as it is.")
        % {"time": in_zone(digest.due_at, digest.zone)}
    ]


def _reschedule(digest: Digest, _request: HttpRequest, words: Mapping[str, Any]) -> str:
    steering.reschedule(digest, words["at"], now=database_now())
    return _("It goes out at %(time)s.") % {"time": in_zone(words["at"], digest.zone)}


def _explain_send_now(digest: Digest) -> list[str]:
    version = digest.approved_version
    return [
        _("It goes out at once to %(readers)s, not at %(time)s.")
        % {
            "readers": readers_text(audience.size(digest.newsletter_id)),
            "time": in_zone(digest.due_at, digest.zone),
        },
        _("They get version %(number)s, as it was approved: “%(subject)s”.")
        % {"number": version.number, "subject": version.subject}
        if version
        else _("Nothing is approved yet."),
    ]


def _send_now(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    steering.send_now(digest, now=database_now())
    ring(freeze_digest, digest.pk)
    return _("It goes out now.")


def _explain_pause(digest: Digest) -> list[str]:
    tally = ledger.counts(digest.pk)
    return [
        _("%(accepted)s of %(all)s readers have it. The others wait until you resume.")
        % {
            "accepted": number_format(tally[Outcome.ACCEPTED], force_grouping=True),
            "all": number_format(tally.total(), force_grouping=True),
        },
        _("It takes effect within seconds; what is in a server’s hands finishes."),
    ]


def _pause(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    steering.pause(digest)
    return _("It is paused.")


def _explain_resume(digest: Digest) -> list[str]:
    tally = ledger.counts(digest.pk)
    waiting = tally[Outcome.PENDING] + tally[Outcome.DEFERRED]
    return [
        _("%(readers)s still wait for it and get it now.") % {"readers": readers_text(waiting)},
        _("After %(time)s nobody gets it.") % {"time": in_zone(digest.expires_at, digest.zone)},
    ]


def _resume(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    steering.resume(digest)
    ring(drain)
    return _("It is being sent again.")


def _explain_cancel(digest: Digest) -> list[str]:
    if digest.is_open:
        return [
            _("Nobody has received it. About %(readers)s will not get it.")
            % {"readers": readers_text(audience.size(digest.newsletter_id))},
            _("This cannot be undone."),
        ]
    tally = ledger.counts(digest.pk)
    waiting = tally[Outcome.PENDING] + tally[Outcome.DEFERRED]
    sentences = [
        _("%(readers)s will not get it.") % {"readers": readers_text(waiting)},
        _("It was accepted for %(readers)s; what they have cannot be called back.")
        % {"readers": readers_text(tally[Outcome.ACCEPTED])},
    ]
    if tally[Outcome.UNCERTAIN]:
        sentences.append(
            _("%(readers)s may have it: they are unconfirmed.")
            % {"readers": readers_text(tally[Outcome.UNCERTAIN])}
        )
    return [*sentences, _("This cannot be undone.")]


def _cancel(digest: Digest, _request: HttpRequest, words: Mapping[str, Any]) -> str:
    steering.cancel(digest, words["reason"], now=database_now())
    return _("It is cancelled.")


def _explain_assemble(_digest: Digest) -> list[str]:
    return [
        _("Its sections are filled anew with the latest stories that fit."),
        _("Stories that a person added, moved or rewrote stay, and so do the words around them."),
    ]


def _assemble(digest: Digest, request: HttpRequest, _words: Mapping[str, Any]) -> str:
    now = database_now()
    by = request.user if request.user.is_authenticated else None
    if assemble(digest.pk, now=now, as_of=story_ages_from(now), again=True, by=by) is None:
        raise NotDone(_("It is under way or done, or somebody else is assembling it just now."))
    ring(preflight_digest, digest.pk)
    return _("It is assembled again.")


def _seen(digest: Digest) -> dict[str, Any]:
    return {"seen": versions.draft_of(digest).fingerprint}


DECISIONS: Mapping[str, Decision] = {
    "approve": Decision(
        gettext_lazy("Approve"),
        gettext_lazy("Approve it"),
        frozenset(OPEN_STATES),
        _explain_approve,
        _approve,
        form=ApproveForm,
        initial=_seen,
    ),
    "withdraw": Decision(
        gettext_lazy("Withdraw approval"),
        gettext_lazy("Withdraw the approval"),
        frozenset(OPEN_STATES),
        _explain_withdraw,
        _withdraw,
    ),
    "reschedule": Decision(
        gettext_lazy("Schedule"),
        gettext_lazy("Move it to this time"),
        frozenset(OPEN_STATES),
        _explain_reschedule,
        _reschedule,
        form=RescheduleForm,
    ),
    "send_now": Decision(
        gettext_lazy("Send now"),
        gettext_lazy("Send it now"),
        frozenset({DigestState.APPROVED}),
        _explain_send_now,
        _send_now,
    ),
    "pause": Decision(
        gettext_lazy("Pause"),
        gettext_lazy("Pause it"),
        frozenset({DigestState.FROZEN, DigestState.SENDING}),
        _explain_pause,
        _pause,
    ),
    "resume": Decision(
        gettext_lazy("Resume"),
        gettext_lazy("Go on sending"),
        frozenset({DigestState.PAUSED}),
        _explain_resume,
        _resume,
    ),
    "cancel": Decision(
        gettext_lazy("Cancel"),
        gettext_lazy("Cancel it for good"),
        frozenset({*OPEN_STATES, *UNDER_WAY_STATES}),
        _explain_cancel,
        _cancel,
        form=CancelForm,
        is_final=True,
    ),
    "assemble_again": Decision(
        gettext_lazy("Assemble again"),
        gettext_lazy("Assemble it again"),
        frozenset(OPEN_STATES),
        _explain_assemble,
        _assemble,
    ),
}
