"""Each style of a block in each design: what the lists hold, every side of a mail and the web can show."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from digests.choices import BlockStyle, Design
from digests.rendering.compose import render
from digests.rendering.content import Block
from digests.rendering.designs import ALERT, DESIGNS, part_of
from digests.rendering.presenting import present_blocks
from digests.rendering.stored_content import restored, stored
from subscriptions.rendering.templates import MAIL_TEMPLATES
from tests.digests.rendering.building import CONTENT, PICTURE, STORY, Page, with_masthead

PARTS = MAIL_TEMPLATES / "digests" / "parts"
EVERY = [(design, style) for design in DESIGNS for style in BlockStyle]


def test_a_design_that_can_be_chosen_has_a_record_and_both_templates() -> None:
    assert set(DESIGNS) == {*Design.values, ALERT}
    for design in DESIGNS:
        assert (MAIL_TEMPLATES / "digests" / f"{design}.mjml").exists()
        assert (MAIL_TEMPLATES / "digests" / f"{design}.txt").exists()


@pytest.mark.parametrize(("design", "style"), EVERY)
def test_a_block_of_every_style_is_shown(design: str, style: BlockStyle) -> None:
    block = Block("The day ahead", style, (STORY,))
    content = restored(stored(replace(with_masthead(design=design), blocks=(block,))))
    assert content.blocks == (block,)

    mail = render(content)
    assert STORY.headline in Page(mail.html).words
    assert STORY.url in Page(mail.html).links()
    assert STORY.headline in mail.text
    if design != ALERT:
        pictures = [picture["src"] for picture in Page(mail.html).all("img")]
        assert (PICTURE.url in pictures) is style.has_pictures
        assert "The day ahead" in Page(mail.html).words


@pytest.mark.parametrize("style", BlockStyle)
def test_the_web_shows_it_as_well(style: BlockStyle) -> None:
    content = replace(CONTENT, blocks=(Block("", style, (STORY,)),))
    (block,) = present_blocks(content)
    (story,) = block.stories
    page = Page(render_to_string("web/archived_story.html", {"block": block, "story": story}))
    assert STORY.headline in page.words
    assert bool(page.all("img")) is style.has_pictures


def test_no_part_is_of_a_style_or_design_that_is_gone() -> None:
    """Else a style that is renamed leaves its old part behind."""
    parts = {Path(part_of(design, style)).name for design, style in EVERY if design != ALERT}
    assert parts <= {path.name for path in PARTS.iterdir()}
