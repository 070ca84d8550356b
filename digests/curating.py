"""What an editor does to an open digest. Each change holds the digest's row lock, which a freeze needs too.

An item that a person moved, added or rewrote counts as picked: a new assembly leaves it alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from django.db import transaction

from digests.models import Article, Digest, Image, Item, Section

WORDS = ("subject", "preheader", "intro", "outro")
OVERRIDES = ("kicker", "headline", "blurb", "link_text")


class Refused(Exception):
    """It cannot be changed; the text says why, for the editor."""


class Way(StrEnum):
    UP = "up"
    DOWN = "down"


def write_words(digest_id: int, words: Mapping[str, str]) -> None:
    """Only those of WORDS that are given. Raises Refused."""
    with _open_digest(digest_id) as digest:
        changed = [name for name in WORDS if name in words]
        for name in changed:
            setattr(digest, name, words[name])
        digest.save(update_fields=changed)


def move(digest_id: int, item_id: int, way: Way) -> Item:
    """One place up or down; past the end of its section into the next one. Raises Refused."""
    with _open_digest(digest_id) as digest:
        blocks = _blocks(digest)
        at, place = _find(blocks, item_id)
        section, items = blocks[at]
        item = items.pop(place)
        step = -1 if way is Way.UP else 1
        if 0 <= place + step <= len(items):
            items.insert(place + step, item)
        elif 0 <= at + step < len(blocks):
            section, neighbours = blocks[at + step]
            neighbours.insert(len(neighbours) if way is Way.UP else 0, item)
        else:
            raise Refused(f"“{item}” stands at the end of the digest already.")
        _write(blocks, item, section)
    return item


def move_to(digest_id: int, item_id: int, section_id: int) -> Item:
    """To the top of another section. Raises Refused."""
    with _open_digest(digest_id) as digest:
        blocks = _blocks(digest)
        at, place = _find(blocks, item_id)
        item = blocks[at][1].pop(place)
        section, items = _block(blocks, section_id)
        items.insert(0, item)
        _write(blocks, item, section)
    return item


def add(digest_id: int, section_id: int, article_id: int) -> Item:
    """At the top of the section, where it is sure to be shown. Raises Refused."""
    with _open_digest(digest_id) as digest:
        blocks = _blocks(digest)
        section, items = _block(blocks, section_id)
        article = Article.objects.filter(pk=article_id).first()
        if article is None:
            raise Refused("That story is gone.")
        if any(item.article_id == article.pk for _section, kept in blocks for item in kept):
            raise Refused(f"“{article}” is in this digest already.")
        copy = Image.objects.filter(source_url=article.image_url).first()
        item = Item(section=section, article=article, image=copy, is_picked=True)
        item.save()
        items.insert(0, item)
        _write(blocks, item, section)
    return item


def remove(digest_id: int, item_id: int) -> str:
    """Returns the headline that went. Raises Refused."""
    with _open_digest(digest_id) as digest:
        blocks = _blocks(digest)
        at, place = _find(blocks, item_id)
        item = blocks[at][1][place]
        headline = item.shown_headline
        item.delete()
    return headline


def override(digest_id: int, item_id: int, words: Mapping[str, str]) -> Item:
    """Blank gives the article its own words back. Raises Refused, and ValidationError by field."""
    with _open_digest(digest_id) as digest:
        blocks = _blocks(digest)
        at, place = _find(blocks, item_id)
        item = blocks[at][1][place]
        for name in OVERRIDES:
            setattr(item, name, words.get(name, getattr(item, name)).strip())
        item.is_picked = True
        item.clean_fields(exclude=["section", "article", "image"])
        item.save(update_fields=[*OVERRIDES, "is_picked"])
    return item


Blocks = list[tuple[Section, list[Item]]]


@contextmanager
def _open_digest(digest_id: int) -> Iterator[Digest]:
    with transaction.atomic():
        digest = Digest.objects.select_for_update(of=("self",)).get(pk=digest_id)
        if not digest.is_open:
            raise Refused(
                f"It is {digest.get_state_display().lower()}, so it can no longer be changed."
            )
        yield digest


def _blocks(digest: Digest) -> Blocks:
    return [
        (section, list(section.items.all()))
        for section in digest.sections.prefetch_related("items__article")
    ]


def _find(blocks: Blocks, item_id: int) -> tuple[int, int]:
    for at, (_section, items) in enumerate(blocks):
        for place, item in enumerate(items):
            if item.pk == item_id:
                return at, place
    raise Refused("That story is no longer in this digest. Somebody else may have removed it.")


def _block(blocks: Blocks, section_id: int) -> tuple[Section, list[Item]]:
    for section, items in blocks:
        if section.pk == section_id:
            return section, items
    raise Refused("That section is no longer in this digest.")


def _write(blocks: Blocks, touched: Item, section: Section) -> None:
    if any(item.article_id == touched.article_id for item in section.items.exclude(pk=touched.pk)):
        raise Refused(f"“{touched}” is in that section already.")
    touched.section = section
    touched.is_picked = True
    for _section, items in blocks:
        for place, item in enumerate(items):
            item.position = place
    every = [item for _section, items in blocks for item in items]
    Item.objects.bulk_update(every, ["section", "position", "is_picked"])
