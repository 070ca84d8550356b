"""The page on which the stories of one digest are put in order; every button is a form that works by itself."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from digests import curating
from digests.admin.forms import StoryWordsForm
from digests.admin.overview import blocks_of
from digests.models import Digest, Source
from digests.story_candidates import LIMIT, story_candidates
from digests.tasks import copy_picture, preflight_digest
from subscriptions.doorbell import ring

Change = Callable[[int, QueryDict], str]


def urls(model_admin: Any) -> list[URLPattern]:
    def view(request: HttpRequest, digest_id: int) -> HttpResponse:
        digest = get_object_or_404(Digest.objects.select_related("newsletter"), pk=digest_id)
        return stories(model_admin, request, digest)

    return [
        path(
            "<int:digest_id>/stories/",
            model_admin.admin_site.admin_view(view),
            name="digests_digest_stories",
        )
    ]


def stories(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    if request.method == "POST":
        if not model_admin.has_change_permission(request, digest):
            raise PermissionDenied
        return _change(model_admin, request, digest)
    if not model_admin.has_view_permission(request, digest):
        raise PermissionDenied
    words = request.GET.get("q", "")
    source = _number(request.GET.get("source"))
    return TemplateResponse(
        request,
        "admin/digests/stories.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": _("Stories: %(digest)s") % {"digest": digest},
            "opts": model_admin.opts,
            "original": digest,
            "digest": digest,
            "blocks": blocks_of(digest),
            "may_change": digest.is_open and model_admin.has_change_permission(request, digest),
            "candidates": story_candidates(digest, words, source),
            "limit": LIMIT,
            "sources": Source.objects.all(),
            "words": words,
            "source": source,
        },
    )


def _change(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    change = CHANGES.get(request.POST.get("do", ""))
    if change is None:
        model_admin.message_user(request, _("That button is not known here."), messages.ERROR)
        return _back(request, digest, "")
    try:
        text = change(digest.pk, request.POST)
    except curating.Refused as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
    except ValidationError as error:
        model_admin.message_user(request, " ".join(error.messages), messages.ERROR)
    else:
        model_admin.message_user(request, text, messages.SUCCESS)
        model_admin.log_change(request, digest, text)
        ring(preflight_digest, digest.pk)
    return _back(request, digest, request.POST.get("item", ""))


def _back(request: HttpRequest, digest: Digest, item: str) -> HttpResponse:
    """To where the editor was, the search kept."""
    query = request.GET.urlencode()
    place = f"#story-{item}" if item.isdecimal() else ""
    page = reverse("admin:digests_digest_stories", args=[digest.pk])
    return redirect(f"{page}{'?' if query else ''}{query}{place}")


def _up(digest_id: int, sent: QueryDict) -> str:
    item = curating.move(digest_id, _id(sent, "item"), curating.Way.UP)
    return _("“%(story)s” is moved up.") % {"story": item.shown_headline}


def _down(digest_id: int, sent: QueryDict) -> str:
    item = curating.move(digest_id, _id(sent, "item"), curating.Way.DOWN)
    return _("“%(story)s” is moved down.") % {"story": item.shown_headline}


def _move_to(digest_id: int, sent: QueryDict) -> str:
    item = curating.move_to(digest_id, _id(sent, "item"), _id(sent, "section"))
    return _("“%(story)s” is moved to “%(section)s”.") % {
        "story": item.shown_headline,
        "section": item.section,
    }


def _remove(digest_id: int, sent: QueryDict) -> str:
    headline = curating.remove(digest_id, _id(sent, "item"))
    return _("“%(story)s” is removed.") % {"story": headline}


def _add(digest_id: int, sent: QueryDict) -> str:
    item = curating.add(digest_id, _id(sent, "section"), _id(sent, "article"))
    ring(copy_picture, item.pk)
    return _("“%(story)s” is added at the top of “%(section)s”.") % {
        "story": item.shown_headline,
        "section": item.section,
    }


def _rewrite(digest_id: int, sent: QueryDict) -> str:
    form = StoryWordsForm(sent)
    if not form.is_valid():
        raise ValidationError(
            [f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts]
        )
    item = curating.override(digest_id, _id(sent, "item"), form.cleaned_data)
    return _("The words of “%(story)s” are saved.") % {"story": item.shown_headline}


CHANGES: Mapping[str, Change] = {
    "up": _up,
    "down": _down,
    "move": _move_to,
    "remove": _remove,
    "add": _add,
    "rewrite": _rewrite,
}


def _id(sent: QueryDict, name: str) -> int:
    number = _number(sent.get(name))
    if number is None:
        raise curating.Refused(_("Choose a section first."))
    return number


def _number(text: str | None) -> int | None:
    """A row's id; None for whatever is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
