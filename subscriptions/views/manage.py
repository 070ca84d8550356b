"""All of a reader's preferences, behind the link that came by e-mail and lasts half an hour.

Every page asks for the link anew, so that what it names is that reader and nobody else. No cookie, no script.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from subscriptions import addresses, links
from subscriptions.choices import Tracking
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.models import Newsletter, Subscriber
from subscriptions.pages import bad_link, page
from subscriptions.reader_language import query_of, speak
from subscriptions.readers import (
    address_changes,
    erasing,
    manage_links,
    measuring,
    my_data,
    pausing,
    preferences,
)
from subscriptions.tasks import send_letters
from subscriptions.token_pages import TokenView, token_page
from subscriptions.views.preferences import pause_context
from subscriptions.visits import evidence_of
from subscriptions.zone_names import cities

MANAGE_PAGE = "preference centre"
SAVED = frozenset({"newsletters", "pause", "resume", "settings", "lighter", "undo"})
ManageView = Callable[[HttpRequest, str, Subscriber], HttpResponse]


def manage_page(view: ManageView) -> TokenView:
    """Only for whoever holds a link that has not run out; the view gets its reader."""

    def answer(request: HttpRequest, token: str) -> HttpResponse:
        try:
            reader = manage_links.find(token, now=database_now())
        except links.BadLink:
            return bad_link(request)
        if reader is None:
            return page(request, "web/manage_over.html", status=HTTPStatus.GONE)
        speak(request, reader.language)
        return view(request, token, reader)

    return token_page(answer)


@manage_page
def manage(request: HttpRequest, token: str, reader: Subscriber) -> HttpResponse:
    """GET shows; a POST does the one thing that its button names, and shows the page again."""
    now = database_now()
    if request.method != "POST":
        return _overview(request, token, reader, now)
    do, evidence = request.POST.get("do", ""), evidence_of(request, MANAGE_PAGE)
    left: tuple[Newsletter, ...] = ()
    match do:
        case "newsletters":
            slugs = request.POST.getlist("newsletters")
            left = preferences.choose(reader, slugs, evidence, now=now)
        case "lighter":
            slug = request.POST.get("newsletter", "")
            left = preferences.lighten(reader, slug, evidence, now=now)
        case "undo":
            slugs = request.POST.getlist("undo")
            preferences.take_back(reader, slugs, evidence, now=now)
        case _:
            error = _set_one(request, reader, now)
            if error:
                return _overview(request, token, reader, now, errors=error)
    return _back(request, token, do[:20], left)


def _set_one(request: HttpRequest, reader: Subscriber, now: datetime) -> dict[str, str]:
    """What is wrong, by the name of the form; empty when it was done."""
    posted = request.POST
    match posted.get("do"):
        case "pause":
            try:
                pausing.pause(reader, posted.get("pause", ""), now=now)
            except pausing.BadDay as error:
                return {"pause_error": str(error)}
        case "resume":
            pausing.resume(reader)
        case "settings":
            return _set(request, reader, now)
    return {}


def _set(request: HttpRequest, reader: Subscriber, now: datetime) -> dict[str, str]:
    posted = request.POST
    if not preferences.set_language(reader, posted.get("language", "")):
        return {"settings_error": _("Please choose a language from the list.")}
    measuring.choose(reader, posted.get("tracking", ""), evidence_of(request, MANAGE_PAGE), now=now)
    return {}


def _overview(
    request: HttpRequest,
    token: str,
    reader: Subscriber,
    now: datetime,
    *,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    reader.refresh_from_db()
    saved, left = request.GET.get("saved", ""), request.GET.getlist("left")
    found = preferences.of(reader, now=now)
    context = {
        "token": token,
        "reader": reader,
        "preferences": found,
        "left": [each for each in found.returnable if each.slug in left],
        "saved": saved if saved in SAVED else "",
        "languages": settings.LANGUAGES,
        "tracking": reader.tracking or measuring.UNSAID,
        "levels": _levels(),
        "is_suppressed": reader.suppressed_at is not None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(
        request,
        "web/manage.html",
        context | pause_context(reader, now) | (errors or {}),
        status=status,
    )


def _levels() -> list[tuple[str, str, str]]:
    """Value, name and what it means, the least first."""
    return [
        (Tracking.NONE, _("No"), _("We keep no record of what you open or click.")),
        (
            Tracking.TOTALS,
            _("Only in totals"),
            _("We see how many readers opened an email, never who."),
        ),
        (
            Tracking.READER,
            _("Yes, linked to my address"),
            _("Only in newsletters that use it. You can withdraw this at any time."),
        ),
    ]


@manage_page
def zone(request: HttpRequest, token: str, reader: Subscriber) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    choices = cities(language, reader.zone)
    context: dict[str, object] = {"token": token, "reader": reader, "cities": choices}
    if request.method != "POST":
        return page(request, "web/manage_zone.html", context)
    if not preferences.set_zone(reader, request.POST.get("zone", "")):
        context["error"] = _("Please choose a time zone from the list.")
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return page(request, "web/manage_zone.html", context, status=status)
    return _back(request, token, "settings")


def _back(
    request: HttpRequest, token: str, saved: str, left: Collection[Newsletter] = ()
) -> HttpResponse:
    """`left` was left now: the page offers to take it back."""
    said = urlencode([("saved", saved), *(("left", each.slug) for each in left)])
    query = query_of(request)
    response = redirect(
        reverse("manage", args=[token]) + (f"{query}&{said}" if query else f"?{said}")
    )
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@manage_page
def new_address(request: HttpRequest, token: str, reader: Subscriber) -> HttpResponse:
    """Told the same whatever the new address is to us."""
    context: dict[str, object] = {"token": token, "reader": reader}
    if request.method != "POST":
        return page(request, "web/manage_address.html", context)
    typed = request.POST.get("address", "")
    try:
        address = addresses.normalise(typed)
        letter_ids = address_changes.request(reader, address, now=database_now())
    except addresses.BadAddress as error:
        context["error"] = str(error)
    except address_changes.SameAddress:
        context["error"] = _("This is already your address.")
    except address_changes.TooOften:
        context["error"] = _(
            "You have asked for this several times today. Please try again tomorrow."
        )
    else:
        for letter_id in letter_ids:
            ring_soon(send_letters, letter_id)
        return page(request, "web/manage_address_asked.html", context | {"new_address": address})
    context["typed"] = typed[: addresses.LONGEST]
    return page(request, "web/manage_address.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@manage_page
def download(request: HttpRequest, token: str, reader: Subscriber) -> HttpResponse:
    """Give a reader their data by POST, so that a scanner that follows links does not carry it away."""
    if request.method != "POST":
        return redirect(reverse("manage", args=[token]) + query_of(request))
    response = StreamingHttpResponse(
        my_data.as_json(reader, now=database_now()), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response  # type: ignore[return-value]  # a response all the same; the headers are set on it


@manage_page
def erase(request: HttpRequest, token: str, reader: Subscriber) -> HttpResponse:
    if request.method == "POST" and request.POST.get("sure") == "yes":
        is_blocked = "refuse" in request.POST
        erasing.erase(reader, now=database_now(), refuse_from_now_on=is_blocked)
        return page(request, "web/erased.html", {"is_blocked": is_blocked})
    is_unsure = request.method == "POST"
    context = {"token": token, "reader": reader, "is_unsure": is_unsure}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_unsure else HTTPStatus.OK
    return page(request, "web/manage_erase.html", context, status=status)


@manage_page
def done(request: HttpRequest, token: str, reader: Subscriber) -> HttpResponse:
    """The link ends before its time: for a machine that others use."""
    if request.method != "POST":
        return redirect(reverse("manage", args=[token]) + query_of(request))
    manage_links.end(token)
    return page(request, "web/manage_done.html")
