"""How a digest stands, as a part of its page that fetches itself anew: the state, the deadline, what happens then."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from digests.admin.overview import standing_of
from digests.models import Digest
from subscriptions.clock import database_now


def urls(model_admin: Any) -> list[URLPattern]:
    @never_cache
    @require_GET
    def view(request: HttpRequest, digest_id: int) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        digest = get_object_or_404(
            Digest.objects.select_related("newsletter", "approved_version"), pk=digest_id
        )
        standing = standing_of(digest, now=database_now())
        return TemplateResponse(
            request, "admin/digests/standing.html", {"digest": digest, "standing": standing}
        )

    return [
        path(
            "<int:digest_id>/standing/",
            model_admin.admin_site.admin_view(view),
            name="digests_digest_standing",
        )
    ]
