"""The page of a digest that is being sent: how far it is, who has which version, and the next version's release."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from digests import versions
from digests.admin.approving import if_nobody_may, second_person
from digests.admin.decisions import APPROVE, SEND
from digests.admin.preflight import shown_report
from digests.admin.row_ids import row_id
from digests.choices import DigestState, Outcome
from digests.counts import provider_counts
from digests.counts.progress import Progress, Readership, progress_of
from digests.decisions import correcting, stop_press
from digests.delivery import seeds
from digests.models import Digest, SeedHold, Version
from digests.refusal import Refusal
from digests.rendering.stored_content import restored
from digests.tasks import sort_mailboxes
from digests.versions import Draft
from digests.words import doubt_words, seed_words, version_changes
from digests.words.outlook import readers_text
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

NAME = "digests_digest_live"
# A page that is open looks so often that it keeps no more than a few per cent of a core busy: a million readers are
# recounted in 0.2 s.
READERS_A_SECOND = 250_000


@dataclass(frozen=True, slots=True)
class VersionLine:
    version: Version
    readers: Readership
    is_sent_now: bool


def urls(model_admin: Any) -> list[URLPattern]:
    def seen(view: Any) -> Any:
        def for_viewers(request: HttpRequest, digest_id: int) -> HttpResponse:
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            digest = get_object_or_404(
                Digest.objects.select_related("newsletter", "sending_version"), pk=digest_id
            )
            answer: HttpResponse = view(model_admin, request, digest)
            return answer

        return model_admin.admin_site.admin_view(never_cache(for_viewers))

    start = "<int:digest_id>/live/"
    return [
        path(start, require_http_methods(["GET", "HEAD", "POST"])(seen(live)), name=NAME),
        path(f"{start}now/", require_GET(seen(now)), name=f"{NAME}_now"),
        path(f"{start}providers/", require_GET(seen(providers)), name=f"{NAME}_providers"),
    ]


def live(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    if request.method == "POST":
        return _act(model_admin, request, digest)
    context = {
        "title": _("Live: %(digest)s") % {"digest": digest},
        "opts": model_admin.opts,
        "original": digest,
        "may_send": request.user.has_perm(SEND),
        "may_release": _may_release(request),
        "may_edit": request.user.has_perm("digests.change_digest"),
        "sent_stories": stop_press.stories_of(digest) if digest.is_under_way else [],
        "stories": correcting.stories_of(digest),
        "corrections": digest.corrections.order_by("pk"),
    }
    return TemplateResponse(
        request,
        "admin/digests/live.html",
        model_admin.admin_site.each_context(request)
        | context
        | _now(digest)
        | _next_version(request, digest),
    )


def now(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    return TemplateResponse(request, "admin/digests/live_now.html", _now(digest))


def providers(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """A small digest is sorted while the page waits; of a large one a worker sorts the rest."""
    provider_counts.sort(digest.pk)
    found = provider_counts.providers_of(digest.pk)
    if found.unsorted:
        ring(sort_mailboxes, digest.pk)
    seconds = 2 if found.unsorted else max(30, (digest.audience_size or 0) // READERS_A_SECOND)
    context = {"digest": digest, "found": found, "seconds": seconds}
    return TemplateResponse(request, "admin/digests/live_providers.html", context)


def _now(digest: Digest) -> dict[str, Any]:
    progress, at = progress_of(digest.pk), database_now()
    hold = SeedHold.objects.filter(digest=digest).first()
    readers = progress.readers
    return {
        "digest": digest,
        "of_seeds": seed_words.of_hold(digest, hold, now=at) if hold else [],
        "is_held_for_seeds": hold is not None and seeds.is_open(digest, hold, now=at),
        "progress": progress,
        "failed": progress.outcomes[Outcome.FAILED],
        "accepted": progress.outcomes[Outcome.ACCEPTED],
        "deferred": progress.outcomes[Outcome.DEFERRED],
        "unconfirmed": progress.outcomes[Outcome.UNCERTAIN],
        "of_doubts": doubt_words.of_doubts(digest, progress.outcomes[Outcome.UNCERTAIN]),
        "pending": progress.outcomes[Outcome.PENDING] - progress.in_hand,
        "versions": _version_lines(digest, progress),
        "pace": _pace(digest, progress),
        "seconds": max(1, readers // READERS_A_SECOND) if digest.is_under_way else 20,
    }


def _version_lines(digest: Digest, progress: Progress) -> list[VersionLine]:
    """Those that any reader has or will get; without their content, which is large."""
    wanted = {*progress.versions, digest.sending_version_id}
    found = digest.versions.filter(pk__in=wanted).only("number", "subject", "created_at", "digest")
    return [
        VersionLine(
            version,
            progress.versions.get(version.pk, Readership()),
            version.pk == digest.sending_version_id,
        )
        for version in found.order_by("number")
    ]


def _pace(digest: Digest, progress: Progress) -> str:
    if digest.state == DigestState.PAUSED:
        return _("Paused: nothing leaves.")
    if not digest.is_under_way:
        return ""
    left = progress.seconds_left
    if left is None:
        return _("Nothing has left in the last minute.") if progress.due else ""
    if left < 60:
        return _("Less than a minute left at this rate.")
    minutes = round(left / 60)
    return ngettext(
        "About %(number)s minute left at this rate.",
        "About %(number)s minutes left at this rate.",
        minutes,
    ) % {"number": minutes}


def _next_version(request: HttpRequest, digest: Digest) -> dict[str, Any]:
    """What would be released, and what that would do; nothing once nobody waits any more."""
    if not digest.is_under_way:
        return {}
    try:
        draft = versions.draft_of(digest)
    except versions.CannotRender as error:
        return {"is_changed": True, "broken": str(error)}
    sent = digest.sending_version
    if sent is None or draft.fingerprint == sent.fingerprint:
        return {"is_changed": False}
    return {
        "is_changed": True,
        "seen": draft.fingerprint,
        "next_subject": draft.subject,
        "report": shown_report(digest, as_it_stands=True),
        "changes": _changes(sent, draft),
        "consequences": _consequences(digest, draft.fingerprint),
        "is_mine": _is_mine(request, digest, draft.fingerprint),
    }


def _changes(sent: Version, draft: Draft) -> list[str]:
    """Versions of long ago kept no content."""
    if not sent.content:
        return []
    return version_changes.of_contents(restored(sent.content), restored(draft.content))


def _consequences(digest: Digest, fingerprint: str) -> list[str]:
    progress = progress_of(digest.pk)
    has_it = progress.in_hand + sum(
        progress.outcomes[outcome] for outcome in (Outcome.ACCEPTED, Outcome.UNCERTAIN)
    )
    sentences = [
        ngettext(
            "%(readers)s still waits and will receive the new version, within seconds.",
            "%(readers)s still wait and will receive the new version, within seconds.",
            progress.waiting,
        )
        % {"readers": readers_text(progress.waiting)},
    ]
    if has_it:
        sentences.append(
            ngettext(
                "%(readers)s has an older one already, or may have: they keep it.",
                "%(readers)s have an older one already, or may have: they keep it.",
                has_it,
            )
            % {"readers": readers_text(has_it)}
        )
    return [*sentences, *second_person(digest, fingerprint)]


def _is_mine(request: HttpRequest, digest: Digest, fingerprint: str) -> bool:
    waiting = digest.approvals.waiting().select_related("version").first()
    return (
        waiting is not None
        and waiting.by_id == request.user.pk
        and waiting.version.fingerprint == fingerprint
    )


def _may_release(request: HttpRequest) -> bool:
    """Return whether staff may change what is being sent: it takes the permissions to approve and to send."""
    return request.user.has_perms([APPROVE, SEND])


def _act(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    if not _may_release(request):
        raise PermissionDenied
    try:
        text = _retract(request, digest) if "item" in request.POST else _release(request, digest)
    except Refusal as refusal:
        model_admin.message_user(request, capfirst(str(refusal)), messages.ERROR)
    else:
        model_admin.message_user(request, text, messages.SUCCESS)
        model_admin.log_change(request, digest, text)
    return redirect(f"admin:{NAME}", digest.pk)


def _release(request: HttpRequest, digest: Digest) -> str:
    made = stop_press.release(
        digest.pk,
        by=request.user,  # type: ignore[arg-type]  # the admin has asked for a login
        now=database_now(),
        seen=request.POST.get("seen", ""),
    )
    if made.is_waiting:
        text = _("Approved. The version is released when a second person approves it here.")
        return text + if_nobody_may(digest, made)
    return _("Version %(number)s is released.") % {"number": made.version.number}


def _retract(request: HttpRequest, digest: Digest) -> str:
    item_id = row_id(request.POST["item"]) or 0
    done = stop_press.retract(
        digest.pk,
        item_id,
        by=request.user,  # type: ignore[arg-type]  # the admin has asked for a login
        now=database_now(),
    )
    if done.approval is None:
        return _("“%(story)s” is removed. Readers were not receiving it.") % {"story": done.story}
    values = {"story": done.story, "number": done.approval.version.number}
    text = _("“%(story)s” is removed. Version %(number)s is released.") % values
    if done.is_still_named:
        text += " " + _(
            "The subject or the preheader still names it: rewrite it, and release that."
        )
    return text
