import re
import time

import pytest

from digests.rendering.rich_text import (
    MOST_CHARACTERS,
    MOST_TYPED,
    clean_rich_text,
    plain_paragraphs,
    shown_rich_text,
    with_links,
)
from digests.rendering.well_formed import DEEPEST, TooMuch


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Good morning.\n\nIt rains & pours.", "<p>Good morning.</p><p>It rains &amp; pours.</p>"),
        ("2 < 3", "<p>2 &lt; 3</p>"),
        ("<p>a<br></p><p><br></p>", "<p>a<br></p>"),
        ("<p> </p>", ""),
        ("", ""),
        ("<div>a</div><h2 style='x'>b</h2>", "<p>a</p><p>b</p>"),
        ("plain <b>bold</b>", "<p>plain <b>bold</b></p>"),
        ("<p>a<script>x()</script><img src=x onerror=y()></p>", "<p>a</p>"),
        ("<p><a href='javascript:x()' onclick='y()'>a</a></p>", "<p><a>a</a></p>"),
        (
            "<p><a href='https://e.org/?a=1&b=2' target=_blank>a</a></p>",
            '<p><a href="https://e.org/?a=1&amp;b=2">a</a></p>',
        ),
        ("<p>forged &#xe000;leave_url&#xe001;</p>", "<p>forged leave_url</p>"),
        ("<p>Good&nbsp;<b>day</b>&nbsp;: now</p>", "<p>Good <b>day</b> : now</p>"),
        ("<p>Oui&nbsp;! Non.</p>", "<p>Oui&nbsp;! Non.</p>"),
        ("<ul><li>a</li><li></li></ul>", "<ul><li>a</li></ul>"),
    ],
)
def test_only_paragraphs_lists_emphasis_and_links_stay(given: str, kept: str) -> None:
    assert clean_rich_text(given) == kept
    assert clean_rich_text(kept) == kept


def test_every_web_link_is_made_by_the_caller() -> None:
    html = '<p><a href="https://e.org/">a</a> <a href="mailto:a@e.org">b</a><br></p>'
    assert with_links(html, lambda url: f"{url}?x=1&y=2") == (
        '<p><a href="https://e.org/?x=1&amp;y=2">a</a> <a href="mailto:a@e.org">b</a><br /></p>'
    )


def test_the_plain_side_writes_out_links_and_numbers() -> None:
    html = (
        '<p>See <a href="https://e.org/">the map</a> or <a href="mailto:a@e.org">a@e.org</a>.</p>'
        "<ol><li>One &amp; two</li><li>Three</li></ol><ul><li>Four</li></ul><p>End</p>"
    )
    assert plain_paragraphs(html) == (
        "See the map (https://e.org/) or a@e.org.",
        "1. One & two",
        "2. Three",
        "• Four",
        "End",
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<div>a<div>b</div>c</div>", "<p>a</p><p>b</p><p>c</p>"),
        ("<b><p>a</p><p>b</p></b>", "<p><b>a</b></p><p><b>b</b></p>"),
        ("<p><b>a<i>b</b>c</i>", "<p><b>a<i>b</i></b><i>c</i></p>"),
        ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
        ("<ul>a<ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<ol><li><p>a</p><p>b</p></li></ol>", "<ol><li><p>a</p><p>b</p></li></ol>"),
        ("<li>a</li>", "<p>a</p>"),
        (
            '<p>a<a href="https://e.org/?a>b">b<a href=https://e.org/>c</a>d',
            '<p>a<a href="https://e.org/?a&gt;b">b</a><a href="https://e.org/">c</a>d</p>',
        ),
        ("<p>a<style>b{}</style><script>x('<p>')</script>c", "<p>ac</p>"),
        ("<p>a<!-- <b> -->c</p><!-- d", "<p>ac</p><p>&lt;!-- d</p>"),
        ("<p>a < b <3 <b class='x'>c</b>", "<p>a &lt; b &lt;3 <b>c</b></p>"),
        ("<p>a</p> <b", "<p>a</p><p>&lt;b</p>"),
        ("</p></ul></b></li>a<br/>", "<p>a<br></p>"),
        ("<ul><li><p><br></p></li></ul>", ""),
    ],
)
def test_broken_markup_is_mended_and_loses_no_word(typed: str, kept: str) -> None:
    assert clean_rich_text(typed) == kept
    assert clean_rich_text(kept) == kept


def nested(*tags: str, depth: int) -> str:
    return "<p>" + "".join(f"<{tag}>" for tag in tags) * depth + "x"


# 190 KB each: what costs quadratic time somewhere, or nests without end.
HOSTILE = [
    *(nested(tag, depth=60_000) for tag in ("b", "ul", "li", "p", "div", "svg", "table")),
    nested("ul", "li", depth=20_000),
    nested("b", "i", "em", "strong", depth=10_000),
    "<p>" + "<b>" * 2_500 + "x" + "</b>" * 2_500 + "</p>",
    "".join(f"<p><b class={number}>x</p>" for number in range(9_000)),
    "".join(f"<a href=//e.org/{number}>x" for number in range(9_000)),
    "<p>" + "<b><i></b>x" * 17_000,
    "<p>" + "<a " * 60_000,
    "<p>" + "<a b='" * 30_000,
    "<p>" + "<a b=\"c>'" * 20_000,
    "<p>" + "<!--" * 47_000,
    "<p>" + "<![CDATA[" * 20_000,
    "<p>" + "<script>" * 20_000,
    "<p>" + "<" * 190_000,
    "<p>" + "&" * 190_000,
    "<p>" + "&#" * 90_000,
    "<p>&#" + "1" * 100_000 + ";",
    "<p>" + "&nbsp;" * 30_000,
    "<p>" + "<br>" * 47_000,
    f"<a href='https://e.org/{'x' * 5_000}'>" + "<p>x" * 40_000,
    "<p " + "a " * 90_000 + ">x",
    "{{" * 90_000,
    "x" * 3_000_000,
    "<p>" * 1_000_000,
]


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda typed: f"{typed[:12]} {len(typed)}")
def test_no_markup_costs_more_than_its_length_or_nests_without_end(typed: str) -> None:
    start = time.thread_time()
    try:
        kept = clean_rich_text(typed)
    except TooMuch:
        kept = ""
    shown = shown_rich_text(typed)
    assert time.thread_time() - start < 3  # some took minutes; these take a tenth of a second
    for html in (kept, shown):
        assert len(html) <= 6 * MOST_CHARACTERS
        assert depth_of(html) <= DEEPEST


def depth_of(html: str) -> int:
    deepest = depth = 0
    for end, tag in re.findall(r"<(/?)(\w+)", html):
        if tag != "br":
            depth += -1 if end else 1
            deepest = max(deepest, depth)
    return deepest


def test_a_limit_is_a_refusal_and_not_a_cut() -> None:
    most = "x" * MOST_CHARACTERS
    assert clean_rich_text(most[7:]) == f"<p>{most[7:]}</p>"
    for typed in (most, f"<p>{most}", "x" * (MOST_TYPED + 1), nested("ul", "li", depth=11)):
        with pytest.raises(TooMuch, match=r"room for|within one another"):
            clean_rich_text(typed)
    lists = "<ul><li>" * 10 + "x" + "</li></ul>" * 10
    assert clean_rich_text(lists) == lists


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda typed: f"{typed[:12]} {len(typed)}")
def test_what_is_shown_may_be_cleaned_again(typed: str) -> None:
    shown = shown_rich_text(typed)
    assert clean_rich_text(shown) == shown or not plain_paragraphs(shown)


def test_what_was_kept_before_there_was_a_limit_is_shown_as_its_words() -> None:
    assert shown_rich_text(nested("b", depth=99) + " &amp; y") == "<p>x &amp; y</p>"
    assert shown_rich_text("<p><b>a</b></p>") == "<p><b>a</b></p>"
    assert (
        shown_rich_text(nested("b", depth=99) + "&#xe000;<script>&lt;img>")
        == "<p>x &lt;img&gt;</p>"
    )
