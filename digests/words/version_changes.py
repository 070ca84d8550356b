"""What a version would change about the one that readers are getting, in sentences for whoever releases it."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from digests.rendering.content import Content, Story, stories_in


def of_contents(before: Content, after: Content) -> list[str]:
    """Stories by their headlines; empty where only what stands around them differs."""
    old, new = _by_row(before), _by_row(after)
    came = [story.headline for key, story in new.items() if key not in old]
    went = [story.headline for key, story in old.items() if key not in new]
    other = [story.headline for key, story in new.items() if key in old and old[key] != story]
    sponsors = {one.sponsor for one in after.sponsors} - {one.sponsor for one in before.sponsors}
    sentences = [
        (_("New in it: %(stories)s."), came),
        (_("No longer in it: %(stories)s."), went),
        (_("Changed in it: %(stories)s."), other),
        (_("A sponsor that is new in it: %(stories)s."), sorted(sponsors)),
    ]
    return [text % {"stories": _quoted(names)} for text, names in sentences if names]


def _by_row(content: Content) -> dict[tuple[str, int], Story]:
    """An article is the same story in whichever row it stands."""
    return {
        ("article", story.article) if story.article else ("item", story.item): replace(
            story, item=0
        )
        for story in stories_in(content)
    }


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
