"""The page of all newsletters, and what becomes of its form."""

import json
from collections.abc import Collection
from dataclasses import replace
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from subscriptions import signup
from subscriptions.cards import cards
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.form_times import stamp
from subscriptions.intake import Answer, Verdict, Wish, take
from subscriptions.models import Newsletter
from subscriptions.pages import page
from subscriptions.reader_language import accepted, chosen, query_of
from subscriptions.tasks import send_letters
from subscriptions.visits import evidence_of
from subscriptions.wishes import STATUSES, wish_of

SIGN_UP_FORM = "page"
SECONDS_A_MINUTE = 60


@require_safe
def newsletters(request: HttpRequest) -> HttpResponse:
    """`?newsletter=slug`, as often as wanted, chooses beforehand."""
    return _form_page(request, request.GET.getlist("newsletter"), None, None)


@csrf_exempt  # It acts for nobody who is logged in, and must work from a cached page, without any cookie.
def subscribe(request: HttpRequest) -> HttpResponse:
    """The answer is the same for a new, a known and a suppressed address, and for a robot."""
    if request.method != "POST":
        return redirect(reverse("newsletters") + query_of(request))
    language = chosen(request) or accepted(request)  # not a guess: letters come in it
    wish = replace(wish_of(request.POST), language=language)
    answer = take(wish, evidence_of(request, SIGN_UP_FORM), now=database_now())
    if answer.letter_id is not None:
        ring_soon(send_letters, answer.letter_id)
    if answer.verdict is not Verdict.TAKEN:
        return _form_page(request, wish.newsletters, wish, answer)
    response = redirect(reverse("subscribed") + query_of(request))
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@require_safe
def subscribed(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "web/subscribed.html",
        {
            "hours": int(signup.CONFIRM_WITHIN.total_seconds() // 3600),
            "minutes": int(signup.LETTER_PAUSE.total_seconds() // SECONDS_A_MINUTE),
        },
    )


def _form_page(
    request: HttpRequest, chosen: Collection[str], wish: Wish | None, answer: Answer | None
) -> HttpResponse:
    """The form; after an answer that was no yes, with everything that was filled in."""
    offered = list(Newsletter.objects.live().in_reading_order())
    found = cards(offered, chosen)
    preselected = [card.newsletter for card in found if card.is_chosen]
    only = offered if len(offered) == 1 else preselected
    is_kept = wish is not None and answer is not None and "shown" not in answer.errors
    response = page(
        request,
        "web/newsletters.html",
        {
            "cards": found,
            "wish": wish,
            "answer": answer,
            "challenge": json.dumps(answer.challenge) if answer else "",
            "wait_minutes": -(-answer.wait_seconds // SECONDS_A_MINUTE) if answer else 0,
            "headline": only[0].sign_up_headline if len(only) == 1 else "",
            # Kept, so that a quick correction is not taken for a robot's.
            "shown": wish.shown if wish and is_kept else stamp(database_now()),
        },
        status=STATUSES[answer.verdict] if answer else HTTPStatus.OK,
    )
    if answer and answer.verdict is Verdict.REFUSED:
        response["Retry-After"] = str(answer.wait_seconds)
    return response
