"""One change of a digest: under its row lock, held against what the editor saw, numbered and kept for undoing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from digests.choices import WORDS, ChangeKind
from digests.drafts import automatic_words
from digests.drafts.board import Board
from digests.drafts.refusals import Refused, Stale
from digests.drafts.telling import sentence
from digests.models import Change, Digest, Template

DIGEST = "digest"
# Words saved while they are being typed are one change: a minute of them, so that undoing never takes an hour's
# writing, and nothing that came at one stroke, such as what was pasted.
ONE_CHANGE = timedelta(seconds=60)
TYPED_AT_ONCE = 200  # characters between two saves
TYPED = frozenset({ChangeKind.WORDS, ChangeKind.REWORDED})

State = dict[str, Any]  # fields of one target; see models/composing.py


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes it, when, and which revision was on the screen; None: whichever it is now."""

    user: User | None
    now: datetime
    seen: int | None = None


@dataclass(slots=True)
class Edit:
    """What a change touches, from the outside: touch first, then change, then say what it was about."""

    board: Board
    editor: Editor
    kind: ChangeKind
    about: dict[str, Any] = field(default_factory=dict)
    undoes: Change | None = None
    is_forced: bool = False  # undoing asks its own question first
    change: Change | None = None  # known at the end; None: nothing is different
    _before: dict[str, State | None] = field(default_factory=dict)

    @property
    def digest(self) -> Digest:
        return self.board.digest

    def touch(self, target: str, *names: str) -> None:
        """Declare what will be changed; without names, everything of it. Raises Stale."""
        if not self.is_forced and self.editor.seen is not None:
            refuse_stale(self.digest, target, names, since=self.editor.seen)
        self._before.setdefault(target, state_of(self.board, target))

    def came(self, target: str) -> None:
        """Note that the target was not there before."""
        self._before[target] = None

    def recall(self, target: str, state: State | None) -> None:
        """Note how the target was before."""
        self._before[target] = state

    def finish(self) -> None:
        self.board.write_order()
        before, after = {}, {}
        for target, state in self._before.items():
            now = state_of(self.board, target)
            if state != now:
                before[target], after[target] = _difference(state, now)
        if before:
            self.change = self._keep(before, after)

    def _keep(self, before: State, after: State) -> Change:
        digest, editor = self.digest, self.editor
        digest.revision += 1
        digest.save(update_fields=["revision"])
        typed = self._typed_before(after)
        if typed is not None:
            typed.number, typed.about = digest.revision, self.about
            typed.after = after
            typed.save(update_fields=["number", "after", "about"])
            return typed
        return Change.objects.create(
            digest=digest,
            number=digest.revision,
            kind=self.kind,
            at=editor.now,
            by=editor.user,
            before=before,
            after=after,
            about=self.about,
            undoes=self.undoes,
        )

    def _typed_before(self, after: State) -> Change | None:
        """The change just before, when the same person goes on typing in the same field."""
        if self.kind not in TYPED or self.undoes is not None:
            return None
        last = self.digest.changes.filter(number=self.digest.revision - 1).first()
        if last is None or (last.kind, last.by_id) != (
            self.kind,
            self.editor.user.pk if self.editor.user else None,
        ):
            return None
        if _gives_back(after) or _gives_back(last.after):
            return None
        is_fresh = self.editor.now - last.at < ONE_CHANGE and not last.is_undone
        if not (is_fresh and last.undoes_id is None and _same(last.after, after)):
            return None
        if _differ_by(last.after, after) > TYPED_AT_ONCE:
            return None
        # Undoing leads back to a version that was kept in between, not past it.
        return None if self.digest.versions.filter(created_at__gt=last.at).exists() else last


@contextmanager
def editing(digest_id: int, kind: ChangeKind, editor: Editor, **options: Any) -> Iterator[Edit]:
    """Holds the digest's row lock, which a freeze needs too. Raises Refused."""
    with transaction.atomic():
        digest = (
            Digest.objects.select_for_update(of=("self",))
            .select_related("newsletter")
            .get(pk=digest_id)
        )
        if not digest.is_editable:
            raise Refused(
                _("It is %(state)s, so it can no longer be changed.")
                % {"state": digest.get_state_display().lower()}
            )
        edit = Edit(Board.of(digest), editor, kind, **options)
        yield edit
        _follow(edit)
        edit.finish()


def _follow(edit: Edit) -> None:
    """Words of ours tell of the stories as they stand. They follow an undoing too, so no change tells of them."""
    digest = edit.digest
    if set(automatic_words.OF_STORIES).isdisjoint(digest.automatic_words):
        return
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    changed = automatic_words.follow(digest, template, edit.board.headlines())
    if changed:
        digest.save(update_fields=changed)


@contextmanager
def noted(digest: Digest, kind: ChangeKind, editor: Editor) -> Iterator[None]:
    """For what changes a digest as a whole, past the board; the caller holds its row lock."""
    before = _everything(Board.of(digest))
    yield
    edit = Edit(Board.of(digest), editor, kind)
    for target in before.keys() | _everything(edit.board).keys():
        edit.recall(target, before.get(target))
    edit.finish()


def _everything(board: Board) -> dict[str, State | None]:
    targets = [DIGEST, *(item_target(item.pk) for item in board)]
    return {target: state_of(board, target) for target in targets}


def item_target(item_id: int) -> str:
    return f"item:{item_id}"


def section_target(section_id: int) -> str:
    return f"section:{section_id}"


def id_in(target: str) -> int:
    return int(target.partition(":")[2])


def state_of(board: Board, target: str) -> State | None:
    """None for words of the digest that are ours: whatever they say, nobody has written them."""
    digest = board.digest
    if target == DIGEST:
        return {
            name: None if name in digest.automatic_words else getattr(digest, name)
            for name in WORDS
        }
    if target.startswith("section:"):
        return {"slots": board.section(id_in(target)).slots}
    return board.state_of(id_in(target))


def refuse_stale(digest: Digest, target: str, names: tuple[str, ...], *, since: int) -> None:
    """Refuse a stale edit. Raises Stale when a person changed one of these fields after that revision.

    What we write or arrange by a rule is in nobody's way.
    """
    if target == DIGEST:
        names = tuple(name for name in names if name not in digest.automatic_words)
    if since >= digest.revision or (target == DIGEST and not names):
        return
    later = digest.changes.filter(number__gt=since, after__has_key=target)
    later = later.exclude(kind=ChangeKind.ASSEMBLED).select_related("by")
    for change in later.order_by("-number")[:200]:
        if touches(change, target, names):
            raise Stale(sentence(change), change)


def touches(change: Change, target: str, names: tuple[str, ...]) -> bool:
    """Does it tell of one of these fields, or of the coming or going of the whole?"""
    if target not in change.after:
        return False
    before, after = change.before[target], change.after[target]
    if before is None or after is None or not names:
        return True
    return not set(names).isdisjoint(after)


def _difference(before: State | None, after: State | None) -> tuple[State | None, State | None]:
    if before is None or after is None:
        return before, after
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """The same fields of the same targets?"""
    return {key: set(fields or ()) for key, fields in one.items()} == {
        key: set(fields or ()) for key, fields in other.items()
    }


def _gives_back(states: Mapping[str, Any]) -> bool:
    """Are words of the digest left to us?"""
    return None in (states.get(DIGEST) or {}).values()


def _differ_by(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """In characters, how much longer or shorter the words have become; both have the same fields."""
    return sum(
        abs(len(str(fields[name])) - len(str(other[target][name])))
        for target, fields in one.items()
        for name in fields or ()
    )
