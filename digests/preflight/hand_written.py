"""Stories that an editor wrote themselves: no article knows them, so they are read from what would go out."""

from collections.abc import Iterable, Iterator
from typing import Any

from digests.choices import BlockStyle
from digests.models import Item, Section, Version
from digests.preflight.material import Story
from digests.versions import Draft


def own_stories(content: Version | Draft, sections: Iterable[Section]) -> Iterator[Story]:
    """In the order of the mail; each with the item that it still is on the page of stories."""
    items = [
        (section, item)
        for section in sections
        for item in section.items.all()
        if item.article_id is None
    ]
    for block in content.content.get("blocks", ()):
        for kept in block["stories"]:
            # Versions of old do not say which article it is; then every article had a time.
            if not kept.get("article") and kept["published_at"] is None:
                place = next((one for one in items if _is(one[1], kept)), None)
                if place is not None:
                    items.remove(place)
                yield _story(kept, block, place)


def _is(item: Item, kept: dict[str, Any]) -> bool:
    return (item.headline, item.url) == (kept["headline"], kept["url"])


def _story(
    kept: dict[str, Any], block: dict[str, Any], place: tuple[Section, Item] | None
) -> Story:
    picture = kept["picture"]
    return Story(
        article_id=None,
        headline=kept["headline"],
        url=kept["url"],
        published_at=None,
        item_id=place[1].pk if place else None,
        section=str(place[0]) if place else block["heading"],
        own_words=" ".join(kept[name] for name in ("kicker", "headline", "blurb", "link_text")),
        own_headline=kept["headline"],
        own_blurb=kept["blurb"],
        has_picture=picture is not None and BlockStyle(block["style"]).has_pictures,
        alt=picture["alt"] if picture else "",
    )
