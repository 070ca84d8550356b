"""Pages about embedded forms beside their rows: the live preview, and what each page of the publisher's brought."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from subscriptions.clock import database_now
from subscriptions.embed import embedding, growth
from subscriptions.embed.embedding import Offer
from subscriptions.models import EmbeddedForm, Newsletter, Publisher

ROWS = 50
MOST_CHOICES = 100
# As strict as a publisher's page may be, but framed by our own pages.
PREVIEW_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'nonce-{nonce}'; frame-ancestors 'self'"
)


def urls(model_admin: Any) -> list[URLPattern]:
    def page(
        view: Callable[..., HttpResponse], guard: Callable[..., Any]
    ) -> Callable[..., HttpResponse]:
        def allowed(request: HttpRequest, form_id: int) -> HttpResponse:
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            return view(model_admin, request, get_object_or_404(EmbeddedForm, pk=form_id))

        wrapped: Callable[..., HttpResponse] = model_admin.admin_site.admin_view(guard(allowed))
        return wrapped

    name = "subscriptions_embeddedform_preview"
    frame = xframe_options_sameorigin(page(preview, require_safe))
    return [
        path("<int:form_id>/preview/", frame, name=name),
        path("<int:form_id>/preview.json", page(config, require_POST), name=f"{name}_config"),
    ]


def preview(_admin: Any, request: HttpRequest, form: EmbeddedForm) -> HttpResponse:
    """A page as a publisher's, with the form on it; the change page's script fills it."""
    response = TemplateResponse(request, "admin/subscriptions/preview.html", {"form": form})
    response["Content-Security-Policy"] = PREVIEW_POLICY.format(
        nonce=request.csp_nonce  # type: ignore[attr-defined]  # the middleware of django-csp puts it there
    )
    return response


def config(model_admin: Any, request: HttpRequest, form: EmbeddedForm) -> HttpResponse:
    """What readers would see of the fields as they are filled in now; nothing is saved."""
    filled = model_admin.get_form(request, form, change=True)(request.POST, instance=form)
    filled.is_valid()  # what is not valid keeps the value it had
    publisher = Publisher.objects.current()
    language = embedding.language_of(form, "", publisher)
    with translation.override(language):
        shown = embedding.config(
            form, _offers(request.POST), publisher, language=language, shown=""
        )
    return JsonResponse(shown)


def report(
    model_admin: Any, request: HttpRequest, form: EmbeddedForm | None = None
) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    rows = growth.by_page(since=database_now() - growth.WINDOW, form_id=form.pk if form else None)
    title = _("Growth by page: %(form)s") % {"form": form} if form else _("Growth by page")
    context = {
        "title": title,
        "opts": model_admin.opts,
        "form": form,
        "days": growth.WINDOW.days,
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
    }
    return TemplateResponse(
        request,
        "admin/subscriptions/growth.html",
        model_admin.admin_site.each_context(request) | context,
    )


def _offers(fields: QueryDict) -> list[Offer]:
    """The rows of the inline as they stand, in their order; what is not live is left out, as it is for readers."""
    total = fields.get("choices-TOTAL_FORMS", "0")
    prefixes = [
        f"choices-{row}-"
        for row in range(min(int(total[:4]), MOST_CHOICES) if total.isdecimal() else 0)
    ]
    kept = [prefix for prefix in prefixes if not fields.get(f"{prefix}DELETE")]
    kept.sort(key=lambda prefix: _number(fields.get(f"{prefix}position", "")))
    asked = {prefix: _number(fields.get(f"{prefix}newsletter", "")) for prefix in kept}
    live = Newsletter.objects.live().in_bulk(asked.values())
    return [
        Offer(live[pk], bool(fields.get(f"{prefix}is_preselected")))
        for prefix, pk in asked.items()
        if pk in live
    ]


def _number(text: str) -> int:
    """Zero for what is no row's number."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0
