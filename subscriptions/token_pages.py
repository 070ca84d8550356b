"""Pages behind a signed link in a mail: the link is the key, so it must not travel any further."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

TokenView = Callable[[HttpRequest, str], HttpResponse]
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def token_page(view: TokenView) -> TokenView:
    """GET and HEAD look, POST acts, and neither cookie nor login is asked for.

    Exempt from CSRF: who can forge the request holds the token, and with it all that the page may do. A mail program
    (RFC 8058) and a reader whose browser keeps no cookies must both come through.
    """
    guarded = require_http_methods(["GET", "HEAD", "POST"])(view)

    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        response = guarded(request, token)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    exempt: TokenView = csrf_exempt(answer)
    return exempt
