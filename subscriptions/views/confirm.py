"""Answering the letter that asks. The page sets no cookie and needs no script."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from subscriptions import links
from subscriptions.addresses import mask
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.pages import bad_link, page
from subscriptions.reader_language import speak
from subscriptions.sign_up import blocking, opt_in
from subscriptions.tasks import send_letters
from subscriptions.token_pages import token_page
from subscriptions.visits import evidence_of

CONFIRM_PAGE = "confirmation page"


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        sign_up = opt_in.find(token)
    except links.BadLink:
        return bad_link(request)
    if sign_up is None:
        return page(request, "web/replaced.html", status=HTTPStatus.GONE)
    speak(request, sign_up.subscriber.language)
    now = database_now()
    if request.method == "POST":
        answer = opt_in.confirm(sign_up, evidence_of(request, CONFIRM_PAGE), now=now)
        for letter_id in answer.letter_ids:
            ring_soon(send_letters, letter_id)
        template = "web/confirmed.html"
    else:
        answer = opt_in.preview(sign_up, now=now)
        template = "web/confirmed.html" if answer.was_confirmed else "web/confirm.html"
    status = HTTPStatus.OK
    if answer.is_expired:
        template, status = "web/expired.html", HTTPStatus.GONE
    elif not answer.joined and not answer.was_confirmed:
        template, status = "web/closed.html", HTTPStatus.GONE
    context = {"answer": answer, "address": mask(answer.subscriber.address)}
    return page(request, template, context, status=status)


@token_page
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a person who never asked: one button blocks sign-ups of the address, another undoes it."""
    now = database_now()
    try:
        found = blocking.find(token, now=now)
    except links.BadLink:
        return bad_link(request)
    if found is None:
        return page(request, "web/nothing_to_leave.html")
    speak(request, found.subscriber.language)
    if request.method == "POST":
        is_undone = "undo" in request.POST
        reader = found.subscriber
        found = blocking.unblock(reader) if is_undone else blocking.block(reader, now=now)
    context = {"until": found.until, "address": mask(found.subscriber.address)}
    return page(request, "web/not_me.html", context)
