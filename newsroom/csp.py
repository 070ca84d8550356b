"""Which content policy a page gets: the strict one, but the admin pages another, because Unfold's script needs eval."""

from collections.abc import Callable

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

Responder = Callable[[HttpRequest], HttpResponseBase]


def admin_policy(get_response: Responder) -> Responder:
    """Middleware, placed behind CSPMiddleware. A view that writes the header itself (a preview's frame) keeps it."""
    relaxed = csp_replace(settings.ADMIN_CONTENT_SECURITY_POLICY)(get_response)

    def respond(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(reverse("admin:index")):
            return relaxed(request)
        return get_response(request)

    return respond
