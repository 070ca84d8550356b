"""The pages of readers: choosing newsletters, answering the letter, leaving.

None of them sets a cookie or needs a script.
"""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from subscriptions import leaving, links, signup
from subscriptions.addresses import mask
from subscriptions.cards import cards
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.form_times import stamp
from subscriptions.forms import SignUpForm
from subscriptions.models import Newsletter, Publisher
from subscriptions.page_colours import page_palette
from subscriptions.preferences import leave_these
from subscriptions.preferences import of as preferences_of
from subscriptions.tasks import send_letter
from subscriptions.token_pages import token_page
from subscriptions.visits import evidence_of

SIGN_UP_FORM = "page"
CONFIRM_PAGE = "confirmation page"
LEAVE_PAGE = "unsubscribe page"
ONE_CLICK = "one-click header"
PREFERENCES_PAGE = "preferences page"


@require_safe
def newsletters(request: HttpRequest) -> HttpResponse:
    """`?newsletter=slug`, as often as wanted, chooses beforehand."""
    return _sign_up_page(request, None, request.GET.getlist("newsletter"))


@csrf_exempt  # It acts for nobody who is logged in, and must work from a cached page, without any cookie.
def subscribe(request: HttpRequest) -> HttpResponse:
    """The answer is the same for a new, a known and a suppressed address, and for a robot."""
    if request.method != "POST":
        return redirect("newsletters")
    now = database_now()
    form = SignUpForm(request.POST, offered=_offered(), now=now)
    if not form.is_valid():
        return _sign_up_page(request, form, request.POST.getlist("newsletters"))
    if not form.is_from_a_robot:
        letter_id = signup.request(
            form.cleaned_data["address"],
            form.cleaned_data["newsletters"],
            evidence_of(request, SIGN_UP_FORM),
            now=now,
        )
        if letter_id is not None:
            ring(send_letter, letter_id)
    response = redirect("subscribed")
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@require_safe
def subscribed(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        "web/subscribed.html",
        {
            "hours": int(signup.CONFIRM_WITHIN.total_seconds() // 3600),
            "minutes": int(signup.LETTER_PAUSE.total_seconds() // 60),
        },
    )


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        sign_up = signup.find(token)
    except links.BadLink:
        return _bad_link(request)
    if sign_up is None:
        return _page(request, "web/replaced.html", status=HTTPStatus.GONE)
    now = database_now()
    if request.method == "POST":
        answer = signup.confirm(sign_up, evidence_of(request, CONFIRM_PAGE), now=now)
        template = "web/confirmed.html"
    else:
        answer = signup.preview(sign_up, now=now)
        template = "web/confirmed.html" if answer.was_confirmed else "web/confirm.html"
    if answer.is_expired:
        return _page(request, "web/expired.html", {"answer": answer}, status=HTTPStatus.GONE)
    if not answer.joined and not answer.was_confirmed:
        return _page(request, "web/closed.html", {"answer": answer}, status=HTTPStatus.GONE)
    return _page(request, template, {"answer": answer, "address": mask(answer.subscriber.address)})


@token_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A page for a person; for a mail program the one-click POST of RFC 8058."""
    is_one_click = request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"
    try:
        subscription = leaving.find(links.read_leave(token))
    except links.BadLink:
        return _bad_link(request)
    left = None
    if subscription is not None and request.method == "POST":
        form = ONE_CLICK if is_one_click else LEAVE_PAGE
        left = leaving.leave(subscription, evidence_of(request, form), now=database_now())
    if is_one_click:
        return HttpResponse(_("You have left this newsletter."), content_type="text/plain")
    if subscription is None:
        return _page(request, "web/nothing_to_leave.html")
    is_over = left is not None or subscription.is_left
    return _page(
        request,
        "web/unsubscribed.html" if is_over else "web/unsubscribe.html",
        {
            "newsletter": subscription.newsletter,
            "address": mask(subscription.subscriber.address),
            "was_left": subscription.is_left,
        },
    )


@token_page
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """What the reader gets, with a way to leave each; the way back in is the sign-up page."""
    try:
        named = links.read_leave(token)
    except links.BadLink:
        return _bad_link(request)
    found = preferences_of(named)
    if found is None:
        return _page(request, "web/nothing_to_leave.html")
    left: tuple[Newsletter, ...] = ()
    if request.method == "POST":
        evidence, now = evidence_of(request, PREFERENCES_PAGE), database_now()
        left = leave_these(found.subscriber, request.POST.getlist("leave"), evidence, now=now)
        found = preferences_of(named) or found
    context = {"preferences": found, "left": left, "address": mask(found.subscriber.address)}
    return _page(request, "web/preferences.html", context)


def _offered() -> list[Newsletter]:
    return list(Newsletter.objects.live().in_reading_order())


def _sign_up_page(
    request: HttpRequest, form: SignUpForm | None, chosen: Collection[str]
) -> HttpResponse:
    offered = list(form.offered.values()) if form else _offered()
    shown = ""
    if form and "shown" not in form.errors:
        shown = form.data["shown"]  # so that a quick correction is not taken for a robot's
    found = cards(offered, chosen)
    preselected = [card.newsletter for card in found if card.is_chosen]
    only = offered if len(offered) == 1 else preselected
    return _page(
        request,
        "web/newsletters.html",
        {
            "cards": found,
            "form": form,
            "headline": only[0].sign_up_headline if len(only) == 1 else "",
            "shown": shown or stamp(database_now()),
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK,
    )


def _bad_link(request: HttpRequest) -> HttpResponse:
    return _page(request, "web/bad_link.html", status=HTTPStatus.NOT_FOUND)


def _page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    publisher = Publisher.objects.current()
    frame = {"publisher": publisher, "palette": page_palette(publisher.colour)}
    return render(request, template, frame | (context or {}), status=status)
