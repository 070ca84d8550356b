"""The pages of readers behind a link in a mail: answering the letter, choosing, leaving.

None of them sets a cookie or needs a script.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from subscriptions import blocking, leaving, links, signup
from subscriptions.addresses import mask
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.models import Newsletter
from subscriptions.pages import bad_link, page
from subscriptions.preferences import leave_these
from subscriptions.preferences import of as preferences_of
from subscriptions.tasks import send_letters
from subscriptions.token_pages import token_page
from subscriptions.visits import evidence_of

CONFIRM_PAGE = "confirmation page"
LEAVE_PAGE = "unsubscribe page"
ONE_CLICK = "one-click header"
PREFERENCES_PAGE = "preferences page"


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        sign_up = signup.find(token)
    except links.BadLink:
        return bad_link(request)
    if sign_up is None:
        return page(request, "web/replaced.html", status=HTTPStatus.GONE)
    now = database_now()
    if request.method == "POST":
        answer = signup.confirm(sign_up, evidence_of(request, CONFIRM_PAGE), now=now)
        for letter_id in answer.letter_ids:
            ring_soon(send_letters, letter_id)
        template = "web/confirmed.html"
    else:
        answer = signup.preview(sign_up, now=now)
        template = "web/confirmed.html" if answer.was_confirmed else "web/confirm.html"
    if answer.is_expired:
        return page(request, "web/expired.html", {"answer": answer}, status=HTTPStatus.GONE)
    if not answer.joined and not answer.was_confirmed:
        return page(request, "web/closed.html", {"answer": answer}, status=HTTPStatus.GONE)
    return page(request, template, {"answer": answer, "address": mask(answer.subscriber.address)})


@token_page
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """For who never asked: one button ends it, another takes that back."""
    now = database_now()
    try:
        found = blocking.find(token, now=now)
    except links.BadLink:
        return bad_link(request)
    if found is None:
        return page(request, "web/nothing_to_leave.html")
    if request.method == "POST":
        is_undone = "undo" in request.POST
        reader = found.subscriber
        found = blocking.unblock(reader) if is_undone else blocking.block(reader, now=now)
    context = {"until": found.until, "address": mask(found.subscriber.address)}
    return page(request, "web/not_me.html", context)


@token_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A page for a person; for a mail program the one-click POST of RFC 8058."""
    is_one_click = request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"
    try:
        subscription = leaving.find(links.read_leave(token))
    except links.BadLink:
        return bad_link(request)
    left = None
    if subscription is not None and request.method == "POST":
        form = ONE_CLICK if is_one_click else LEAVE_PAGE
        left = leaving.leave(subscription, evidence_of(request, form), now=database_now())
    if is_one_click:
        return HttpResponse(_("You have left this newsletter."), content_type="text/plain")
    if subscription is None:
        return page(request, "web/nothing_to_leave.html")
    is_over = left is not None or subscription.is_left
    return page(
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
        return bad_link(request)
    found = preferences_of(named)
    if found is None:
        return page(request, "web/nothing_to_leave.html")
    left: tuple[Newsletter, ...] = ()
    if request.method == "POST":
        evidence, now = evidence_of(request, PREFERENCES_PAGE), database_now()
        left = leave_these(found.subscriber, request.POST.getlist("leave"), evidence, now=now)
        found = preferences_of(named) or found
    context = {"preferences": found, "left": left, "address": mask(found.subscriber.address)}
    return page(request, "web/preferences.html", context)
