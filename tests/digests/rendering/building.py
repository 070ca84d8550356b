"""Digests for tests: whole by default, so that each test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from typing_extensions import override

from digests.choices import BlockStyle
from digests.rendering.content import Block, Content, Masthead, Picture, Story

PICTURE = Picture(
    url="https://media.example.org/digests/0f3a9c5d7e1b42688a/600.jpg",
    width=600,
    height=400,
    alt="A quay in the rain",
    large_url="https://media.example.org/digests/0f3a9c5d7e1b42688a/1200.jpg",
)
STORY = Story(
    headline="Council votes on the flood wall",
    url="https://www.example.org/politics/flood-wall",
    blurb="Two members are undecided, and the mayor needs one of them.",
    kicker="Politics",
    link_text="Read on",
    authors=("Ines Hartmann", "Tom Okafor"),
    source="The Northern Post",
    published_at=datetime(2026, 11, 23, 5, tzinfo=UTC),
    picture=PICTURE,
)
MASTHEAD = Masthead(
    newsletter="Morning Briefing",
    publisher="The Harbour Courier",
    colour="#0b5c8a",
    logo_url="https://media.example.org/logo.png",
    postal_address="12 Quay Street\nPort Ellery PE1 4QX",
    privacy_url="https://www.example.org/privacy",
    language="en-gb",
    direction="ltr",
    date_text="Monday, 23 November 2026",
    design="briefing",
)
CONTENT = Content(
    masthead=MASTHEAD,
    subject="The vote tonight",
    preheader="And a cold week ahead.",
    intro="Good morning.\n\nIt rains.",
    outro="Until tomorrow.",
    blocks=(
        Block("", BlockStyle.LEAD, (STORY,)),
        Block("The day ahead", BlockStyle.STORIES, (replace(STORY, url=f"{STORY.url}/2"),)),
        Block("In brief", BlockStyle.BRIEFS, (replace(STORY, url=f"{STORY.url}/3"),)),
    ),
)


def with_story(story: Story, content: Content = CONTENT) -> Content:
    """The digest with this story in each of its three kinds of block."""
    return replace(
        content, blocks=tuple(replace(block, stories=(story,)) for block in content.blocks)
    )


def with_masthead(content: Content = CONTENT, **changes: object) -> Content:
    return replace(content, masthead=replace(content.masthead, **changes))  # type: ignore[arg-type]  # by name


class Page(HTMLParser):
    """The elements of an HTML page and what it says, as a mail client would read it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self._silent = 0
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._silent += tag == "style"

    @override
    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag == "style"

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [attributes["href"] for attributes in self.all("a")]
