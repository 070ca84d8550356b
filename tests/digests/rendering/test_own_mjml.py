import pytest

from digests.rendering.compose import render
from digests.rendering.link_parameters import with_parameters
from digests.rendering.own_mjml import (
    ATTRIBUTES,
    DEEPEST,
    MOST_CHARACTERS,
    lint,
    paragraphs,
    with_links,
)
from digests.rendering.tokens import tokens_in
from subscriptions.rendering.mjml import MjmlError
from tests.digests.rendering.building import CONTENT, Page
from tests.digests.rendering.test_own_look import with_look

OWN = """<mj-section>
  <mj-column>
    <mj-text align="center">
      <p>Read us <b>daily</b> on <a href="https://example.org/app?a=1&amp;b=2">the app</a>.</p>
    </mj-text>
    <mj-divider/>
    <mj-button href="https://example.org/join">Join &amp; stay</mj-button>
    <mj-spacer height="8px"/>
  </mj-column>
</mj-section>"""


def in_text(inner: str) -> str:
    return f"<mj-section>\n<mj-column>\n<mj-text>{inner}</mj-text></mj-column></mj-section>"


def test_it_stands_between_the_stories_and_the_foot_on_both_sides() -> None:
    rendered = render(with_look(mjml=OWN))
    page = Page(rendered.html)
    words = " ".join(page.words.split())
    assert (
        words.index("Until tomorrow.")
        < words.index("Read us daily")
        < words.index("You are receiving")
    )
    assert {"https://example.org/app?a=1&b=2", "https://example.org/join"} <= set(page.links())
    assert "Read us daily on the app (https://example.org/app?a=1&b=2)." in rendered.text
    assert "Join & stay: https://example.org/join" in rendered.text


def test_its_links_carry_the_parameters_of_the_newsletter() -> None:
    rendered = render(with_parameters(with_look(mjml=OWN), {"seen": "1"}))
    assert "https://example.org/join?seen=1" in Page(rendered.html).links()
    assert "Join & stay: https://example.org/join?seen=1" in rendered.text


def test_its_colours_are_the_templates_by_day_and_by_night() -> None:
    html = render(with_look(mjml=OWN, band="#7a0019")).html
    assert "background:#7a0019" in html
    assert ".own div,.own a{color:#eceae5!important}" in html


VALUES = {
    "align": "center", "border-radius": "4px", "border-width": "2px", "font-size": "20px", "font-weight": "700",
    "height": "8px", "href": "https://example.org/", "inner-padding": "4px 8px", "line-height": "30px",
    "padding": "4px 8px", "width": "41%",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "attribute"),
    [(tag, name) for tag, names in ATTRIBUTES.items() if tag.startswith("mj-") for name in names],
)
def test_every_attribute_that_may_be_written_reaches_the_mail(tag: str, attribute: str) -> None:
    link = ' href="https://example.org/"' if tag == "mj-button" and attribute != "href" else ""
    opened = {tag: f'{tag}{link} {attribute}="{VALUES[attribute]}"'}
    inside = tag if tag not in {"mj-section", "mj-column"} else "mj-text"
    words = "x" if inside in {"mj-text", "mj-button"} else ""
    source = f"<{opened.get(inside, inside)}>{words}</{inside}>"
    for around in ("mj-column", "mj-section"):
        source = f"<{opened.get(around, around)}>{source}</{around}>"
    value = VALUES[attribute].removesuffix("%")
    assert value in render(with_look(mjml=source)).html


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<mj-tetx>x</mj-tetx>", "Line 1 of the own MJML: <mj-tetx> is not known"),
        (in_text("<script>x</script>"), "Line 3 .*: <script> is not known"),
        (in_text('<p onclick="x">y</p>'), "Line 3 .*: <p> does not know “onclick”"),
        (in_text('<p style="x">y</p>'), "<p> does not know “style”"),
        ("<mj-section>\n<mj-column>\n<mj-text color='#fff'>x</mj-text></mj-column></mj-section>", "Line 3 .*“color”"),
        ('<mj-section padding="0;x:expression(1)"/>', "cannot take “0;x:expression"),
        ('<mj-section><mj-column width="url(x)"/></mj-section>', "cannot take “url"),
        (in_text('<a href="javascript:alert(1)">x</a>'), "Line 3 .*must begin with https"),
        (in_text("<a>x</a>"), "<a> lacks its href"),
        ("<mj-section><mj-column><mj-button>x</mj-button></mj-column></mj-section>", "<mj-button> lacks its href"),
        ("<mj-section><mj-column><mj-image src='https://e.org/x'/></mj-column></mj-section>", "<mj-image> is not"),
        ("<mj-raw>x</mj-raw>", "<mj-raw> is not known"),
        ("<mj-include path='/etc/passwd'/>", "<mj-include> is not known"),
        ("<mj-column/>", "<mj-column> has no place outside"),
        (in_text("<mj-section/>"), "Line 3 .*<mj-section> has no place in <mj-text>"),
        ("Hello", "Line 1 .*words have no place"),
        (in_text("a & b"), "Line 3 .*not well-formed"),
        (in_text("<b>x"), "Line 3 .*mismatched tag"),
        (in_text("&nbsp;"), "Line 3 .*undefined entity"),
        ("</own><mj-section/><own>", "Line 1"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>", "Line 1"),
        (in_text("x" * MOST_CHARACTERS), "longer than"),
    ],
)  # fmt: skip
def test_what_would_not_reach_readers_is_refused_with_its_line(source: str, message: str) -> None:
    with pytest.raises(MjmlError, match=message):
        lint(source)
    with pytest.raises(MjmlError, match=message):
        render(with_look(mjml=source))


def test_no_marker_can_be_forged_in_it() -> None:
    forged = in_text("<p>\ue000message_key\ue001</p>")
    assert tokens_in(render(with_look(mjml=forged)).html) == tokens_in(render(CONTENT).html)


def test_it_is_written_as_it_was_but_for_its_links() -> None:
    assert with_links(in_text("a <b>b</b> c &lt;"), str) == in_text("a <b>b</b> c &lt;").replace(
        "\n", " "
    )
    assert paragraphs("") == ()
    assert paragraphs(in_text("<ul><li>one</li><li>two</li></ul>")) == ("• one", "• two")


@pytest.mark.parametrize("tag", ["b", "p", "li", "mj-section"])
@pytest.mark.parametrize("depth", [DEEPEST, 300])
def test_tags_within_one_another_without_end_are_named_with_their_line(
    tag: str, depth: int
) -> None:
    nested = f"<{tag}>" * depth + "x" + f"</{tag}>" * depth
    for reader in (lint, paragraphs, lambda s: with_links(s, str)):
        with pytest.raises(MjmlError, match=r"Line \d of the own MJML: .*(too deep|no place)"):
            reader(in_text(nested))
    with pytest.raises(MjmlError):
        render(with_look(mjml=in_text(nested)))


def test_as_deep_as_may_be_is_rendered() -> None:
    depth = DEEPEST - 3
    rendered = render(with_look(mjml=in_text("<b>" * depth + "deep" + "</b>" * depth)))
    assert "deep" in rendered.text
