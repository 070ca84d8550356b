"""The words an editor writes: of the digest itself, and over those of a story."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from digests.choices import WORDS, ChangeKind
from digests.drafts import automatic_words
from digests.drafts.editing import DIGEST, Edit, Editor, editing, item_target
from digests.drafts.refusals import Refused
from digests.models import Article, Image, Item, Template
from digests.rendering.rich_text import clean_rich_text
from digests.rendering.well_formed import TooMuch

OVERRIDES = ("kicker", "headline", "blurb", "link_text", "url", "image_alt", "image_credit")
RICH = frozenset({"intro", "outro"})
MOST_BLURB_CHARACTERS = 5_000


def write_words(digest_id: int, words: Mapping[str, str | None], editor: Editor) -> Edit:
    """Write those of WORDS that are given; None leaves them to us again, and so does a blank subject or preheader.

    Raises Refused, and ValidationError by field.
    """
    with editing(digest_id, ChangeKind.WORDS, editor) as edit:
        digest, given = edit.digest, tuple(name for name in WORDS if name in words)
        edit.touch(DIGEST, *given)
        template = Template.objects.filter(newsletter=digest.newsletter_id).first()
        for name in given:
            text = _cleaned(name, words[name])
            if text is None:
                automatic_words.give_back(digest, name, template)
            elif not (name in digest.automatic_words and text == getattr(digest, name)):
                automatic_words.write(digest, name, text)
        digest.clean_fields(exclude=_other_fields(edit, given))
        digest.save(update_fields=[*given, "automatic_words", "corrected_words"])
    return edit


def _cleaned(name: str, text: str | None) -> str | None:
    if text is None or name in RICH:
        return text and _rich(text)
    return text.strip() or None


def override(digest_id: int, item_id: int, words: Mapping[str, str], editor: Editor) -> Edit:
    """Blank gives the article its own words back. Raises Refused, and ValidationError by field."""
    with editing(digest_id, ChangeKind.REWORDED, editor) as edit:
        item = edit.board.find(item_id) or _taken_by_rule(edit, item_id)
        given = tuple(name for name in OVERRIDES if name in words)
        edit.touch(item_target(item_id), *given)
        for name in given:
            setattr(item, name, words[name].strip())
        _check(item)
        item.is_locked = True
        if {"headline", "blurb"} & set(given):
            item.is_kept = False
        item.save(update_fields=[*given, "is_locked", "is_kept"])
        edit.about = {"story": item.shown_headline, "item": item.pk}
    return edit


def _taken_by_rule(edit: Edit, item_id: int) -> Item:
    """A story that an assembly took out while words for it were on the way comes back. Raises Refused."""
    target = item_target(item_id)
    last = edit.digest.changes.filter(after__has_key=target).first()
    if last is not None and last.kind == ChangeKind.ASSEMBLED and last.after[target] is None:
        edit.came(target)
        edit.board.restore(item_id, last.before[target])
    return edit.board.item(item_id)


_SEEN = ("seen_headline", "seen_summary", "seen_picture")


def take_source(digest_id: int, item_id: int, editor: Editor) -> Edit:
    """The story stands as its source has it now. Raises Refused."""
    with editing(digest_id, ChangeKind.SEEN, editor) as edit:
        item, article = _changed(edit, item_id, "headline", "blurb", "image_id", "is_kept")
        if item.has_new_headline:
            item.headline = ""
        if item.has_new_summary:
            item.blurb = ""
        if item.has_new_picture:
            item.image = Image.objects.of(article)
        item.is_kept = False
        _note(item, article, "headline", "blurb", "image", "is_kept")
    return edit


def keep_words(digest_id: int, item_id: int, editor: Editor) -> Edit:
    """The story stands as it was before its source changed it, and no assembly changes that. Raises Refused."""
    with editing(digest_id, ChangeKind.SEEN, editor) as edit:
        names = ("headline", "blurb", "image_id", "is_kept", "is_locked")
        item, article = _changed(edit, item_id, *names)
        if item.has_new_headline:
            item.headline = item.headline or item.seen_headline
        if item.has_new_summary:
            item.blurb = item.blurb or item.seen_summary
        if item.has_new_picture:
            item.image = Image.objects.filter(source_url=item.seen_picture).first()
        item.is_kept = item.is_locked = True
        _note(item, article, "headline", "blurb", "image", "is_kept", "is_locked")
    return edit


def _changed(edit: Edit, item_id: int, *names: str) -> tuple[Item, Article]:
    item = edit.board.item(item_id)
    if item.article is None:
        raise Refused(_("It has no source: it was written by hand."))
    edit.touch(item_target(item_id), *names, *_SEEN)
    edit.about = {"story": item.shown_headline, "item": item.pk}
    return item, item.article


def _note(item: Item, article: Article, *names: str) -> None:
    item.seen_headline, item.seen_summary = article.headline, article.summary
    item.seen_picture = article.image_url
    item.save(update_fields=[*names, *_SEEN])


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
    """Clean rich text. Raises Refused for what no email has room for: it is not cut, so that nothing is lost."""
    try:
        return clean_rich_text(html)
    except TooMuch as error:
        raise Refused(_("%(why)s It is not saved.") % {"why": error}) from error


def _other_fields(edit: Edit, given: tuple[str, ...]) -> list[str]:
    return [field.name for field in edit.digest._meta.fields if field.name not in given]
