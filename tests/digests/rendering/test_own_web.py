"""A newsletter's own MJML on a page of the site."""

import pytest

from digests.rendering.own_mjml import ATTRIBUTES
from digests.rendering.own_web import on_the_web
from subscriptions.rendering.mjml import MjmlError


def own(inner: str, column: str = "") -> str:
    return f"<mj-section><mj-column{column}>{inner}</mj-column></mj-section>"


def test_words_links_and_buttons_are_the_same_as_in_the_mail() -> None:
    shown = on_the_web(
        own(
            "<mj-text><p>Read <b>us</b>,<br/>daily, on "
            '<a href="https://example.org/?a=1&amp;b=2">the app</a>.</p><ul><li>One</li></ul></mj-text>'
            '<mj-divider/><mj-button href="https://example.org/join">Join &amp; stay</mj-button>'
            "<mj-spacer/>"
        )
    )
    assert shown.rules == ""
    assert shown.html == (
        '<div class="row"><div class="column"><div class="text"><p>Read <b>us</b>,<br>daily, on '
        '<a href="https://example.org/?a=1&amp;b=2">the app</a>.</p><ul><li>One</li></ul></div>'
        '<hr class="rule"><p class="press">'
        '<a class="button" href="https://example.org/join">Join &amp; stay</a></p>'
        '<div class="space"></div></div></div>'
    )


def test_what_is_said_of_looks_becomes_rules_of_the_page_and_no_style_in_a_tag() -> None:
    shown = on_the_web(
        own(
            '<mj-text align="center" font-size="20px" padding="4px 24px 8px">Hello</mj-text>'
            '<mj-divider border-width="3px" padding="6px"/>'
            '<mj-button href="https://example.org/" align="right" inner-padding="9px" border-radius="4px">'
            "Go</mj-button>",
            column=' width="40%"',
        )
    )
    assert "style" not in shown.html
    assert shown.rules == (
        ".own .o1{flex-basis:calc(40% - 1.5rem)}"
        ".own .o2{text-align:center;font-size:20px;padding-block:4px 8px}"
        ".own .o3{border-top-width:3px;margin-block:6px 6px}"
        ".own .o4{text-align:right}.own .o4 a{padding:9px;border-radius:4px}"
    )


def test_words_stay_words_and_links_lead_to_the_web() -> None:
    words = on_the_web(own('<mj-text>&lt;script&gt;alert(1)&lt;/script&gt; &amp; "more"</mj-text>'))
    assert "<script" not in words.html
    assert "&lt;script&gt;" in words.html
    link = on_the_web(own("<mj-text><a href='https://example.org/\"&gt;x'>y</a></mj-text>"))
    assert link.html.count('"') == on_the_web(
        own("<mj-text><a href='https://example.org/'>y</a></mj-text>")
    ).html.count('"')
    with pytest.raises(MjmlError):
        on_the_web(own('<mj-text><a href="javascript:alert(1)">x</a></mj-text>'))


@pytest.mark.parametrize("tag", sorted(name for name in ATTRIBUTES if name.startswith("mj-")))
def test_every_tag_of_mjml_is_written_as_html(tag: str) -> None:
    inner = {
        "mj-section": "",
        "mj-column": "<mj-column/>",
        "mj-button": '<mj-column><mj-button href="https://example.org/">x</mj-button></mj-column>',
    }.get(tag, f"<mj-column><{tag}/></mj-column>")
    shown = on_the_web(f"<mj-section>{inner}</mj-section>").html
    assert shown.startswith('<div class="row">')
    assert "mj-" not in shown


def test_there_may_be_none() -> None:
    assert on_the_web(" \n") == on_the_web("")
    assert on_the_web("").html == ""
