"""The page on which a template gets its look: fields on one side, the mail they make on the other."""

import base64
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from digests.admin.design_forms import BaseSections, LookForm, Sections, complaints, wish_of
from digests.admin.design_page import DesignPage
from digests.admin.design_preview import answer
from digests.designing import logos
from digests.models import Template
from digests.picture_links import absolute
from subscriptions.clock import database_now
from subscriptions.models import Newsletter

NAME = "digests_template"
View = Callable[[Any, HttpRequest, Template], HttpResponse]


def urls(model_admin: Any) -> list[URLPattern]:
    def view(found: View) -> Callable[..., HttpResponse]:
        def allowed(request: HttpRequest, template_id: int) -> HttpResponse:
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            template = get_object_or_404(
                Template.objects.select_related("newsletter").prefetch_related(
                    "sections__sources", "sections__without_sources"
                ),
                pk=template_id,
            )
            return found(model_admin, request, template)

        wrapped: Callable[..., HttpResponse] = model_admin.admin_site.admin_view(allowed)
        return wrapped

    def of_newsletter(request: HttpRequest, newsletter_id: int) -> HttpResponse:
        """Redirect to the template of a newsletter; make the template at the first look."""
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        newsletter = get_object_or_404(Newsletter, pk=newsletter_id)
        template, _made = Template.objects.get_or_create(newsletter=newsletter)
        return redirect(f"admin:{NAME}_change", template.pk)

    return [
        path(
            "of/<int:newsletter_id>/",
            require_GET(model_admin.admin_site.admin_view(of_newsletter)),
            name=f"{NAME}_of",
        ),
        path("<int:template_id>/change/", view(desk), name=f"{NAME}_change"),
        path("<int:template_id>/preview/", require_POST(view(preview)), name=f"{NAME}_preview"),
    ]


def desk(model_admin: Any, request: HttpRequest, template: Template) -> HttpResponse:
    page = DesignPage(model_admin, request, template)
    if request.method != "POST":
        return page.opened()
    if not page.may_change:
        raise PermissionDenied
    return page.saved(*bound(request, template))


def preview(_model_admin: Any, request: HttpRequest, template: Template) -> HttpResponse:
    """Nothing is saved: no row, no file."""
    form, sections = bound(request, template)
    if not all([form.is_valid(), sections.is_valid()]):
        return JsonResponse({"errors": list(complaints(form, sections))}, status=422)
    wish = wish_of(form, sections, keep=False)
    found = wish.tried_on(template, now=database_now())
    return JsonResponse(answer(request, found, _drawn(form)))


def bound(request: HttpRequest, template: Template) -> tuple[LookForm, BaseSections]:
    return (
        LookForm(request.POST, request.FILES, template=template),
        Sections(request.POST, rows=list(template.sections.all())),
    )


def _drawn(form: LookForm) -> tuple[str, str] | None:
    """The address at which a new logo would stand, and, since it is not kept, the logo itself as an address."""
    if form.drawn is None:
        return None
    body = base64.b64encode(form.drawn.body).decode()
    return absolute(logos.url_of(form.drawn)), f"data:image/png;base64,{body}"
