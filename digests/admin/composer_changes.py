"""Every change that the composer's page posts: one name, one engine, one answer."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.admin.composer_board import staff, state_of
from digests.assembly.pictures import MOST_BYTES
from digests.choices import ChangeKind
from digests.composing import arranging, filling, picturing, undoing, wording
from digests.composing.arranging import Way
from digests.composing.editing import WORDS, Edit, Editor
from digests.composing.refusals import Refused, Stale
from digests.composing.telling import what
from digests.composing.wording import OVERRIDES
from digests.models import Digest
from digests.tasks import copy_picture, preflight_digest, story_ages_from
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

# The page's own script asks with it, and is answered in JSON; a plain form is led back to the page.
SCRIPT_HEADER = "X-Composer"
NEEDS_PICTURE = frozenset({ChangeKind.ADDED, ChangeKind.FILLED, ChangeKind.PICTURED})

Act = Callable[[HttpRequest, int, Editor], Edit]


def change(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """200 when it is done, 409 when somebody else was there first, 422 when it cannot be."""
    now = database_now()
    editor = Editor(staff(request), now, number(request.POST, "seen"))
    refusal, status, told = "", 200, ""
    try:
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Refused(_("That button is not known here."))  # noqa: TRY301 - answered like the others
        edit = act(request, digest.pk, editor)
        told = _told(edit)
        _ring(edit)
    except Stale as stale:
        refusal, status = _("Somebody was faster. %(what)s") % {"what": stale}, 409
    except Refused as refused:
        refusal, status = str(refused), 422
    except ValidationError as error:
        refusal, status = " ".join(error.messages), 422
    if SCRIPT_HEADER not in request.headers:
        return _back(model_admin, request, digest, refusal, told)
    digest.refresh_from_db()
    state = state_of(
        request, digest, may_change=digest.is_editable, open_item=number(request.POST, "open")
    )
    return JsonResponse(state | {"refused": refusal, "told": told}, status=status)


def number(sent: QueryDict, name: str) -> int | None:
    """A row's id or a place; None for whatever is none."""
    text = sent.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _back(
    model_admin: Any, request: HttpRequest, digest: Digest, refusal: str, told: str
) -> HttpResponse:
    level = messages.ERROR if refusal else messages.SUCCESS
    model_admin.message_user(request, refusal or told, level)
    item = number(request.POST, "item")
    page = reverse("admin:digests_digest_compose", args=[digest.pk])
    return redirect(f"{page}#story-{item}" if item else page)


def _told(edit: Edit) -> str:
    if edit.change is None:
        return _("Nothing has changed.")
    sentence = what(edit.change)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _ring(edit: Edit) -> None:
    if edit.change is None:
        return
    ring(preflight_digest, edit.digest.pk)
    if edit.kind in NEEDS_PICTURE:
        for item in edit.board:
            if item.image_id is None and f"item:{item.pk}" in edit.change.after:
                ring(copy_picture, item.pk)


def _step(way: Way) -> Act:
    return lambda request, digest_id, editor: arranging.step(
        digest_id, _id(request, "item"), way, editor
    )


def _move(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    place = number(request.POST, "place") or 0
    return arranging.move(digest_id, _id(request, "item"), _id(request, "section"), place, editor)


def _add(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    place = number(request.POST, "place") or 0
    section = _id(request, "section")
    return arranging.add(digest_id, section, _id(request, "article"), place, editor)


def _write(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    headline = request.POST.get("headline", "")
    return arranging.write(digest_id, _id(request, "section"), headline, 0, editor)


def _remove(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return arranging.remove(digest_id, _id(request, "item"), editor)


def _lock(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    is_locked = request.POST.get("lock") == "1"
    return arranging.lock(digest_id, _id(request, "item"), editor, is_locked=is_locked)


def _resize(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    slots = number(request.POST, "slots") or 0
    return arranging.resize(digest_id, _id(request, "section"), slots, editor)


def _fill(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    as_of = story_ages_from(editor.now) or editor.now
    return filling.fill(digest_id, _id(request, "section"), editor, as_of=as_of)


def _words(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    words = {name: request.POST[name] for name in WORDS if name in request.POST}
    return wording.write_words(digest_id, words, editor)


def _reword(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    words = {name: request.POST[name] for name in OVERRIDES if name in request.POST}
    return wording.override(digest_id, _id(request, "item"), words, editor)


def _seen(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return wording.note_source(digest_id, _id(request, "item"), editor)


def _picture(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    picture = request.FILES.get("picture")
    if picture is None:
        raise Refused(_("Choose a picture first."))
    # Known before a byte of it is read into memory.
    if (picture.size or 0) > MOST_BYTES:
        raise picturing.too_large()
    return picturing.bring(digest_id, _id(request, "item"), picture.read(), editor)


def _no_picture(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return picturing.leave_out(digest_id, _id(request, "item"), editor)


def _own_picture(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return picturing.give_back(digest_id, _id(request, "item"), editor)


ACTS: Mapping[str, Act] = {
    "up": _step(Way.UP),
    "down": _step(Way.DOWN),
    "move": _move,
    "add": _add,
    "write": _write,
    "remove": _remove,
    "lock": _lock,
    "resize": _resize,
    "fill": _fill,
    "words": _words,
    "reword": _reword,
    "seen": _seen,
    "picture": _picture,
    "no_picture": _no_picture,
    "own_picture": _own_picture,
    "undo": lambda _request, digest_id, editor: undoing.undo(digest_id, editor),
    "redo": lambda _request, digest_id, editor: undoing.redo(digest_id, editor),
}


def _id(request: HttpRequest, name: str) -> int:
    found = number(request.POST, name)
    if found is None:
        raise Refused(
            _("Choose a section first.") if name == "section" else _("Choose a story first.")
        )
    return found
