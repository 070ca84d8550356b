"""The account of a digest's readers as a file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from digests.counts.deliveries_csv import deliveries_csv
from digests.models import Digest
from subscriptions.admin.tracing import trace


def urls(model_admin: Any) -> list[URLPattern]:
    @never_cache
    @require_GET
    def view(request: HttpRequest, digest_id: int) -> HttpResponseBase:
        """Addresses only for those who look after readers."""
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        digest = get_object_or_404(Digest.objects.select_related("newsletter"), pk=digest_id)
        may_see_addresses = request.user.has_perm("subscriptions.view_subscriber")
        text = (
            _("The delivery report was downloaded, with addresses.")
            if may_see_addresses
            else _("The delivery report was downloaded, without addresses.")
        )
        trace(request, [digest], text)
        response = StreamingHttpResponse(
            deliveries_csv(digest, with_addresses=may_see_addresses),
            content_type="text/csv; charset=utf-8",
        )
        name = f"{digest.newsletter.slug}-{digest.local_date:%Y-%m-%d}-{digest.slot}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    return [
        path(
            "<int:digest_id>/deliveries.csv",
            model_admin.admin_site.admin_view(view),
            name="digests_digest_deliveries",
        )
    ]
