"""A newsletter's own MJML on the web: the same words, links and buttons as HTML of the page that they stand on.

Written anew like the mail's, from the same elements. What a tag says of its looks becomes a rule of the page's own
style sheet, since the content policy takes no style in a tag.
"""

from dataclasses import dataclass
from html import escape
from itertools import count

from django.utils.safestring import SafeString, mark_safe

from digests.rendering.own_mjml import Element, kept_words, read
from subscriptions.rendering.cleaning import clean_link

# How a tag of MJML is written here. A column's words keep the edge of the page, so paddings count up and down only.
_TAGS = {
    "mj-section": '<div class="row{}">',
    "mj-column": '<div class="column{}">',
    "mj-text": '<div class="text{}">',
    "mj-divider": '<hr class="rule{}">',
    "mj-spacer": '<div class="space{}">',
}
_PROPERTIES = {
    "align": "text-align",
    "border-radius": "border-radius",
    "border-width": "border-top-width",
    "font-size": "font-size",
    "font-weight": "font-weight",
    "height": "height",
    "inner-padding": "padding",
    "line-height": "line-height",
}
GAP = "1.5rem"  # between columns, as in site.css
_OF_THE_LINK = frozenset({"border-radius", "font-size", "font-weight", "inner-padding"})


@dataclass(frozen=True, slots=True)
class OwnWords:
    """`rules` belong into the style sheet of the page that shows `html`."""

    html: SafeString
    rules: SafeString


def on_the_web(source: str) -> OwnWords:
    """Both empty where there is none. Raises MjmlError."""
    writer = _Writer()
    html = "".join(map(writer.written, read(source)))
    # Read, checked and written anew, all of it.
    return OwnWords(mark_safe(html), mark_safe("".join(writer.rules)))  # noqa: S308


class _Writer:
    def __init__(self) -> None:
        self.rules: list[str] = []
        self._numbers = count(1)

    def written(self, element: Element) -> str:
        if element.tag == "mj-button":
            return self._button(element)
        if element.tag in _TAGS:
            start = _TAGS[element.tag].format(self._class(element))
            return start if element.tag == "mj-divider" else f"{start}{self._inner(element)}</div>"
        if element.tag == "br":
            return "<br>"
        link = f' href="{_address(element)}"' if element.tag == "a" else ""
        return f"<{element.tag}{link}>{self._inner(element)}</{element.tag}>"

    def _inner(self, element: Element) -> str:
        return "".join(
            kept_words(child) if isinstance(child, str) else self.written(child)
            for child in element.children
        )

    def _button(self, element: Element) -> str:
        name = self._class(element, _OF_THE_LINK)
        link = f'<a class="button" href="{_address(element)}">{self._inner(element)}</a>'
        return f'<p class="press{name}">{link}</p>'

    def _class(self, element: Element, of_the_link: frozenset[str] = frozenset()) -> str:
        """A name of its own, for what was said of its looks; empty: nothing was."""
        looks: list[str] = []
        of_link: list[str] = []
        for name, value in element.attributes.items():
            if name == "padding":
                room = "margin" if element.tag == "mj-divider" else "padding"
                looks.append(f"{room}-block:{_up_and_down(value)}")
            elif name == "width":
                looks.append(f"flex-basis:calc({value} - {GAP})")
            elif name in _PROPERTIES:
                said = of_link if name in of_the_link else looks
                said.append(f"{_PROPERTIES[name]}:{value}")
        if not looks and not of_link:
            return ""
        number = next(self._numbers)
        for target, said in ((f".own .o{number}", looks), (f".own .o{number} a", of_link)):
            if said:
                self.rules.append(f"{target}{{{';'.join(said)}}}")
        return f" o{number}"


def _up_and_down(padding: str) -> str:
    """Return the top and bottom of a padding, as CSS counts one to four distances: from the top with the clock."""
    distances = padding.split()
    return f"{distances[0]} {distances[2] if len(distances) > 2 else distances[0]}"


def _address(element: Element) -> str:
    return escape(clean_link(element.attributes["href"], owner=f"<{element.tag}>"))
