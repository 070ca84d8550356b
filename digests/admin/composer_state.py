"""How a digest stands, for a page that is open: its board, its words, and who wrote which of them."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string

from digests.admin.composer_board import Block, arranged, staff
from digests.choices import WORDS
from digests.composing.history import can_redo, can_undo, latest_of_fields
from digests.composing.wording import OVERRIDES, RICH
from digests.drafts import automatic_words
from digests.drafts.editing import DIGEST, item_target
from digests.drafts.telling import changed_it
from digests.models import Digest, Item, Template
from digests.rendering.rich_text import shown_rich_text
from subscriptions.clock import database_now


def words_of(digest: Digest, template: Template | None, blocks: Sequence[Block]) -> dict[str, str]:
    """The words around the stories, as the mail would have them now."""
    shown = [row.item.shown_headline for block in blocks for row in block.rows if not row.is_beyond]
    words = {name: getattr(digest, name) for name in WORDS}
    words |= {name: shown_rich_text(words[name]) for name in RICH}
    return words | automatic_words.of_stories(digest, template, shown)


def of_story(item: Item) -> dict[str, str]:
    """What an editor has written over a story."""
    return {name: getattr(item, name) for name in OVERRIDES}


def state_of(
    request: HttpRequest,
    digest: Digest,
    *,
    may_change: bool,
    since: int | None,
    open_item: int | None = None,
) -> dict[str, Any]:
    """All that a page needs to stand as the digest stands; `since`: the revision that it shows."""
    context = arranged(digest)
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    values = {DIGEST: words_of(digest, template, context["blocks"])}
    item = Item.objects.filter(pk=open_item, section__digest=digest).first() if open_item else None
    if item is not None:
        values[item_target(item.pk)] = of_story(item)
    return {
        "revision": digest.revision,
        "board": render_to_string(
            "admin/digests/composer/board.html", context | {"may_change": may_change}, request
        ),
        "values": values,
        "automatic": digest.automatic_words,
        "changed": {} if since is None else _changed(digest, staff(request), since),
        "undo": may_change and can_undo(digest, staff(request)),
        "redo": may_change and can_redo(digest, staff(request)),
    }


def _changed(digest: Digest, reader: User, since: int) -> dict[str, dict[str, Any]]:
    """Who wrote which field since then, by target and name of the field."""
    now = database_now()
    return {
        target: {
            name: {
                "is_mine": change.by_id == reader.pk,
                "text": changed_it(change, reader=reader, now=now),
            }
            for name, change in fields.items()
        }
        for target, fields in latest_of_fields(digest, since).items()
    }
