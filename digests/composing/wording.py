"""The words an editor writes: of the digest itself, and over those of a story."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from digests.choices import ChangeKind
from digests.composing.editing import DIGEST, WORDS, Edit, Editor, editing, item_target
from digests.composing.refusals import Refused
from digests.models import Item
from digests.rendering.rich_text import clean_rich_text
from digests.rendering.well_formed import TooMuch

OVERRIDES = ("kicker", "headline", "blurb", "link_text", "url", "image_alt")
RICH = frozenset({"intro", "outro"})
MOST_BLURB_CHARACTERS = 5_000


def write_words(digest_id: int, words: Mapping[str, str], editor: Editor) -> Edit:
    """Only those of WORDS that are given. Raises Refused, and ValidationError by field."""
    with editing(digest_id, ChangeKind.WORDS, editor) as edit:
        given = tuple(name for name in WORDS if name in words)
        edit.touch(DIGEST, *given)
        for name in given:
            setattr(edit.digest, name, _rich(words[name]) if name in RICH else words[name].strip())
        edit.digest.clean_fields(exclude=_other_fields(edit, given))
        edit.digest.save(update_fields=given)
    return edit


def override(digest_id: int, item_id: int, words: Mapping[str, str], editor: Editor) -> Edit:
    """Blank gives the article its own words back. Raises Refused, and ValidationError by field."""
    with editing(digest_id, ChangeKind.REWORDED, editor) as edit:
        item = edit.board.item(item_id)
        given = tuple(name for name in OVERRIDES if name in words)
        edit.touch(item_target(item_id), *given)
        for name in given:
            setattr(item, name, words[name].strip())
        _check(item)
        item.is_locked = True
        item.save(update_fields=[*given, "is_locked"])
        edit.about = {"story": item.shown_headline, "item": item.pk}
    return edit


def note_source(digest_id: int, item_id: int, editor: Editor) -> Edit:
    """The editor has seen that the source changed the story: it is marked no more. Raises Refused."""
    with editing(digest_id, ChangeKind.SEEN, editor) as edit:
        item = edit.board.item(item_id)
        if item.article is None:
            raise Refused(_("It has no source: it was written by hand."))
        edit.touch(item_target(item_id), "seen_headline", "seen_summary")
        item.seen_headline, item.seen_summary = item.article.headline, item.article.summary
        item.save(update_fields=["seen_headline", "seen_summary"])
        edit.about = {"story": item.shown_headline, "item": item.pk}
    return edit


def _check(item: Item) -> None:
    if item.article is None and not item.headline:
        raise ValidationError({"headline": _("A story of your own needs a headline.")})
    if len(item.blurb) > MOST_BLURB_CHARACTERS:
        most = MOST_BLURB_CHARACTERS
        raise ValidationError(
            {"blurb": _("A blurb has room for %(most)s characters.") % {"most": most}}
        )
    item.clean_fields(exclude=["section", "article", "image"])


def _rich(html: str) -> str:
    """Raises Refused for what no mail has room for: it is not cut, so that nothing is lost."""
    try:
        return clean_rich_text(html)
    except TooMuch as error:
        raise Refused(_("%(why)s It is not saved.") % {"why": error}) from error


def _other_fields(edit: Edit, given: tuple[str, ...]) -> list[str]:
    return [field.name for field in edit.digest._meta.fields if field.name not in given]
