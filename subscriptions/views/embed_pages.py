"""Embedded forms for people without the script: the frame, and the plain HTML form of somebody's page."""

import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from subscriptions.clock import database_now
from subscriptions.embed import cross_origin, embedding
from subscriptions.embed.embedding import Offer
from subscriptions.models import EmbeddedForm, Publisher
from subscriptions.origins import origin_of
from subscriptions.pages import page
from subscriptions.sign_up.form_fields import STATUSES, read_form
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.intake import QUICKEST_READER, Answer, SignUpRequest, Verdict
from subscriptions.views.embed_intake import errors_of, minutes, request_through


@csrf_exempt  # It acts for nobody who is logged in; the origin is checked instead.
@xframe_options_exempt  # Frame-ancestors says more exactly who may.
@require_http_methods(["GET", "HEAD", "POST"])
def embed_frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form as a page of its own, for an iframe on the sites that it allows; it posts to itself."""
    form = _found(public_id)
    with translation.override(_language(request, form)):
        if request.method != "POST":
            standing = cross_origin.page_of(request, form, request.headers.get("Referer", ""))
            response = _form_page(request, form, page_url=standing.partition("?")[0])
        elif cross_origin.sender(request) != origin_of(cross_origin.own_origin(request)):
            response = _refused(request, form)
        else:
            response = _answered(request, form, read_form(request.POST))
    return _framed(response, request, form)


@xframe_options_exempt
@require_safe
def embed_thanks(request: HttpRequest, public_id: str) -> HttpResponse:
    form = _found(public_id)
    with translation.override(_language(request, form)):
        response = _page(request, form, "web/embed/thanks.html", {"words": embedding.words()})
    return _framed(response, request, form)


@csrf_exempt  # The origin is checked instead.
@require_POST
def embed_subscribe(request: HttpRequest, public_id: str) -> HttpResponse:
    """For a plain HTML form on an allowed site. `return` may name a page of such a site to go to afterwards."""
    form = _found(public_id)
    with translation.override(_language(request, form)):
        if not cross_origin.is_allowed(request, form):
            return _refused(request, form)
        # Such a form is older than any token of ours: its origin has to do.
        since = stamp(database_now() - 2 * QUICKEST_READER)
        response = _answered(request, form, replace(read_form(request.POST), shown=since))
    return _with_policy({"form-action": [SELF, *form.allowed_origins]}, response, request)


def _answered(request: HttpRequest, form: EmbeddedForm, sign_up: SignUpRequest) -> HttpResponse:
    offered = embedding.offers(form)
    if embedding.ended(form, offered):
        return _form_page(request, form)
    answer = request_through(request, form, offered, sign_up)
    if answer.verdict is Verdict.TAKEN:
        response = HttpResponseRedirect(_next(request, form))
        response.status_code = HTTPStatus.SEE_OTHER
        return response
    return _form_page(request, form, sign_up, answer)


def _next(request: HttpRequest, form: EmbeddedForm) -> str:
    """A page of an allowed site, or our own: never a way to anywhere else."""
    wanted = request.POST.get("return", "")
    # Programs differ in what they make of these two in an address.
    is_plain = wanted.isprintable() and not {"@", "\\"} & set(wanted)
    if is_plain and origin_of(wanted) in form.allowed_origins:
        return wanted
    spoken = urlencode({"lang": translation.get_language()}) if _named_language(request) else ""
    return reverse("embed_thanks", args=[form.public_id]) + (f"?{spoken}" if spoken else "")


def _form_page(
    request: HttpRequest,
    form: EmbeddedForm,
    sign_up: SignUpRequest | None = None,
    answer: Answer | None = None,
    *,
    page_url: str = "",
) -> HttpResponse:
    """The form; after an answer that was no yes, with everything that was filled in."""
    offered = embedding.offers(form)
    over = embedding.ended(form, offered)
    context = {
        "offers": [(offer, _is_ticked(offer, sign_up)) for offer in offered],
        "ended": over,
        "words": embedding.words(),
        "sign_up": sign_up,
        "answer": answer,
        "errors": errors_of(answer) if answer and answer.verdict is Verdict.WRONG else {},
        "challenge": json.dumps(answer.challenge) if answer else "",
        "wait_minutes": minutes(answer.wait_seconds) if answer else 0,
        "page_url": page_url or cross_origin.page_of(request, form, request.POST.get("page", "")),
        "has_named_language": bool(_named_language(request)),
        "return_url": request.POST.get("return", ""),
        # Kept, so that a quick correction is not taken for a robot's.
        "shown": sign_up.shown if sign_up and answer and "shown" not in answer.errors else _now(),
    }
    status = STATUSES[answer.verdict] if answer else HTTPStatus.GONE if over else HTTPStatus.OK
    return _page(request, form, "web/embed/form.html", context, status=status)


def _now() -> str:
    return stamp(database_now())


def _is_ticked(offer: Offer, sign_up: SignUpRequest | None) -> bool:
    return offer.newsletter.slug in sign_up.newsletters if sign_up else offer.is_preselected


def _refused(request: HttpRequest, form: EmbeddedForm) -> HttpResponse:
    context = {"offers": embedding.offers(form), "refusal": cross_origin.refusal(request, form)}
    status = HTTPStatus.FORBIDDEN
    return page(request, "web/embed/refused.html", context, status=status, is_settled=True)


def _found(public_id: str) -> EmbeddedForm:
    form = embedding.find(public_id)
    if form is None:
        raise Http404("There is no such form.")
    return form


def _language(request: HttpRequest, form: EmbeddedForm) -> str:
    return embedding.language_of(form, _named_language(request), Publisher.objects.current())


def _named_language(request: HttpRequest) -> str:
    """What the page that holds the form asks for; it goes on from page to page."""
    return request.POST.get("lang") or request.GET.get("lang", "")


def _page(
    request: HttpRequest,
    form: EmbeddedForm,
    template: str,
    context: dict[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    colours = embedding.palette(form, Publisher.objects.current())
    context = {"form": form, "colours": colours} | context
    response = page(request, template, context, status=status, is_settled=True)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _framed(response: HttpResponse, request: HttpRequest, form: EmbeddedForm) -> HttpResponse:
    policy = {
        "frame-ancestors": form.allowed_origins or [NONE],
        "form-action": [SELF, *form.allowed_origins],
    }
    return _with_policy(policy, response, request)


def _with_policy(
    policy: dict[str, list[str]], response: HttpResponse, request: HttpRequest
) -> HttpResponse:
    """A form of the page may end, by our redirect, on a page of an allowed site: form-action says so."""
    csp_replace(policy)(lambda _request: response)(request)
    return response
