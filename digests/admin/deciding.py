"""The buttons on a digest's page: each leads to a page that says what will happen and asks once."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from digests.admin import approving
from digests.admin.decisions import (
    APPROVE,
    DECISIONS,
    REFUSALS,
    SEND,
    Decision,
)
from digests.admin.preflight import shown_report
from digests.choices import DigestState
from digests.models import Digest
from subscriptions.admin.rows import row_or_404


def decide(model_admin: Any, request: HttpRequest, digest_id: str, name: str) -> HttpResponse:
    """GET asks and changes nothing; POST calls the engine once and shows what it says."""
    digest: Digest = row_or_404(model_admin, request, digest_id)
    decision = DECISIONS[name]
    try:
        if request.method == "POST":
            form = decision.form(request.POST, digest=digest)
            if form.is_valid():
                text = decision.act(digest, request, form.cleaned_data)
                model_admin.message_user(request, text, messages.SUCCESS)
                model_admin.log_change(request, digest, text)
                return redirect("admin:digests_digest_change", digest.pk)
        else:
            form = decision.form(digest=digest, initial=decision.initial(digest))
        sentences = decision.explain(digest)
    except REFUSALS as refusal:
        model_admin.message_user(request, capfirst(str(refusal)), messages.ERROR)
        return redirect("admin:digests_digest_change", digest.pk)
    return _ask(model_admin, request, digest, decision, form, sentences)


def _ask(
    model_admin: Any,
    request: HttpRequest,
    digest: Digest,
    decision: Decision,
    form: Any,
    sentences: list[str],
) -> HttpResponse:
    return TemplateResponse(
        request,
        "admin/digests/decide.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": f"{decision.title}: {digest}",
            "opts": model_admin.opts,
            "original": digest,
            "digest": digest,
            "decision": decision,
            "form": form,
            "sentences": sentences,
        }
        | (approving_facts(request, digest) if decision is DECISIONS["approve"] else {}),
    )


def approving_facts(request: HttpRequest, digest: Digest) -> dict[str, Any]:
    """Beside the question: what preflight found, and whether this person's yes is still wanted."""
    report = shown_report(digest, as_it_stands=True)
    waiting = digest.approvals.waiting().select_related("version").first()
    is_mine = (
        waiting is not None
        and waiting.by_id == request.user.pk
        and waiting.version.fingerprint == approving.seen(digest)["seen"]
    )
    return {"report": report, "stopped": report.stops_approval, "is_mine": is_mine}


class DecidingMixin:
    """Object actions of Unfold, offered in the states where they make sense."""

    actions_detail = (
        "approve",
        "send_now",
        "pause",
        "resume",
        {
            "title": _("More"),
            "items": ["reschedule", "skip", "unskip", "withdraw", "assemble_again", "cancel"],
        },
    )

    # By method, not by name: Unfold looks a name up in the database when it checks the project, which a
    # database before its first migration does not survive.
    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(APPROVE)

    def has_send_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(SEND)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        digest: Digest | None = self.get_object(request, unquote(str(object_id)))  # type: ignore[attr-defined]  # of ModelAdmin
        if digest is None:
            return []
        is_waiting = digest.approvals.waiting().exists()
        offered = {name for name, decision in DECISIONS.items() if digest.state in decision.states}
        if digest.state != DigestState.APPROVED and not is_waiting:
            offered.discard("withdraw")
        if digest.is_urgent:
            offered.discard("assemble_again")  # it has its one story
        actions: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # of ModelAdmin
        return [found for found in actions if found.method.original_function_name in offered]

    @action(
        description=DECISIONS["approve"].title,
        url_path="approve",
        icon="check",
        variant=ActionVariant.PRIMARY,
        permissions=["approve"],
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "approve")

    @action(
        description=DECISIONS["withdraw"].title,
        url_path="withdraw",
        icon="undo",
        permissions=["approve"],
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "withdraw")

    @action(
        description=DECISIONS["reschedule"].title,
        url_path="schedule",
        icon="schedule",
        permissions=["send"],
    )
    def reschedule(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "reschedule")

    @action(
        description=DECISIONS["skip"].title,
        url_path="skip",
        icon="event_busy",
        permissions=["send"],
    )
    def skip(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "skip")

    @action(
        description=DECISIONS["unskip"].title,
        url_path="unskip",
        icon="event_available",
        permissions=["send"],
    )
    def unskip(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "unskip")

    @action(
        description=DECISIONS["send_now"].title,
        url_path="send-now",
        icon="send",
        variant=ActionVariant.PRIMARY,
        permissions=["send"],
    )
    def send_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "send_now")

    @action(
        description=DECISIONS["pause"].title,
        url_path="pause",
        icon="pause",
        variant=ActionVariant.WARNING,
        permissions=["send"],
    )
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "pause")

    @action(
        description=DECISIONS["resume"].title,
        url_path="resume",
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        permissions=["send"],
    )
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "resume")

    @action(
        description=DECISIONS["cancel"].title,
        url_path="cancel",
        icon="cancel",
        variant=ActionVariant.DANGER,
        permissions=["send"],
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "cancel")

    @action(
        description=DECISIONS["assemble_again"].title,
        url_path="assemble-again",
        icon="autorenew",
        permissions=["change"],
    )
    def assemble_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return decide(self, request, object_id, "assemble_again")
