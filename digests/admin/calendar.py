"""The calendar of all newsletters: a month or a week, tomorrow at a glance, and what a hand may change of it."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from digests.admin import planned_digests
from digests.admin.forms import MakeForm
from digests.plan import replanning
from digests.plan.calendar import MOST_DIGESTS, Day, days
from digests.tasks import assemble_digest
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import day_of, in_zone
from subscriptions.models import Newsletter, Publisher
from subscriptions.zones import clock_of

NAME = planned_digests.CALENDAR
EARLIEST, LATEST = date(2000, 1, 8), date(2999, 12, 1)
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which days, and how to get to others."""

    view: str  # month or week
    on: date
    start: date
    end: date  # the day after the last

    @property
    def title(self) -> str:
        if self.view == "month":
            return date_format(self.on, "F Y")
        return _("%(first)s to %(last)s") % {
            "first": day_of(self.start),
            "last": day_of(self.end - timedelta(days=1)),
        }

    @property
    def before(self) -> date:
        if self.view == "week":
            return self.on - timedelta(days=7)
        return self.on.replace(day=1) - timedelta(days=1)

    @property
    def after(self) -> date:
        if self.view == "week":
            return self.on + timedelta(days=7)
        return (self.on.replace(day=28) + timedelta(days=4)).replace(day=1)


def urls(model_admin: Any) -> list[URLPattern]:
    def guarded(view: View, *, may: str) -> View:
        def allowed(request: HttpRequest, **values: Any) -> HttpResponse:
            if not getattr(model_admin, f"has_{may}_permission")(request):
                raise PermissionDenied
            return view(model_admin, request, **values)

        wrapped: View = model_admin.admin_site.admin_view(allowed)
        return wrapped

    return [
        path("calendar/", guarded(show, may="view"), name=NAME),
        path("calendar/make/", guarded(make, may="send"), name=f"{NAME}_make"),
        path(
            "calendar/<int:schedule_id>/<str:day>/",
            guarded(planned_digests.page, may="view"),
            name=f"{NAME}_planned",
        ),
    ]


def show(model_admin: Any, request: HttpRequest) -> HttpResponse:
    now, zone = database_now(), Publisher.objects.current().zone
    shown = _shown(request, now.astimezone(clock_of(zone)).date())
    newsletters = list(Newsletter.objects.order_by("name"))
    chosen = request.GET.get("newsletter", "")
    only = next((letter.pk for letter in newsletters if str(letter.pk) == chosen), None)
    found = days(shown.start, shown.end, now=now, zone=zone, newsletter_id=only)
    return TemplateResponse(
        request,
        "admin/digests/calendar.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": _("Calendar"),
            "opts": model_admin.opts,
            "shown": shown,
            "weeks": [found[place : place + 7] for place in range(0, len(found), 7)],
            "tomorrow": _tomorrow(found, now.astimezone(clock_of(zone)).date(), now, zone, only),
            "zone": zone,
            "newsletters": newsletters,
            "only": only,
            "is_cut": sum(bool(entry.digest) for day in found for entry in day.entries)
            >= MOST_DIGESTS,
            "keep": f"&newsletter={only}" if only else "",
            "may_plan": model_admin.has_send_permission(request),
        },
    )


def make(model_admin: Any, request: HttpRequest) -> HttpResponse:
    form = MakeForm(request.POST or None, initial={"day": request.GET.get("day", "")})
    if request.method == "POST" and form.is_valid():
        try:
            digest = replanning.make(
                form.cleaned_data["schedule"], form.cleaned_data["day"], now=database_now()
            )
        except replanning.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if digest.assemble_at <= database_now():
                ring(assemble_digest, digest.pk)
            text = _("It is made, and goes out at %(time)s once it is approved.") % {
                "time": in_zone(digest.due_at, digest.zone)
            }
            model_admin.message_user(request, text, messages.SUCCESS)
            model_admin.log_change(request, digest, text)
            return redirect("admin:digests_digest_change", digest.pk)
    context = {"title": _("Make a digest"), "opts": model_admin.opts, "form": form}
    return TemplateResponse(
        request,
        "admin/digests/calendar_make.html",
        model_admin.admin_site.each_context(request) | context,
    )


def _shown(request: HttpRequest, today: date) -> Shown:
    """Anything that makes no sense is today, in a month."""
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        on = today
    on = min(max(on, EARLIEST), LATEST)
    weeks = calendar.Calendar((get_format("FIRST_DAY_OF_WEEK") - 1) % 7)
    if request.GET.get("view") == "week":
        place = (on.weekday() - weeks.firstweekday) % 7
        start = on - timedelta(days=place)
        return Shown("week", on, start, start + timedelta(days=7))
    all_days = list(weeks.itermonthdates(on.year, on.month))
    return Shown("month", on, all_days[0], all_days[-1] + timedelta(days=1))


def _tomorrow(found: list[Day], today: date, now: datetime, zone: str, only: int | None) -> Day:
    """Mostly among the days that are shown anyway."""
    tomorrow = today + timedelta(days=1)
    known = next((day for day in found if day.day == tomorrow), None)
    return (
        known
        or days(tomorrow, tomorrow + timedelta(days=1), now=now, zone=zone, newsletter_id=only)[0]
    )
