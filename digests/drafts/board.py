"""A digest's sections and items as an editor arranges them, in memory until they are written back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _

from digests.drafts.refusals import Refused
from digests.models import Article, Digest, Image, Item, Section

# What of an item a change may tell; its place is beside them: [section id, place in it].
ITEM_FIELDS = (
    "article_id",
    "kicker",
    "headline",
    "blurb",
    "link_text",
    "url",
    "image_id",
    "image_choice",
    "image_alt",
    "image_credit",
    "is_locked",
    "seen_headline",
    "seen_summary",
    "seen_picture",
    "is_kept",
)
PLACE = "place"

ItemState = Mapping[str, Any]


@dataclass(slots=True)
class Board:
    digest: Digest
    sections: list[Section]
    items: dict[int, list[Item]]  # by section, in reading order
    _places: dict[int, tuple[int, int]] = field(default_factory=dict)  # as they are in the database

    @classmethod
    def of(cls, digest: Digest) -> Self:
        """Three queries. Who changes anything holds the digest's row lock."""
        sections = list(digest.sections.prefetch_related("items__article"))
        items = {section.pk: list(section.items.all()) for section in sections}
        places = {
            item.pk: (item.section_id, item.position) for kept in items.values() for item in kept
        }
        return cls(digest, sections, items, places)

    def __iter__(self) -> Any:
        for section in self.sections:
            yield from self.items[section.pk]

    def headlines(self) -> list[str]:
        """The headlines that readers get, in reading order; without stories for which a section has no room."""
        return [
            item.shown_headline
            for section in self.sections
            for item in self.items[section.pk][: section.slots]
        ]

    def section(self, section_id: int) -> Section:
        """Return a section of the digest. Raises Refused if it is no longer there."""
        for section in self.sections:
            if section.pk == section_id:
                return section
        raise Refused(_("That section is no longer in this digest."))

    def find(self, item_id: int) -> Item | None:
        return next((item for item in self if item.pk == item_id), None)

    def item(self, item_id: int) -> Item:
        """Return a story of the digest. Raises Refused if it is no longer there."""
        item = self.find(item_id)
        if item is None:
            raise Refused(
                _("That story is no longer in this digest. Someone else may have removed it.")
            )
        return item

    def place_of(self, item: Item) -> tuple[int, int]:
        for section_id, kept in self.items.items():
            for place, other in enumerate(kept):
                if other.pk == item.pk:
                    return section_id, place
        raise LookupError(item)

    def carries(self, article: Article) -> bool:
        return any(item.article_id == article.pk for item in self)

    def put(self, item: Item, section_id: int, place: int) -> None:
        """Where it stands already, it is moved; past the end means at the end. Raises Refused."""
        section = self.section(section_id)
        for kept in self.items.values():
            kept[:] = [other for other in kept if other.pk != item.pk]
        item.section = section
        self.items[section_id].insert(max(place, 0), item)

    def insert(self, item: Item, section_id: int, place: int) -> None:
        """A new item: saved, so that it has its number. Raises Refused."""
        item.section = self.section(section_id)
        item.save(force_insert=True)
        self.items[section_id].insert(max(place, 0), item)

    def remove(self, item: Item) -> None:
        for kept in self.items.values():
            kept[:] = [other for other in kept if other.pk != item.pk]
        Item.objects.filter(pk=item.pk).delete()

    def write_order(self) -> None:
        """Only what stands elsewhere now: one statement, however many moved."""
        moved = []
        for section_id, kept in self.items.items():
            for place, item in enumerate(kept):
                item.position = place
                if self._places.get(item.pk) != (section_id, place):
                    moved.append(item)
        Item.objects.bulk_update(moved, ["section", "position"])

    def state_of(self, item_id: int) -> dict[str, Any] | None:
        """Everything of it; None when it is not there."""
        item = self.find(item_id)
        if item is None:
            return None
        state = {name: getattr(item, name) for name in ITEM_FIELDS}
        return state | {PLACE: list(self.place_of(item))}

    def restore(self, item_id: int, state: ItemState | None) -> None:
        """Make the item be as `state` tells; what it does not tell stays. Raises Refused."""
        item = self.find(item_id)
        if state is None:
            if item is not None:
                self.remove(item)
            return
        values = {name: value for name, value in state.items() if name != PLACE}
        if values.get("image_id") and not Image.objects.filter(pk=values["image_id"]).exists():
            values["image_id"] = None
        if item is None:
            self._bring_back(item_id, values, state)
            return
        for name, value in values.items():
            setattr(item, name, value)
        if values:
            item.save(update_fields=[name.removesuffix("_id") for name in values])
        if PLACE in state:
            self.put(item, *state[PLACE])

    def _bring_back(self, item_id: int, values: ItemState, state: ItemState) -> None:
        article = Article.objects.filter(pk=values["article_id"]).first()
        if values["article_id"] is not None and article is None:
            raise Refused(_("That story is gone."))
        if article is not None and self.carries(article):
            raise Refused(_("“%(story)s” is in this digest already.") % {"story": article})
        self.insert(Item(pk=item_id, **values), *state[PLACE])
