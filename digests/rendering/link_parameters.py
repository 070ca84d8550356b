"""A content whose links carry a newsletter's parameters, as those of its mails do."""

from collections.abc import Mapping
from dataclasses import replace

from digests.rendering import own_mjml
from digests.rendering.content import Content
from digests.rendering.links import add_parameters
from digests.rendering.rich_text import with_links


def with_parameters(content: Content, parameters: Mapping[str, str]) -> Content:
    """Return the content with these parameters in its links. Raises MjmlError."""

    def added(url: str) -> str:
        return add_parameters(url, parameters) if url else url

    blocks = tuple(
        replace(
            block,
            stories=tuple(replace(story, url=added(story.url)) for story in block.stories),
        )
        for block in content.blocks
    )
    look = content.own_look
    return replace(
        content,
        own_look=replace(look, mjml=own_mjml.with_links(look.mjml, added)),
        intro=with_links(content.intro, added),
        outro=with_links(content.outro, added),
        blocks=blocks,
        sponsors=tuple(replace(one, url=added(one.url)) for one in content.sponsors),
    )
