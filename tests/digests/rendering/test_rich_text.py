import pytest

from digests.rendering.rich_text import clean_rich_text, plain_paragraphs, with_links


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
