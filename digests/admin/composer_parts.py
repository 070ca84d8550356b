"""Parts of the composer's page that are asked for by themselves: who is there, stories, history, the mail's weight."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from digests import versions
from digests.admin.composer_board import staff
from digests.admin.composer_changes import number
from digests.admin.composer_state import state_of
from digests.admin.preflight import shown_report_of
from digests.composing import history as past
from digests.composing import presence
from digests.composing.candidates import Wish, carries_address, is_address, story_candidates
from digests.composing.filling import would_fill
from digests.drafts.telling import sentence
from digests.models import Digest, Item, Presence
from digests.outside.canonical import LONGEST_URL
from digests.rendering.weight import weigh
from digests.tasks import story_ages_from
from digests.words.outlook import time_left
from subscriptions.clock import database_now
from subscriptions.rendering.rendered import Rendered

PLACE = re.compile(r"digest|item:[0-9]{1,18}")  # a target of Change
AGES = (24, 48, 24 * 7, 24 * 30)  # hours


def poll(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """Says that the reader of the page is there, and answers who else is and what they did."""
    now, user = database_now(), staff(request)
    if request.POST.get("leave"):
        presence.leave(digest, user)
        return JsonResponse({})
    place = request.POST.get("place", "")
    presence.arrive(digest, user, place if PLACE.fullmatch(place) else "", now=now)
    seen = number(request.POST, "seen")
    may_change = digest.is_editable and model_admin.has_change_permission(request, digest)
    answer: dict[str, Any] = {
        "present": [_present(one) for one in presence.others(digest, user, now=now)],
        "is_open": digest.is_editable,
        "revision": digest.revision,
        "time_left": time_left(digest, now=now),
    }
    if seen is not None and seen != digest.revision:
        news = past.news_for(digest, user, seen)
        answer["news"] = [sentence(change) for change in news]
        answer |= state_of(
            request,
            digest,
            may_change=may_change,
            since=seen,
            open_item=number(request.POST, "open"),
        )
    return JsonResponse(answer)


def _present(one: Presence) -> dict[str, str]:
    name = one.user.get_full_name() or one.user.get_username()
    return {"name": name, "place": one.place}


def candidates(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    may_change = digest.is_editable and model_admin.has_change_permission(request, digest)
    may_add = may_change and digest.sections.exists()
    context = {"digest": digest, "may_add": may_add, **found_for(request, digest)}
    return render(request, "admin/digests/composer/candidates.html", context)


def found_for(request: HttpRequest, digest: Digest) -> dict[str, Any]:
    """The search, and what it finds."""
    sent = request.GET
    wish = Wish(
        words=sent.get("q", "")[:LONGEST_URL],
        source_id=number(sent, "source"),
        tag=sent.get("tag", "")[:80],
        hours=number(sent, "age") if number(sent, "age") in AGES else None,
        page=min(number(sent, "page") or 1, 100),
    )
    found = story_candidates(digest, wish, now=database_now())
    shown = [(candidate, candidate.is_used_by(digest)) for candidate in found.stories]
    is_pasted = is_address(wish.words) and not shown
    return {
        "wish": wish,
        "pasted": wish.words.strip() if is_pasted else "",
        "is_here": is_pasted and carries_address(digest, wish.words),
        "candidates": shown,
        "next_page": wish.page + 1 if found.has_more else None,
        "ages": [(hours, _age(hours)) for hours in AGES],
    }


def _age(hours: int) -> str:
    return (
        _("The last %(hours)s hours") % {"hours": hours}
        if hours <= 48
        else _("The last %(days)s days") % {"days": hours // 24}
    )


def item(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """The fields of one story."""
    items = Item.objects.select_related("article__source", "image")
    found = items.filter(section__digest=digest, pk=number(request.GET, "item") or 0).first()
    if found is None:
        raise Http404
    context = {"digest": digest, "item": found}
    return render(request, "admin/digests/composer/item.html", context)


def filling(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """What the rules would put into free places, by section: HTML."""
    now = database_now()
    found = would_fill(digest, as_of=story_ages_from(now) or now)
    template = "admin/digests/composer/filling.html"
    return JsonResponse(
        {
            section_id: render_to_string(
                template,
                {"digest": digest, "section_id": section_id, "articles": articles},
                request,
            )
            for section_id, articles in found.items()
        }
    )


def history(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    changes, further = past.page_of(digest, number(request.GET, "before"))
    context = {
        "digest": digest,
        "changes": [(change, sentence(change)) for change in changes],
        "further": further,
    }
    return render(request, "admin/digests/composer/history.html", context)


def mail(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """How heavy the mail would be as it stands, and what preflight finds about it."""
    try:
        draft = versions.draft_of(digest)
        report = shown_report_of(digest, draft)
    except versions.CannotRender as error:
        return JsonResponse({"broken": str(error)})
    weight = weigh(Rendered(draft.subject, draft.preheader, draft.html, draft.text))
    kilobytes = number_format(round(weight.html_bytes / 1000, 1), 1)
    return JsonResponse(
        {
            "bytes": weight.html_bytes,
            "level": weight.level,
            "weight": _("%(size)s KB of 100 KB") % {"size": kilobytes},
            "findings": render_to_string(
                "admin/digests/findings.html", {"report": report, "digest": digest}, request
            ),
        }
    )
