"""How newsletters are shown to a reader who may choose among them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import get_language, get_language_info

from subscriptions.latest import LatestDigest
from subscriptions.models import Newsletter
from subscriptions.page_colours import page_palette
from subscriptions.rendering.colours import Palette


@dataclass(frozen=True, slots=True)
class Card:
    newsletter: Newsletter
    number: int  # on the page, from 1
    palette: Palette
    is_chosen: bool
    latest: LatestDigest | None  # an example; an address that the publisher gave comes first

    @property
    def language(self) -> str:
        """The language in its own words; empty if it is the page's, which is known only when the page is filled."""
        return _foreign_language(self.newsletter.language)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Cards under one heading; empty: under none of the publisher's."""

    heading: str
    cards: tuple[Card, ...]


def cards(
    newsletters: Iterable[Newsletter],
    chosen: Collection[str],
    latest: Mapping[int, LatestDigest] | None = None,
) -> list[Card]:
    """`chosen` holds slugs, in whatever form a reader's link or form had them."""
    return [
        Card(
            newsletter,
            number,
            page_palette(newsletter.colour),
            newsletter.slug in chosen,
            (latest or {}).get(newsletter.pk),
        )
        for number, newsletter in enumerate(newsletters, start=1)
    ]


def chosen_first(newsletters: Iterable[Newsletter], chosen: Collection[str]) -> list[Newsletter]:
    """Sort newsletters for a visitor whose link has chosen some of them.

    A chosen newsletter's shelf stands before the others, and the newsletter itself stands first there.
    """
    given = list(newsletters)
    shelf = {each.group_id: place for place, each in reversed(list(enumerate(given)))}
    wanted = {each.group_id for each in given if each.slug in chosen}

    def place_of(newsletter: Newsletter) -> tuple[bool, int, bool]:
        group = newsletter.group_id
        return group not in wanted, shelf[group], newsletter.slug not in chosen

    return sorted(given, key=place_of)


def shelves(found: Iterable[Card]) -> list[Shelf]:
    """Cards that follow each other in one group share a shelf."""
    return [
        Shelf(group.name if group else "", tuple(those))
        for group, those in groupby(found, key=lambda card: card.newsletter.group)
    ]


def _foreign_language(code: str) -> str:
    page = get_language() or ""
    if code.partition("-")[0].lower() == page.partition("-")[0].lower():
        return ""
    try:
        name: str = get_language_info(code)["name_local"]
    except KeyError:
        return code  # not one that Django knows by name
    return name[:1].upper() + name[1:]
