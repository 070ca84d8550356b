"""The page of all newsletters, and what becomes of its form."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from subscriptions.cards import cards, chosen_first, shelves
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.latest import latest_of
from subscriptions.models import Newsletter
from subscriptions.pages import page, speak_as_page
from subscriptions.reader_language import accepted, chosen, query_of
from subscriptions.rendering.link_validity import works_for
from subscriptions.sign_up import intake, opt_in
from subscriptions.sign_up.form_fields import STATUSES, read_form
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.intake import Answer, SignUpRequest, Verdict
from subscriptions.sign_up.sealed_request import SealedRequest, seal, unseal
from subscriptions.tasks import send_letters
from subscriptions.visits import evidence_of

SIGN_UP_FORM = "page"
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600


@require_safe
def newsletters(request: HttpRequest) -> HttpResponse:
    """`?newsletter=slug`, as often as wanted, chooses beforehand."""
    return _form_page(request, request.GET.getlist("newsletter"), None, None)


@csrf_exempt  # It acts for nobody who is logged in, and must work from a cached page, without any cookie.
def subscribe(request: HttpRequest) -> HttpResponse:
    """The answer is the same for a new, a known and a suppressed address, and for a robot."""
    if request.method != "POST":
        return redirect(reverse("newsletters") + query_of(request))
    now = database_now()
    if "again" in request.POST:
        return _subscribe_again(request, now)
    return _answered(request, read_form(request.POST), now)


@require_safe
def subscribed(request: HttpRequest) -> HttpResponse:
    """`?asked=…` is what subscribe() has sealed; without it the page says as much as it can."""
    now = database_now()
    return _subscribed_page(request, unseal(request.GET.get("asked", ""), now=now), now)


def _subscribe_again(request: HttpRequest, now: datetime) -> HttpResponse:
    """Resend. Only the sealed token decides, so the answer never tells whether there was a letter."""
    asked = unseal(request.POST["again"], now=now)
    if asked is None:
        return redirect(reverse("newsletters") + query_of(request))
    if now < asked.at + opt_in.LETTER_PAUSE:
        return _subscribed_page(request, asked, now, is_early=True)
    sign_up = SignUpRequest(
        asked.address,
        asked.newsletters,
        shown=stamp(asked.at),
        is_sure=True,
    )
    return _answered(request, sign_up, now)


def _answered(request: HttpRequest, sign_up: SignUpRequest, now: datetime) -> HttpResponse:
    language = chosen(request) or accepted(request)  # not a guess: letters come in it
    sign_up = replace(sign_up, language=language)
    speak_as_page(request)
    answer = intake.request(sign_up, evidence_of(request, SIGN_UP_FORM), now=now)
    if answer.letter_id is not None:
        ring_soon(send_letters, answer.letter_id)
    if answer.verdict is not Verdict.TAKEN:
        return _form_page(request, sign_up.newsletters, sign_up, answer)
    sealed = seal(SealedRequest(sign_up.address.strip(), sign_up.newsletters, now))
    query = query_of(request)
    next_page = f"{_subscribed_path()}{query + '&' if query else '?'}asked={sealed}"
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": next_page})


@cache  # asked by every sign-up
def _subscribed_path() -> str:
    return reverse("subscribed")


def _subscribed_page(
    request: HttpRequest, asked: SealedRequest | None, now: datetime, *, is_early: bool = False
) -> HttpResponse:
    """Shows the address to whoever typed it, for a slip to be seen, and to nobody else: the seal lasts two hours."""
    left = max(asked.at + opt_in.LETTER_PAUSE - now, timedelta()) if asked else timedelta()
    response = page(
        request,
        "web/subscribed.html",
        {
            "asked": asked,
            "again": seal(asked) if asked else "",
            "is_early": is_early,
            "minutes_left": int(-(-left.total_seconds() // SECONDS_A_MINUTE)),
            "validity": works_for(int(opt_in.CONFIRM_WITHIN.total_seconds() // SECONDS_AN_HOUR)),
            "minutes": int(opt_in.LETTER_PAUSE.total_seconds() // SECONDS_A_MINUTE),
        },
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _form_page(
    request: HttpRequest,
    chosen: Collection[str],
    sign_up: SignUpRequest | None,
    answer: Answer | None,
) -> HttpResponse:
    """The form; after an answer that was no yes, with everything that was filled in."""
    offered = list(Newsletter.objects.on_the_sign_up_page())
    if sign_up is None:
        offered = chosen_first(offered, chosen)
    found = cards(offered, chosen, latest_of([newsletter.pk for newsletter in offered]))
    preselected = [card.newsletter for card in found if card.is_chosen]
    only = offered if len(offered) == 1 else preselected
    is_kept = sign_up is not None and answer is not None and "shown" not in answer.errors
    response = page(
        request,
        "web/newsletters.html",
        {
            "cards": found,
            "shelves": shelves(found),
            "sign_up": sign_up,
            "answer": answer,
            "challenge": json.dumps(answer.challenge) if answer else "",
            "wait_minutes": -(-answer.wait_seconds // SECONDS_A_MINUTE) if answer else 0,
            "headline": only[0].sign_up_headline if len(only) == 1 else "",
            # Kept, so that a quick correction is not taken for a robot's.
            "shown": sign_up.shown if sign_up and is_kept else stamp(database_now()),
        },
        status=STATUSES[answer.verdict] if answer else HTTPStatus.OK,
    )
    if answer and answer.verdict is Verdict.REFUSED:
        response["Retry-After"] = str(answer.wait_seconds)
    return response
