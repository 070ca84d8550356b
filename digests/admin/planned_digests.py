"""The page of an occurrence that has no digest yet: make it now, move it, skip it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.admin.forms import RescheduleForm, SkipForm
from digests.models import Digest, Schedule
from digests.plan import replanning
from digests.plan.calendar import Entry, occurrence
from digests.tasks import assemble_digest
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import day_of, in_zone

CALENDAR = "digests_digest_calendar"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent, in the form it was sent with; the other one is as it was first shown."""

    does: str
    move: RescheduleForm
    skip: SkipForm

    @classmethod
    def of(cls, request: HttpRequest, entry: Entry) -> "Asked":
        does = request.POST.get("do", "")
        # The forms ask a digest for its time and zone; this one is never saved.
        stand_in = Digest(newsletter=entry.newsletter, due_at=entry.at, zone=entry.zone)
        return cls(
            does,
            RescheduleForm(request.POST if does == "move" else None, digest=stand_in),
            SkipForm(request.POST if does == "skip" else None, digest=stand_in),
        )


def page(model_admin: Any, request: HttpRequest, schedule_id: int, day: str) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.select_related("newsletter"), pk=schedule_id)
    local_date = _day(day)
    made = Digest.objects.filter(
        newsletter=schedule.newsletter_id, local_date=local_date, slot=schedule.slot
    ).first()
    if made is not None:
        return redirect("admin:digests_digest_change", made.pk)
    entry = occurrence(schedule, local_date, now=database_now())
    if entry is None:
        raise Http404
    asked = Asked.of(request, entry)
    if request.method == "POST":
        if not model_admin.has_send_permission(request):
            raise PermissionDenied
        answer = _answer(model_admin, request, schedule, entry, asked)
        if answer is not None:
            return answer
    return _show(model_admin, request, entry, asked)


def _show(model_admin: Any, request: HttpRequest, entry: Entry, asked: Asked) -> HttpResponse:
    values = {"newsletter": entry.newsletter, "day": day_of(entry.day)}
    return TemplateResponse(
        request,
        "admin/digests/calendar_planned.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": _("Planned: %(newsletter)s, %(day)s") % values,
            "opts": model_admin.opts,
            "entry": entry,
            "asked": asked,
            "may_plan": model_admin.has_send_permission(request),
        },
    )


def _answer(
    model_admin: Any, request: HttpRequest, schedule: Schedule, entry: Entry, asked: Asked
) -> HttpResponse | None:
    """None where the page must be shown again."""
    try:
        done = _change(request, schedule, entry, asked)
    except replanning.Refused as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
        return None
    if done is None:
        return None
    digest, text = done
    model_admin.message_user(request, text, messages.SUCCESS)
    model_admin.log_change(request, digest, text)
    if asked.does == "make":
        return redirect("admin:digests_digest_change", digest.pk)
    return redirect(f"{reverse(f'admin:{CALENDAR}')}?on={digest.local_date:%Y-%m-%d}")


def _change(
    request: HttpRequest, schedule: Schedule, entry: Entry, asked: Asked
) -> tuple[Digest, str] | None:
    """The digest and what to say of it; None where a form must be filled in better. Raises Refused."""
    now = database_now()
    if asked.does == "make":
        digest = replanning.make(schedule, entry.day, now=now)
        ring(assemble_digest, digest.pk)
        return digest, _("The digest is made, and its stories are being assembled.")
    if asked.does == "skip" and asked.skip.is_valid():
        by, reason = request.user.get_username(), asked.skip.cleaned_data["reason"]
        digest = replanning.skip_planned(schedule, entry.day, reason, by=by, now=now)
        return digest, _("The digest is skipped. You can undo this until its time has passed.")
    if asked.does == "move" and asked.move.is_valid():
        at = asked.move.cleaned_data["at"]
        digest = replanning.move_planned(schedule, entry.day, at, now=now)
        text = _("It goes out at %(time)s.") % {"time": in_zone(digest.due_at, digest.zone)}
        return digest, text
    return None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
