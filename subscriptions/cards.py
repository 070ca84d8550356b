"""How a newsletter is shown to a reader who may choose it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import get_language, get_language_info

from subscriptions.models import Newsletter
from subscriptions.page_colours import page_palette
from subscriptions.rendering.colours import Palette


@dataclass(frozen=True, slots=True)
class Card:
    newsletter: Newsletter
    palette: Palette
    is_chosen: bool

    @property
    def language(self) -> str:
        """In its own words; empty where it is that of the page, which is known only when it is filled."""
        return _foreign_language(self.newsletter.language)


def cards(newsletters: Iterable[Newsletter], chosen: Collection[str]) -> list[Card]:
    """`chosen` holds slugs, in whatever form a reader's link or form had them."""
    return [
        Card(
            newsletter,
            page_palette(newsletter.colour),
            newsletter.slug in chosen,
        )
        for newsletter in newsletters
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
