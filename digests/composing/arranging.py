"""Which stories stand where: moving, adding, removing, locking, and how many places a section has.

An item that a person moved, added or rewrote is locked: a new assembly leaves it alone.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from digests.assembly.sections import make_sections
from digests.choices import ChangeKind
from digests.drafts.board import PLACE, Board
from digests.drafts.editing import Edit, Editor, editing, item_target, section_target
from digests.drafts.refusals import Refused
from digests.models import Article, Image, Item, Section, Template

MOST_SLOTS = 50  # as in a newsletter's own sections


class Way(StrEnum):
    UP = "up"
    DOWN = "down"


def begin(digest_id: int, editor: Editor) -> Edit:
    """The sections of its newsletter's template, before any story is chosen. Raises Refused."""
    with editing(digest_id, ChangeKind.ADDED, editor) as edit:
        template = Template.objects.filter(newsletter=edit.digest.newsletter_id).first()
        if template is None or not make_sections(edit.digest, template):
            raise Refused(
                _("Its newsletter has no section either. Give it one under “Look and sections”.")
            )
    return edit


def step(digest_id: int, item_id: int, way: Way, editor: Editor) -> Edit:
    """Move a story one place up or down; past the end of its section into the next one. Raises Refused."""
    with editing(digest_id, ChangeKind.MOVED, editor) as edit:
        item = edit.board.item(item_id)
        _move(edit, item, *_next_place(edit.board, item, way))
    return edit


def move(digest_id: int, item_id: int, section_id: int, place: int, editor: Editor) -> Edit:
    """Move a story to this place of the section, counted without the story itself. Raises Refused."""
    with editing(digest_id, ChangeKind.MOVED, editor) as edit:
        _move(edit, edit.board.item(item_id), section_id, place)
    return edit


def add(digest_id: int, section_id: int, article_id: int, place: int, editor: Editor) -> Edit:
    """Add an article to a section, at this place. Raises Refused."""
    with editing(digest_id, ChangeKind.ADDED, editor) as edit:
        board = edit.board
        section = board.section(section_id)
        article = Article.objects.filter(pk=article_id).first()
        if article is None:
            raise Refused(_("That story is gone."))
        if board.carries(article):
            raise Refused(_("“%(story)s” is in this digest already.") % {"story": article})
        copy = Image.objects.of(article)
        item = Item.of(article, section, image=copy, is_locked=True)
        _insert(edit, item, section, place)
    return edit


def write(digest_id: int, section_id: int, headline: str, place: int, editor: Editor) -> Edit:
    """A story of the editor's own, with its headline for a start. Raises Refused."""
    with editing(digest_id, ChangeKind.WRITTEN, editor) as edit:
        section = edit.board.section(section_id)
        if not headline.strip():
            raise Refused(_("Give it a headline first."))
        item = Item(section=section, headline=headline.strip(), is_locked=True)
        item.clean_fields(exclude=["section", "article", "image"])
        _insert(edit, item, section, place)
    return edit


def remove(digest_id: int, item_id: int, editor: Editor) -> Edit:
    """Remove a story from the digest. Raises Refused."""
    with editing(digest_id, ChangeKind.REMOVED, editor) as edit:
        item = edit.board.item(item_id)
        edit.touch(item_target(item_id))
        edit.about = _about(edit.board, item)
        edit.board.remove(item)
    return edit


def take_out(digest_id: int, item_ids: Iterable[int], editor: Editor) -> Edit:
    """Remove stories and their places with them, so that none which stood behind moves up. Raises Refused."""
    with editing(digest_id, ChangeKind.REMOVED, editor) as edit:
        for item in [edit.board.item(item_id) for item_id in item_ids]:
            edit.touch(item_target(item.pk))
            edit.about = _about(edit.board, item)
            _close_gap(edit, item)
            edit.board.remove(item)
    return edit


def _close_gap(edit: Edit, item: Item) -> None:
    section_id, place = edit.board.place_of(item)
    section = edit.board.section(section_id)
    if place < section.slots < len(edit.board.items[section_id]):
        edit.touch(section_target(section_id), "slots")
        section.slots -= 1
        section.save(update_fields=["slots"])


def lock(digest_id: int, item_id: int, editor: Editor, *, is_locked: bool) -> Edit:
    """Lock a story, or unlock it. Raises Refused."""
    kind = ChangeKind.LOCKED if is_locked else ChangeKind.UNLOCKED
    with editing(digest_id, kind, editor) as edit:
        item = edit.board.item(item_id)
        edit.touch(item_target(item_id), "is_locked")
        edit.about = _about(edit.board, item)
        item.is_locked = is_locked
        item.save(update_fields=["is_locked"])
    return edit


def resize(digest_id: int, section_id: int, slots: int, editor: Editor) -> Edit:
    """How many stories of a section are shown, from 1 to MOST_SLOTS. Raises Refused."""
    with editing(digest_id, ChangeKind.RESIZED, editor) as edit:
        section = edit.board.section(section_id)
        if not 1 <= slots <= MOST_SLOTS:
            raise Refused(_("A section shows from 1 to %(most)s stories.") % {"most": MOST_SLOTS})
        edit.touch(section_target(section_id), "slots")
        edit.about = {"section": str(section), "number": slots}
        section.slots = slots
        section.save(update_fields=["slots"])
    return edit


def _move(edit: Edit, item: Item, section_id: int, place: int) -> None:
    edit.touch(item_target(item.pk), PLACE)
    edit.board.put(item, section_id, place)
    edit.about = _about(edit.board, item)
    if not item.is_locked:
        item.is_locked = True
        item.save(update_fields=["is_locked"])


def _insert(edit: Edit, item: Item, section: Section, place: int) -> None:
    """Insert a new story; note that it was not there before. Its number is known only after the insertion."""
    edit.board.insert(item, section.pk, place)
    edit.came(item_target(item.pk))
    edit.about = _about(edit.board, item)


def _next_place(board: Board, item: Item, way: Way) -> tuple[int, int]:
    section_id, place = board.place_of(item)
    at = [section.pk for section in board.sections].index(section_id)
    ahead = place - 1 if way is Way.UP else place + 1
    if 0 <= ahead < len(board.items[section_id]):
        return section_id, ahead
    beside = at - 1 if way is Way.UP else at + 1
    if not 0 <= beside < len(board.sections):
        raise Refused(_("“%(story)s” stands at the end of the digest already.") % {"story": item})
    other = board.sections[beside].pk
    return other, len(board.items[other]) if way is Way.UP else 0


def _about(board: Board, item: Item) -> dict[str, Any]:
    section_id, place = board.place_of(item)
    return {
        "story": item.shown_headline,
        "section": str(board.section(section_id)),
        "item": item.pk,
        "place": place + 1,
    }
