"""One click on a digest's page that keeps it from everybody but its seeds."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from digests.admin.decisions import SEND
from digests.decisions import seeding
from digests.models import Digest
from digests.words import seed_words
from subscriptions.clock import database_now


def urls(model_admin: Any) -> list[URLPattern]:
    @require_POST
    def view(request: HttpRequest, digest_id: int) -> HttpResponse:
        if not request.user.has_perm(SEND):
            raise PermissionDenied
        digest = get_object_or_404(Digest, pk=digest_id, seed_hold__isnull=False)
        try:
            seeding.stop(digest.pk, by=request.user.get_username(), now=database_now())
        except seeding.Refused as refusal:
            model_admin.message_user(request, str(refusal), messages.ERROR)
        else:
            text = _("It is stopped. %(who)s Resume or cancel it.")
            text %= {"who": " ".join(seed_words.who_has_it(digest))}
            model_admin.message_user(request, text, messages.SUCCESS)
            model_admin.log_change(request, digest, text)
        return redirect("admin:digests_digest_change", digest.pk)

    wrapped = model_admin.admin_site.admin_view(view)
    return [path("<int:digest_id>/stop-rest/", wrapped, name="digests_digest_stop_rest")]
