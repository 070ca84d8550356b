"""What preflight found about a digest: a page to mend or set aside, a part for other pages, and JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from digests.models import Digest, LinkCheck, SetAside
from digests.preflight.finding import Finding, Place, to_json
from digests.preflight.running import Report, report_of, report_on
from digests.preflight.setting_aside import Refused, set_aside, take_back
from digests.tasks import preflight_digest
from digests.versions import Draft
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

NAME = "digests_digest_preflight"
View = Callable[[Any, HttpRequest, Digest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with the page on which it is mended, and who let it pass."""

    finding: Finding
    url: str
    passed: SetAside | None = None


@dataclass(frozen=True, slots=True)
class ShownReport:
    blocking: list[Shown]
    warnings: list[Shown]
    set_aside: list[Shown]
    stops_approval: bool

    @property
    def is_clear(self) -> bool:
        return not (self.blocking or self.warnings)


def shown_report(digest: Digest, *, as_it_stands: bool = False) -> ShownReport:
    """Return a digest's report for pages that show it; `as_it_stands`: what would be approved now."""
    return _shown(digest, report_on(digest, now=database_now(), as_it_stands=as_it_stands))


def shown_report_of(digest: Digest, draft: Draft) -> ShownReport:
    """The same of what has just been rendered."""
    return _shown(digest, report_of(digest, draft, now=database_now()))


def place_url(digest: Digest, finding: Finding) -> str:
    """Return the address of the page where the finding is fixed."""
    if finding.place is Place.STORIES:
        page = reverse("admin:digests_digest_compose", args=[digest.pk])
        return f"{page}#{finding.target}" if finding.target else page
    if finding.place is Place.SPONSORS:
        return reverse("admin:digests_booking_change", args=[finding.target])
    field = f"#id_{finding.target}" if finding.target else ""
    if finding.place is Place.NEWSLETTER:
        page = reverse("admin:subscriptions_newsletter_change", args=[digest.newsletter_id])
    elif finding.place is Place.TEMPLATE:
        page = reverse("admin:digests_template_of", args=[digest.newsletter_id])
    elif finding.place is Place.PUBLISHER:
        page = reverse("admin:subscriptions_publisher_changelist")
    else:
        page = reverse("admin:digests_digest_compose", args=[digest.pk])
    return page + field


def urls(model_admin: Any) -> list[URLPattern]:
    def view(found: View, *, needs: str) -> Callable[..., HttpResponse]:
        def allowed(request: HttpRequest, digest_id: int) -> HttpResponse:
            if not getattr(model_admin, f"has_{needs}_permission")(request):
                raise PermissionDenied
            digest = get_object_or_404(
                Digest.objects.select_related("newsletter", "approved_version"), pk=digest_id
            )
            return found(model_admin, request, digest)

        wrapped: Callable[..., HttpResponse] = model_admin.admin_site.admin_view(allowed)
        return require_GET(wrapped) if needs == "view" else require_POST(wrapped)

    start = "<int:digest_id>/preflight"
    return [
        path(f"{start}/", view(page, needs="view"), name=NAME),
        path(f"{start}.json", view(as_json, needs="view"), name=f"{NAME}_json"),
        path(f"{start}/set-aside/", view(pass_over, needs="change"), name=f"{NAME}_set_aside"),
        path(f"{start}/take-back/", view(put_back, needs="change"), name=f"{NAME}_take_back"),
    ]


def page(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    report = report_on(digest, now=database_now())
    return TemplateResponse(
        request,
        "admin/digests/preflight.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": _("Preflight: %(digest)s") % {"digest": digest},
            "opts": model_admin.opts,
            "original": digest,
            "digest": digest,
            "report": _shown(digest, report),
            "may_set_aside": digest.is_open and model_admin.has_change_permission(request),
            "visited": _visited(report),
        },
    )


def as_json(_model_admin: Any, _request: HttpRequest, digest: Digest) -> HttpResponse:
    """What would be approved now, for a page that shows it beside the stories."""
    report = shown_report(digest, as_it_stands=digest.is_open)
    return JsonResponse(
        {
            level: [_as_json(shown) for shown in getattr(report, level)]
            for level in ("blocking", "warnings", "set_aside")
        }
    )


def pass_over(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    try:
        found = set_aside(
            digest,
            request.POST.get("key", ""),
            request.POST.get("reason", ""),
            by=request.user,  # type: ignore[arg-type]  # the admin has asked for a login
            now=database_now(),
        )
    except Refused as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
    else:
        text = _("Dismissed: %(finding)s") % {"finding": found.text}
        _tell(model_admin, request, digest, text)
    return redirect(f"admin:{NAME}", digest.pk)


def put_back(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    try:
        text = take_back(digest, request.POST.get("key", ""))
    except Refused as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
    else:
        _tell(model_admin, request, digest, _("Warning restored: %(finding)s") % {"finding": text})
    return redirect(f"admin:{NAME}", digest.pk)


def _tell(model_admin: Any, request: HttpRequest, digest: Digest, text: str) -> None:
    model_admin.message_user(request, text, messages.SUCCESS)
    model_admin.log_change(request, digest, text)
    ring(preflight_digest, digest.pk)


def _shown(digest: Digest, report: Report) -> ShownReport:
    def all_of(findings: tuple[Finding, ...]) -> list[Shown]:
        return [Shown(finding, place_url(digest, finding)) for finding in findings]

    return ShownReport(
        blocking=all_of(report.blocking),
        warnings=all_of(report.warnings),
        set_aside=[
            Shown(finding, place_url(digest, finding), passed)
            for finding, passed in report.set_aside
        ],
        stops_approval=bool(report.in_the_way_of_approval),
    )


def _as_json(shown: Shown) -> dict[str, str]:
    passed = shown.passed
    told = {"reason": passed.reason, "by": str(passed.by or "")} if passed else {}
    return to_json(shown.finding) | {"url": shown.url} | told


def _visited(report: Report) -> dict[str, Any]:
    """How much of what it leads to has been looked at."""
    checks = LinkCheck.objects.filter(url__in=report.links)
    looked_at = [check.checked_at for check in checks if check.checked_at]
    return {
        "all": len(checks),
        "looked_at": len(looked_at),
        "last": max(looked_at, default=None),
    }
