"""Embedded forms for programs: the script, what it shows, and the wishes it sends. (embed_pages.py: for people.)"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from subscriptions.clock import database_now
from subscriptions.embed import cross_origin, embedding
from subscriptions.embed.script import script
from subscriptions.models import EmbeddedForm, Publisher
from subscriptions.sign_up.form_fields import STATUSES, read_form
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.intake import Answer, Verdict
from subscriptions.views.embed_intake import errors_of, request_through

FormView = Callable[[HttpRequest, EmbeddedForm], JsonResponse]
# The address of the script never changes, so what stands there must not be kept for ever.
SCRIPT_CACHE = "public, max-age=86400, stale-while-revalidate=604800"
CONFIG_CACHE = "public, max-age=60"


@require_safe
@condition(etag_func=lambda _request: script().etag)
def embed_script(request: HttpRequest) -> HttpResponse:
    """Any site may load it, also with `crossorigin`; which may use a form is asked later."""
    found = script()
    wants_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        found.gzipped if wants_gzip else found.plain, content_type="text/javascript; charset=utf-8"
    )
    if wants_gzip:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = SCRIPT_CACHE
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def for_sites(method: str) -> Callable[[FormView], Callable[[HttpRequest, str], HttpResponse]]:
    """A view of JSON for pages of the sites that its form allows; anybody else learns why not."""

    def decorate(view: FormView) -> Callable[[HttpRequest, str], HttpResponse]:
        @csrf_exempt  # It acts for nobody who is logged in; the origin is checked instead.
        @wraps(view)
        def respond(request: HttpRequest, public_id: str) -> HttpResponse:
            form = embedding.find(public_id)
            if request.method == "OPTIONS":
                return cross_origin.preflight(request, form)
            if request.method not in {method, "HEAD" if method == "GET" else method}:
                response = _told(f"This address takes {method} only.", 405)
                response["Allow"] = f"{method}, OPTIONS"
            elif form is None:
                response = _told(f"There is no form {public_id}. Copy the snippet once more.", 404)
            else:
                response = view(request, form)
            return cross_origin.share(response, request, form)

        return respond

    return decorate


@for_sites("GET")
def embed_config(request: HttpRequest, form: EmbeddedForm) -> JsonResponse:
    """`?lang=` is the language of the page."""
    if "Origin" in request.headers and not cross_origin.is_allowed(request, form):
        return _told(cross_origin.refusal(request, form), 403)
    publisher = Publisher.objects.current()
    language = embedding.language_of(form, request.GET.get("lang", ""), publisher)
    with translation.override(language):
        response = JsonResponse(
            embedding.config(
                form,
                embedding.offers(form),
                publisher,
                language=language,
                shown=stamp(database_now()),
            )
        )
    response["Cache-Control"] = CONFIG_CACHE
    return response


@for_sites("POST")
def embed_sign_up(request: HttpRequest, form: EmbeddedForm) -> JsonResponse:
    """Fields as a plain form sends them, so that browsers need not ask beforehand."""
    if not cross_origin.is_allowed(request, form):
        return _told(cross_origin.refusal(request, form), 403)
    publisher = Publisher.objects.current()
    language = embedding.language_of(form, request.POST.get("lang", ""), publisher)
    with translation.override(language):
        offered = embedding.offers(form)
        if over := embedding.ended(form, offered):
            return _said({"errors": {"form": over}}, HTTPStatus.GONE)
        answer = request_through(request, form, offered, read_form(request.POST))
        response = _said(_answer(answer), STATUSES[answer.verdict])
    if answer.wait_seconds:
        response["Retry-After"] = str(answer.wait_seconds)
    return response


def _answer(answer: Answer) -> dict[str, Any]:
    """The same for every address, new, known or suppressed."""
    body: dict[str, Any] = {}
    if answer.verdict is not Verdict.TAKEN:
        body["errors"] = errors_of(answer)
    if answer.suggestion:
        body["suggestion"] = answer.suggestion
    if answer.challenge:
        body["challenge"] = answer.challenge
    return body


def _said(body: dict[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _told(message: str, status: int) -> JsonResponse:
    """Tell the developer of the site; the script writes it to the console."""
    return _said({"message": message}, status)
