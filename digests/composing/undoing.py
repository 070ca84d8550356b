"""Taking back what one did last, and doing it again, without touching what others did since."""

from django.utils.translation import gettext as _

from digests.choices import ChangeKind
from digests.drafts import automatic_words
from digests.drafts.board import PLACE, Board
from digests.drafts.editing import (
    DIGEST,
    Edit,
    Editor,
    State,
    editing,
    id_in,
    touches,
)
from digests.drafts.refusals import Refused, Stale
from digests.drafts.telling import sentence
from digests.models import Change, Digest, Template


def undo(digest_id: int, editor: Editor) -> Edit:
    """The editor's own latest change that stands. Raises Refused."""
    last = _own(digest_id, editor).filter(undoes=None, is_undone=False).first()
    if last is None:
        raise Refused(_("There is nothing of yours to undo."))
    return _turn(digest_id, editor, original=last, marked=last, is_back=True)


def redo(digest_id: int, editor: Editor) -> Edit:
    """The editor's own latest undoing, unless something new was done since. Raises Refused."""
    own = _own(digest_id, editor)
    last = own.filter(undoes__isnull=False, undoes__undoes=None, is_undone=False).first()
    newest = own.filter(undoes=None, is_undone=False).first()
    if last is None or last.undoes is None or (newest and newest.number > last.number):
        raise Refused(_("There is nothing of yours to redo."))
    return _turn(digest_id, editor, original=last.undoes, marked=last, is_back=False)


def _own(digest_id: int, editor: Editor):  # type: ignore[no-untyped-def]
    return Change.objects.filter(digest=digest_id, by=editor.user)


def _turn(
    digest_id: int, editor: Editor, *, original: Change, marked: Change, is_back: bool
) -> Edit:
    kind = ChangeKind(original.kind)
    with editing(digest_id, kind, editor, undoes=marked, is_forced=True) as edit:
        marked.refresh_from_db()
        if marked.is_undone:
            raise Refused(_("That is undone already."))
        _refuse_what_others_changed(original, edit)
        states: State = original.before if is_back else original.after
        for target in sorted(states, key=lambda target: _turn_of(states[target])):
            edit.touch(target)
            _restore(edit.board, target, states[target])
        edit.about = original.about
        marked.is_undone = True
        marked.save(update_fields=["is_undone"])
        if not is_back:
            original.is_undone = False
            original.save(update_fields=["is_undone"])
    return edit


def _refuse_what_others_changed(original: Change, edit: Edit) -> None:
    standing = edit.digest.changes.filter(
        number__gt=original.number, undoes=None, is_undone=False
    ).exclude(pk=original.pk)
    for later in standing.select_related("by").order_by("-number")[:200]:
        for target, fields in original.after.items():
            before = original.before[target]
            names = tuple(fields) if fields and before is not None else ()
            if touches(later, target, names):
                raise Stale(
                    _("It cannot be undone, because of what was done since. %(what)s")
                    % {"what": sentence(later)},
                    later,
                )


def _turn_of(state: State | None) -> int:
    """What goes, goes first; what comes back does so in reading order."""
    return -1 if state is None else int(state.get(PLACE, [0, 0])[1])


def _restore(board: Board, target: str, state: State | None) -> None:
    if target.startswith("item:"):
        board.restore(id_in(target), state)
        return
    values = state or {}
    if target == DIGEST:
        _restore_words(board.digest, values)
        return
    section = board.section(id_in(target))
    for name, value in values.items():
        setattr(section, name, value)
    section.save(update_fields=list(values))


def _restore_words(digest: Digest, values: State) -> None:
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    for name, text in values.items():
        if text is None:
            automatic_words.give_back(digest, name, template)
        else:
            automatic_words.write(digest, name, text)
    digest.save(update_fields=[*values, "automatic_words"])
