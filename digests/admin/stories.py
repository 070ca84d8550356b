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

from digests.admin.forms import StoryWordsForm
from digests.admin.overview import blocks_of
from digests.composing import arranging, wording
from digests.composing.candidates import LIMIT, story_candidates
from digests.composing.editing import Edit, Editor
from digests.composing.refusals import Refused
from digests.models import Digest, Item, Source
from digests.tasks import copy_picture, preflight_digest
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

Change = Callable[[int, QueryDict, Editor], str]


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
    user = request.user if request.user.is_authenticated else None
    editor = Editor(user, database_now())
    try:
        text = change(digest.pk, request.POST, editor)
    except Refused as refusal:
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


def _up(digest_id: int, sent: QueryDict, editor: Editor) -> str:
    item = _told(arranging.step(digest_id, _id(sent, "item"), arranging.Way.UP, editor))
    return _("“%(story)s” is moved up.") % {"story": item.shown_headline}


def _down(digest_id: int, sent: QueryDict, editor: Editor) -> str:
    item = _told(arranging.step(digest_id, _id(sent, "item"), arranging.Way.DOWN, editor))
    return _("“%(story)s” is moved down.") % {"story": item.shown_headline}


def _move_to(digest_id: int, sent: QueryDict, editor: Editor) -> str:
    item = _told(arranging.move(digest_id, _id(sent, "item"), _id(sent, "section"), 0, editor))
    return _("“%(story)s” is moved to “%(section)s”.") % {
        "story": item.shown_headline,
        "section": item.section,
    }


def _remove(digest_id: int, sent: QueryDict, editor: Editor) -> str:
    headline = arranging.remove(digest_id, _id(sent, "item"), editor).about["story"]
    return _("“%(story)s” is removed.") % {"story": headline}


def _add(digest_id: int, sent: QueryDict, editor: Editor) -> str:
    item = _told(arranging.add(digest_id, _id(sent, "section"), _id(sent, "article"), 0, editor))
    ring(copy_picture, item.pk)
    return _("“%(story)s” is added at the top of “%(section)s”.") % {
        "story": item.shown_headline,
        "section": item.section,
    }


def _rewrite(digest_id: int, sent: QueryDict, editor: Editor) -> str:
    form = StoryWordsForm(sent)
    if not form.is_valid():
        raise ValidationError(
            [f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts]
        )
    item = _told(wording.override(digest_id, _id(sent, "item"), form.cleaned_data, editor))
    return _("The words of “%(story)s” are saved.") % {"story": item.shown_headline}


CHANGES: Mapping[str, Change] = {
    "up": _up,
    "down": _down,
    "move": _move_to,
    "remove": _remove,
    "add": _add,
    "rewrite": _rewrite,
}


def _told(edit: Edit) -> Item:
    return edit.board.item(edit.about["item"])


def _id(sent: QueryDict, name: str) -> int:
    number = _number(sent.get(name))
    if number is None:
        raise Refused(_("Choose a section first."))
    return number


def _number(text: str | None) -> int | None:
    """A row's id; None for whatever is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
