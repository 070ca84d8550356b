"""The page behind “preferences” in every mail, and asking for the e-mailed link to all the rest.

A mail may be forwarded: the page shows a masked address and can do no more than leave, take a break and write to the
reader. None of it sets a cookie or needs a script.
"""

import time
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from subscriptions import addresses, leaving, links
from subscriptions.addresses import mask
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import Subscriber
from subscriptions.networks import network_of
from subscriptions.pages import bad_link, page, speak_as_page
from subscriptions.reader_language import speak
from subscriptions.readers import manage_links, pausing, preferences
from subscriptions.sign_up import rate_limits
from subscriptions.tasks import send_letters
from subscriptions.token_pages import token_page
from subscriptions.visits import evidence_of, visitor_ip
from subscriptions.zone_names import city_of

PREFERENCES_PAGE = "preferences page"
ASK_FORM = "preferences link"
ASK_SECONDS = 0.05
MINUTES = int(manage_links.VALID_FOR.total_seconds() // 60)


@csrf_exempt  # It acts for nobody who is logged in, and must work without any cookie.
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """The answer is the same, and takes as long, for every address, whether or not it is a reader's."""
    context: dict[str, object] = {"minutes": MINUTES}
    if request.method != "POST":
        return page(request, "web/manage_ask.html", context)
    speak_as_page(request)
    typed = request.POST.get("address", "")
    try:
        address = addresses.normalise(typed)
    except addresses.BadAddress as error:
        context |= {"error": str(error), "typed": typed[: addresses.LONGEST]}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return page(request, "web/manage_ask.html", context, status=status)
    network = network_of(visitor_ip(request))
    hits = rate_limits.hits_of(address_hash(address).hex(), network, ASK_FORM, kind=f"{ASK_FORM} ")
    pressure = rate_limits.count(hits)
    if pressure.is_refused:
        context |= {"wait_minutes": -(-pressure.wait_seconds // 60), "typed": address}
        status = HTTPStatus.TOO_MANY_REQUESTS
        return page(request, "web/manage_ask.html", context, status=status)
    started = time.monotonic()
    if not pressure.is_address_full:
        _ring(manage_links.ask(address, now=database_now()))
    # A known address costs a few milliseconds more than a stranger's: nobody is to measure that.
    time.sleep(max(0, ASK_SECONDS - (time.monotonic() - started)))
    return page(request, "web/manage_asked.html", context)


@token_page
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the reader gets, with a way to leave each, all, or take a break."""
    try:
        reader = leaving.reader_of(links.read_leave(token).subscriber)
    except links.BadLink:
        return bad_link(request)
    if reader is None:
        return page(request, "web/nothing_to_leave.html")
    speak(request, reader.language)
    now = database_now()
    done: dict[str, Any] = {}
    if request.method == "POST":
        done = _act(request, reader, now)
        reader.refresh_from_db(fields=["paused_until"])
    found = preferences.of(reader, now=now)
    left = done.get("left", ())
    context = {
        "preferences": found,
        "undoable": [each for each in left if each in found.returnable],
        "further": [each for each in found.others if each not in left],
        "address": mask(reader.address),
        "minutes": MINUTES,
    }
    return page(request, "web/preferences.html", context | pause_context(reader, now) | done)


def pause_context(reader: Subscriber, now: datetime) -> dict[str, object]:
    """What parts/pause.html needs."""
    today = pausing.today(reader, now=now)
    return {
        "pause": pausing.pause_in_words(reader, now=now),
        "city": city_of(pausing.zone_of(reader), get_language() or settings.LANGUAGE_CODE),
        "first_day": (today + timedelta(days=1)).isoformat(),
        "last_day": (today + pausing.LONGEST).isoformat(),
    }


def _act(request: HttpRequest, reader: Subscriber, now: datetime) -> dict[str, Any]:
    """What was done, for the template."""
    evidence, posted = evidence_of(request, PREFERENCES_PAGE), request.POST
    if "leave_all" in posted:
        return {"left": preferences.leave_all(reader, evidence, now=now)}
    if "lighter" in posted:
        left = preferences.lighten(reader, posted["lighter"], evidence, now=now)
        return {"left": left, "taken": left[0].lighter if left else None}
    if "undo" in posted:
        slugs = posted.getlist("undo")
        return {"returned": preferences.take_back(reader, slugs, evidence, now=now)}
    if "pause" in posted:
        return _pause(reader, posted["pause"], now)
    if "resume" in posted:
        pausing.resume(reader)
        return {"resumed": True}
    if "letter" in posted:
        _ring(manage_links.ask_for(reader, now=now))
        return {"has_written": True}
    left = preferences.leave_these(reader, posted.getlist("leave"), evidence, now=now)
    return {"left": left}


def _pause(reader: Subscriber, day: str, now: datetime) -> dict[str, object]:
    try:
        pausing.pause(reader, day, now=now)
    except pausing.BadDay as error:
        return {"pause_error": str(error)}
    return {"paused": True}


def _ring(letter_id: int | None) -> None:
    if letter_id is not None:
        ring_soon(send_letters, letter_id)
