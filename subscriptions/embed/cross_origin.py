"""Which site a request for an embedded form comes from, and what may be answered to it.

A browser lets no page forge its Origin or Referer. Programs that are no browsers can, and gain nothing by it that they
would not have on our own page: limits, honeypot and proof of work hold for them alike.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from subscriptions.models import EmbeddedForm
from subscriptions.origins import origin_of

PREFLIGHT_SECONDS = 7200  # as long as Chromium keeps an answer


def own_origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def sender(request: HttpRequest) -> str | None:
    """The origin of the page that sent it; None where the browser was told to say nothing of it."""
    origin = request.headers.get("Origin", "null")
    return origin_of(request.headers.get("Referer", "") if origin == "null" else origin)


def is_allowed(request: HttpRequest, form: EmbeddedForm) -> bool:
    """Return whether a request comes from a site that the form names, or from our own pages."""
    origin = sender(request)
    return origin is not None and (
        origin in form.allowed_origins or origin_of(own_origin(request)) == origin
    )


def page_of(request: HttpRequest, form: EmbeddedForm, named: str) -> str:
    """The page on which the form stands: as it names itself, if that is on a site the form may stand on."""
    address = named if named.isprintable() and "@" not in named.split("?")[0] else ""
    site = origin_of(address)
    if site is None or site not in {*form.allowed_origins, origin_of(own_origin(request))}:
        return ""
    return address.partition("#")[0]


def share(response: HttpResponse, request: HttpRequest, form: EmbeddedForm | None) -> HttpResponse:
    """Let a page of an allowed site read the answer; never with cookies."""
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if form is not None and origin in form.allowed_origins:
        response["Access-Control-Allow-Origin"] = origin
    return response


def preflight(request: HttpRequest, form: EmbeddedForm | None) -> HttpResponse:
    response = share(HttpResponse(status=204), request, form)
    if "Access-Control-Allow-Origin" in response:
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def refusal(request: HttpRequest, form: EmbeddedForm) -> str:
    """Say why a site is refused, for its web developer; in English, as all that is said to programs."""
    origin = sender(request)
    if origin is None:
        return (
            "The browser did not say which site this came from. A page with Referrer-Policy: "
            "no-referrer cannot use this form; strict-origin-when-cross-origin can. Nobody was signed up."
        )
    return (
        f"{origin} is not among the allowed origins of the form {form.public_id}. "
        "Add it in the admin under Embedded forms. Nobody was signed up."
    )
