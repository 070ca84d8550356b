"""What an editor writes above and below the stories: paragraphs, lists, emphasis and links, and nothing else.

Text without any of these tags is plain, as newsletters keep it: an empty line begins a new paragraph.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

import nh3
from typing_extensions import override

from digests.rendering.well_formed import INLINE, LISTS, PARAGRAPHS, TooMuch, well_formed
from subscriptions.rendering.cleaning import clean

TAGS = {"br", "li", "p", *INLINE, *LISTS}
LINKS = {"http", "https", "mailto"}
MOST_CHARACTERS = 20_000  # a digest of 100 KB has no room for more
# With the styles that word processors and web pages leave in what is pasted.
MOST_TYPED = 200_000
_MARKED_UP = re.compile(rf"</?(?:{'|'.join(sorted(TAGS | PARAGRAPHS))})\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_EMPTY_BLOCK = re.compile(r"<(p|li|ul|ol)>(?:\s|&nbsp;|<br>)*</\1>")
# Editors put these where a plain space would vanish; inside a line they are meant.
_EDGE_SPACE = re.compile(r"&nbsp;(?=[<\s])|(?<=[>\s])&nbsp;")
_HALF_AN_ENTITY = re.compile(r"&[a-z]{0,5}$")
_BLANK_LINES = re.compile(r"\n[ \t]*\n")


def clean_rich_text(text: str) -> str:
    """Safe HTML on one line, paragraphs throughout; empty when it says nothing. Cleaning twice changes nothing.

    Raises TooMuch for what no mail has room for, and for tags within one another without end: mrml and browsers'
    parsers run out of stack. What is long takes no longer than its length.
    """
    if len(text) > MOST_TYPED:
        raise TooMuch(_too_long(len(text), MOST_TYPED))
    cleaned = _marked_up(text) if _MARKED_UP.search(text) else _paragraphs(text)
    if len(cleaned) > MOST_CHARACTERS:
        raise TooMuch(_too_long(len(cleaned), MOST_CHARACTERS))
    return cleaned


def shown_rich_text(text: str) -> str:
    """Clean rich text as clean_rich_text does, also text that was kept before there was a limit.

    Of text over the limit, only the words are shown.
    """
    try:
        return clean_rich_text(text)
    except TooMuch:
        words = _TAG.sub(" ", text[:MOST_TYPED]).replace("<", "&lt;")
        kept = clean(nh3.clean(words, tags=set()))[: MOST_CHARACTERS - len("<p></p>")]
        return f"<p>{_HALF_AN_ENTITY.sub('', kept)}</p>"


def _marked_up(text: str) -> str:
    html = nh3.clean(
        well_formed(text, room=MOST_CHARACTERS),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=LINKS,
        link_rel=None,
    )
    html, empty = clean(_EDGE_SPACE.sub(" ", html)), 1
    while empty:
        html, empty = _EMPTY_BLOCK.subn("", html)
    return html


def _too_long(length: int, most: int) -> str:
    return f"That is {length} characters long; there is room for {most}."


def with_links(html: str, link: Callable[[str], str]) -> str:
    """Cleaned rich text with every web address in it as `link` makes it; written so that MJML reads it."""

    def filled(tag: str, _name: str, value: str) -> str:
        return link(value) if tag == "a" and not value.startswith("mailto:") else value

    html = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=LINKS,
        link_rel=None,
        attribute_filter=filled,
    )
    return html.replace("<br>", "<br />").replace("&nbsp;", "&#160;")


def plain_paragraphs(html: str) -> tuple[str, ...]:
    """Rich text for the plain side of a mail: links are written out, lists have bullets or numbers."""
    reader = _PlainText()
    reader.feed(html)
    reader.close()
    return tuple(text for block in reader.blocks if (text := clean(block)))


def _paragraphs(text: str) -> str:
    blocks = _BLANK_LINES.split(text.replace("\r\n", "\n"))
    return "".join(
        f"<p>{escape(words, quote=False)}</p>" for block in blocks if (words := clean(block))
    )


class _PlainText(HTMLParser):
    """Knows the tags of cleaned rich text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = [""]
        self._lists: list[int | None] = []  # the number of the last item; None without numbers
        self._link = ""
        self._link_words = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "p":
            self.blocks.append("")
        elif tag == "li":
            self.blocks.append(self._bullet())
        elif tag == "br":
            self.blocks[-1] += " "
        elif tag == "a":
            self._link, self._link_words = dict(attrs).get("href") or "", ""

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self.blocks.append("")
        elif tag == "a" and self._link:
            address = self._link.removeprefix("mailto:")
            if address != self._link_words.strip():
                self.blocks[-1] += f" ({address})"
            self._link = ""

    @override
    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data
        self._link_words += data

    def _bullet(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "• "
        self._lists[-1] = number + 1
        return f"{number + 1}. "
