"""What a person may decide about a digest: what the confirmation says, and the engine that is called after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests import ledger, versions
from digests.admin import approving, moving
from digests.admin.forms import ApproveForm, CancelForm, DecisionForm, RescheduleForm, SkipForm
from digests.assembly.assembling import assemble
from digests.audience.recipients import readers_now
from digests.choices import OPEN_STATES, UNDER_WAY_STATES, DigestState, Outcome
from digests.decisions import approval, steering
from digests.models import Digest, SeedHold
from digests.notices import alerts
from digests.plan import replanning
from digests.tasks import drain, freeze_digest, preflight_digest, story_ages_from
from digests.words import local_time_words
from digests.words.allowances import allowance_sentences
from digests.words.outlook import readers_text
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import beside, in_zone

APPROVE = "digests.approve_digest"
SEND = "digests.send_digest"


class NotDone(Exception):
    """The text says why, for the person who asked."""


# What the engines raise when they refuse.
REFUSALS = (
    NotDone,
    replanning.Refused,
    steering.Refused,
    approval.CannotApprove,
    versions.CannotRender,
)

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


def _explain_send_now(digest: Digest) -> list[str]:
    version = digest.approved_version
    return [
        _("It goes out at once to %(readers)s, not at %(time)s.")
        % {
            "readers": readers_text(readers_now(digest)),
            "time": in_zone(digest.due_at, digest.zone),
        },
        _("They get version %(number)s, as it was approved: “%(subject)s”.")
        % {"number": version.number, "subject": version.subject}
        if version
        else _("Nothing is approved yet."),
        *allowance_sentences(digest, now=database_now(), at_once=True),
        *local_time_words.of_one_moment(digest),
    ]


def _send_now(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    steering.send_now(digest, now=database_now())
    ring(freeze_digest, digest.pk)
    return _("The digest goes out now.")


def _explain_pause(digest: Digest) -> list[str]:
    tally = ledger.counts(digest.pk)
    return [
        _("%(accepted)s of %(all)s readers have it. The others wait until you resume.")
        % {
            "accepted": number_format(tally[Outcome.ACCEPTED], force_grouping=True),
            "all": number_format(tally.total(), force_grouping=True),
        },
        _("Pausing takes effect within seconds; emails already handed to a server are completed."),
    ]


def _pause(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    steering.pause(digest)
    return _("The digest is paused.")


def _explain_resume(digest: Digest) -> list[str]:
    tally = ledger.counts(digest.pk)
    waiting = tally[Outcome.PENDING] + tally[Outcome.DEFERRED]
    hold = SeedHold.objects.filter(digest=digest, ends_at__gt=database_now()).first()
    return [
        _resumed_now(waiting) if hold is None else _resumed_in_hold(digest, hold, waiting),
        _("After %(time)s nobody gets it.") % {"time": in_zone(digest.expires_at, digest.zone)},
    ]


def _resumed_now(waiting: int) -> str:
    return ngettext(
        "%(readers)s still waits for it and gets it now.",
        "%(readers)s still wait for it and get it now.",
        waiting,
    ) % {"readers": readers_text(waiting)}


def _resumed_in_hold(digest: Digest, hold: SeedHold, waiting: int) -> str:
    """Resuming ends no hold: it only says that no seed may stop the digest again."""
    return ngettext(
        "%(readers)s still waits for it. Seeds get it at once, everybody else at %(time)s.",
        "%(readers)s still wait for it. Seeds get it at once, everybody else at %(time)s.",
        waiting,
    ) % {
        "readers": readers_text(waiting),
        "time": beside(hold.ends_at, digest.zone, of=digest.due_at),
    }


def _resume(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    steering.resume(digest)
    alerts.clear(digest, now=database_now())
    ring(drain)
    return _("Sending has resumed.")


def _explain_cancel(digest: Digest) -> list[str]:
    if digest.is_open:
        return [
            _("Nobody has received it. About %(readers)s will not get it.")
            % {"readers": readers_text(readers_now(digest))},
            _("This cannot be undone."),
        ]
    tally = ledger.counts(digest.pk)
    waiting = tally[Outcome.PENDING] + tally[Outcome.DEFERRED]
    sentences = [
        _("%(readers)s will not get it.") % {"readers": readers_text(waiting)},
        _("It was accepted for %(readers)s; what they have cannot be called back.")
        % {"readers": readers_text(tally[Outcome.ACCEPTED])}
        if tally[Outcome.ACCEPTED]
        else _("No mail server has accepted it for anybody."),
    ]
    if tally[Outcome.UNCERTAIN]:
        sentences.append(
            _("%(readers)s may have received it: the server’s answer was lost.")
            % {"readers": readers_text(tally[Outcome.UNCERTAIN])}
        )
    return [*sentences, _("This cannot be undone.")]


def _cancel(digest: Digest, _request: HttpRequest, words: Mapping[str, Any]) -> str:
    steering.cancel(digest, words["reason"], now=database_now())
    return _("The digest is cancelled.")


def _explain_assemble(_digest: Digest) -> list[str]:
    return [
        _("The sections are filled again with the latest stories that fit."),
        _(
            "Stories that a colleague added, moved or rewrote stay, and so do the texts around them."
        ),
    ]


def _assemble(digest: Digest, request: HttpRequest, _words: Mapping[str, Any]) -> str:
    now = database_now()
    by = request.user if request.user.is_authenticated else None
    if assemble(digest.pk, now=now, as_of=story_ages_from(now), again=True, by=by) is None:
        raise NotDone(
            _(
                "The digest is being sent or finished, or someone else is assembling it at the moment."
            )
        )
    ring(preflight_digest, digest.pk)
    return _("The digest has been assembled again.")


DECISIONS: Mapping[str, Decision] = {
    "approve": Decision(
        gettext_lazy("Approve"),
        gettext_lazy("Approve it"),
        frozenset(OPEN_STATES),
        approving.explain_approve,
        approving.approve,
        form=ApproveForm,
        initial=approving.seen,
    ),
    "withdraw": Decision(
        gettext_lazy("Withdraw approval"),
        gettext_lazy("Withdraw the approval"),
        frozenset(OPEN_STATES),
        approving.explain_withdraw,
        approving.withdraw,
    ),
    "reschedule": Decision(
        gettext_lazy("Change the time"),
        gettext_lazy("Move to this time"),
        frozenset(OPEN_STATES),
        moving.explain_reschedule,
        moving.reschedule,
        form=RescheduleForm,
    ),
    "skip": Decision(
        gettext_lazy("Skip"),
        gettext_lazy("Skip this digest"),
        frozenset(OPEN_STATES),
        moving.explain_skip,
        moving.skip,
        form=SkipForm,
    ),
    "unskip": Decision(
        gettext_lazy("Undo skipping"),
        gettext_lazy("Send it after all"),
        frozenset({DigestState.SKIPPED}),
        moving.explain_unskip,
        moving.unskip,
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
        gettext_lazy("Cancel this digest"),
        gettext_lazy("Cancel permanently"),
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
