"""Which content policy a page gets: the strict one, but the admin pages another, because Unfold's script needs eval."""

from collections.abc import Callable
from functools import cache

from csp.constants import HEADER
from csp.decorators import csp_replace
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from typing_extensions import override

from newsroom.staff_pages import is_staff_page

Responder = Callable[[HttpRequest], HttpResponseBase]


class ContentPolicy(CSPMiddleware):
    """Has the policy of most answers ready: those that hold no nonce and ask for nothing of their own."""

    @override
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        asks = getattr(request, "_csp_nonce", None) is not None or any(
            name.startswith("_csp") for name in vars(response)
        )
        if asks or settings.DEBUG or HEADER in response:
            return super().process_response(request, response)
        response[HEADER] = _plain_policy()
        # A nonce that is asked for from now on would come too late, and says so.
        too_late = CheckableLazyObject(self._csp_nonce_post_response)
        request.csp_nonce = too_late  # type: ignore[attr-defined]  # django-csp's
        return response


@cache
def _plain_policy() -> str:
    return build_policy()


def admin_policy(get_response: Responder) -> Responder:
    """Middleware, placed behind CSPMiddleware. A view that writes the header itself (a preview's frame) keeps it."""
    relaxed = csp_replace(settings.ADMIN_CONTENT_SECURITY_POLICY)(get_response)

    def respond(request: HttpRequest) -> HttpResponseBase:
        if is_staff_page(request):
            return relaxed(request)
        return get_response(request)

    return respond
