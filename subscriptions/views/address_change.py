"""The yes of one mailbox to a change of address."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from subscriptions import links
from subscriptions.addresses import mask
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.pages import bad_link, page
from subscriptions.reader_language import speak
from subscriptions.readers import address_changes
from subscriptions.readers.address_changes import Step
from subscriptions.tasks import send_letters
from subscriptions.token_pages import token_page
from subscriptions.visits import evidence_of

ADDRESS_PAGE = "change of address"


@token_page
def change_address(request: HttpRequest, token: str) -> HttpResponse:
    try:
        side = address_changes.find(token)
    except links.BadLink:
        return bad_link(request)
    now = database_now()
    if side is None:
        return page(request, "web/address_over.html", status=HTTPStatus.GONE)
    speak(request, side.change.subscriber.language)
    context = {"new_address": mask(side.change.new_address), "has_said_yes": side.has_said_yes}
    step = address_changes.state_of(side, now=now)
    if request.method == "POST":
        answer = address_changes.say_yes(side, evidence_of(request, ADDRESS_PAGE), now=now)
        step, context["has_said_yes"] = answer.step, True
        if answer.letter_id is not None:
            ring_soon(send_letters, answer.letter_id)
    if step in {Step.OVER, Step.IMPOSSIBLE}:
        return page(request, "web/address_over.html", status=HTTPStatus.GONE)
    return page(request, "web/address.html", context | {"is_done": step is Step.DONE})
