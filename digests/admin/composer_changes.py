"""Every change that the composer's page posts: one name, one engine, one answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _

from digests.admin.composer_board import staff
from digests.admin.composer_state import state_of
from digests.admin.row_ids import row_id
from digests.assembly.pictures import MOST_BYTES
from digests.choices import WORDS, ChangeKind
from digests.composing import arranging, filling, pasting, picturing, undoing, wording
from digests.composing.arranging import Way
from digests.composing.wording import OVERRIDES
from digests.drafts.editing import Edit, Editor
from digests.drafts.refusals import Refused, Stale
from digests.drafts.telling import what
from digests.models import Digest
from digests.tasks import copy_picture, preflight_digest, story_ages_from
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

# The page's own script asks with it, and is answered in JSON; a plain form is led back to the page.
SCRIPT_HEADER = "X-Composer"
NEEDS_PICTURE = frozenset(
    {ChangeKind.ADDED, ChangeKind.FILLED, ChangeKind.PICTURED, ChangeKind.SEEN}
)

Act = Callable[[HttpRequest, int, Editor], Edit]


@dataclass(frozen=True, slots=True)
class Answer:
    """200 when it is done, 409 when somebody else was there first, 422 when it cannot be."""

    status: int
    told: str = ""
    refused: str = ""


def by_script(request: HttpRequest, digest: Digest) -> HttpResponse:
    answer = done(request, digest)
    digest.refresh_from_db()
    state = state_of(
        request,
        digest,
        may_change=digest.is_editable,
        since=number(request.POST, "seen"),
        open_item=number(request.POST, "open"),
    )
    words = {"refused": answer.refused, "told": answer.told}
    return JsonResponse(state | words, status=answer.status)


def done(request: HttpRequest, digest: Digest) -> Answer:
    """Make the change that was posted, if it can be."""
    editor = Editor(staff(request), database_now(), number(request.POST, "seen"))
    try:
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Refused(_("Unknown action: reload the page."))  # noqa: TRY301 - answered like the others
        edit = act(request, digest.pk, editor)
    except Stale as stale:
        return Answer(409, refused=_("Someone else changed this first. %(what)s") % {"what": stale})
    except Refused as refused:
        return Answer(422, refused=str(refused))
    except ValidationError as error:
        return Answer(422, refused=" ".join(error.messages))
    _ring(edit)
    is_begun = act is _begin
    return Answer(200, told=_("The sections are made.") if is_begun else _told(edit))


def number(sent: QueryDict, name: str) -> int | None:
    """A row's id or a place; None for whatever is none."""
    return row_id(sent.get(name, ""))


def text_of(sent: QueryDict, name: str) -> str:
    """Lines end as the database keeps them, and what it cannot keep is left out."""
    return sent.get(name, "").replace("\r\n", "\n").replace("\0", "")


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
    if "address" in request.POST:
        return _paste(request, digest_id, editor)
    place = number(request.POST, "place") or 0
    section = _id(request, "section")
    return arranging.add(digest_id, section, _id(request, "article"), place, editor)


def _paste(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    """Add the story of a pasted address at the top of the section, where its editor sees it."""
    section = _id(request, "section")
    article = pasting.article_at(
        text_of(request.POST, "address"), now=editor.now, allow=settings.FETCH_ALLOW
    )
    return arranging.add(digest_id, section, article.pk, 0, editor)


def _write(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    headline = text_of(request.POST, "headline")
    return arranging.write(digest_id, _id(request, "section"), headline, 0, editor)


def _begin(_request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return arranging.begin(digest_id, editor)


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
    words: dict[str, str | None] = dict(_typed(request.POST, WORDS))
    words |= {name: None for name in request.POST.getlist("automatic") if name in WORDS}
    return wording.write_words(digest_id, words, editor)


def _reword(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    words = _typed(request.POST, OVERRIDES)
    return wording.override(digest_id, _id(request, "item"), words, editor)


def _typed(sent: QueryDict, names: Iterable[str]) -> dict[str, str]:
    """A form without scripts sends all its fields and what stood there: a field left alone is not written."""
    return {
        name: text_of(sent, name)
        for name in names
        if name in sent
        and (f"was_{name}" not in sent or text_of(sent, name) != text_of(sent, f"was_{name}"))
    }


def _take(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return wording.take_source(digest_id, _id(request, "item"), editor)


def _keep(request: HttpRequest, digest_id: int, editor: Editor) -> Edit:
    return wording.keep_words(digest_id, _id(request, "item"), editor)


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
    "begin": _begin,
    "remove": _remove,
    "lock": _lock,
    "resize": _resize,
    "fill": _fill,
    "words": _words,
    "reword": _reword,
    "take": _take,
    "keep": _keep,
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
