"""Leaving by the link at the foot of a mail: one click for a mail program (RFC 8058), a page for a person.

Looking changes nothing (link scanners look); neither cookie, login nor script is needed, and nothing is redirected.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from subscriptions import leaving, links
from subscriptions.addresses import mask
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.leaving_reasons import LeavingReason
from subscriptions.models import Subscription
from subscriptions.pages import bad_link, page
from subscriptions.reader_language import speak
from subscriptions.token_pages import token_page
from subscriptions.visits import evidence_of

LEAVE_PAGE = "unsubscribe page"
ONE_CLICK = "one-click header"


@token_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    is_one_click = request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"
    try:
        subscription = leaving.find(links.read_leave(token))
    except links.BadLink:
        return bad_link(request)
    now = database_now()
    if is_one_click:
        if subscription is not None:
            leaving.leave(subscription, evidence_of(request, ONE_CLICK), now=now)
        return HttpResponse(_("You have unsubscribed."), content_type="text/plain")
    if subscription is None:
        return page(request, "web/nothing_to_leave.html")
    speak(request, subscription.subscriber.language)
    done = ""
    if request.method == "POST":
        done = _act(request, subscription, evidence_of(request, LEAVE_PAGE), now)
    return _shown(request, token, subscription, done, now)


def _act(
    request: HttpRequest, subscription: Subscription, evidence: Evidence, now: datetime
) -> str:
    """What was done, as the template knows it; empty: nothing, because it was done before or is over."""
    if "undo" in request.POST:
        return "undone" if leaving.undo(subscription, evidence, now=now) else ""
    if "lighter" in request.POST:
        return "lightened" if leaving.take_lighter(subscription, evidence, now=now) else ""
    if "why" in request.POST:
        was_kept = leaving.answer_why(subscription, request.POST["why"], now=now)
        return "answered" if was_kept else ""
    return "" if leaving.leave(subscription, evidence, now=now).was_left else "left"


def _shown(
    request: HttpRequest, token: str, subscription: Subscription, done: str, now: datetime
) -> HttpResponse:
    subscription.refresh_from_db(fields=["state", "left_at"])
    context = {
        "token": token,
        "newsletter": subscription.newsletter,
        "address": mask(subscription.subscriber.address),
        "done": done,
        "lighter": leaving.lighter_of(subscription),
        "may_undo": leaving.may_return(subscription, now=now),
        "reasons": LeavingReason.choices,
    }
    if done == "lightened":
        context["taken"] = subscription.newsletter.lighter
    template = "web/unsubscribed.html" if subscription.is_left else "web/unsubscribe.html"
    return page(request, template, context)
