from dataclasses import replace

import pytest

from digests.choices import BlockStyle, Design
from digests.rendering.compose import render
from digests.rendering.content import Block, Content
from digests.rendering.link_parameters import with_parameters
from digests.rendering.tokens import LONGEST_BYTES, fill
from digests.rendering.weight import AMBER_BYTES, RED_BYTES, Weight, weigh
from subscriptions.rendering.rendered import Rendered
from tests.digests.rendering.building import CONTENT, PICTURE, STORY, with_masthead

HEADLINE = "The council votes on the flood wall tonight, and two members are undecided"
BLURB = (
    "The cost has risen by a fifth since spring and the mayor needs one of them. We asked both "
    "what would change their minds, and what the people of the low streets think about it."
)

BUDGET_BYTES = 90_000


def full_digest(design: str, style: BlockStyle) -> Content:
    """25 stories with everything that a story can have."""
    stories = tuple(
        replace(
            STORY,
            headline=f"{HEADLINE} {number}",
            blurb=BLURB,
            url=f"https://www.example.org/politics/2026/11/23/council-votes-flood-wall-{number}",
            picture=replace(PICTURE, alt="The town hall quarter at night, seen from the quay"),
        )
        for number in range(25)
    )
    blocks = (
        Block("", BlockStyle.LEAD, stories[:1]),
        Block("The day ahead", style, stories[1:]),
    )
    return replace(with_masthead(design=design), blocks=blocks)


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("style", BlockStyle)
def test_25_full_stories_stay_within_the_budget_with_the_parameters_of_its_links(
    design: str, style: BlockStyle
) -> None:
    rendered = render(with_parameters(full_digest(design, style), {"utm_campaign": "x" * 47}))
    assert weigh(rendered).html_bytes < BUDGET_BYTES


def test_the_weight_is_that_of_the_mail_with_the_longest_values() -> None:
    rendered = render(CONTENT)
    longest = {token: "x" * size for token, size in LONGEST_BYTES.items()}
    assert weigh(rendered).html_bytes == len(fill(rendered.html, longest, str).encode())


def test_letters_outside_ascii_weigh_what_they_weigh_on_the_wire() -> None:
    assert weigh(Rendered("", "", "é漢", "")).html_bytes == 5


@pytest.mark.parametrize(
    ("html_bytes", "level"),
    [
        (AMBER_BYTES - 1, "green"),
        (AMBER_BYTES, "amber"),
        (RED_BYTES - 1, "amber"),
        (RED_BYTES, "red"),
    ],
)
def test_the_meter_turns_amber_and_then_red(html_bytes: int, level: str) -> None:
    assert Weight(html_bytes).level == level
