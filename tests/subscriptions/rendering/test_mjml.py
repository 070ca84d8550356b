import subprocess
import sys
import time

import pytest

from subscriptions.rendering.mjml import (
    DEEPEST,
    MJML_ATTRIBUTES,
    MOST_CHARACTERS,
    MjmlError,
    compile_mjml,
    lint,
)


def document(body: str, head: str = "") -> str:
    return (
        f'<mjml lang="en"><mj-head>{head}</mj-head>\n'
        f"<mj-body><mj-section><mj-column>\n{body}\n</mj-column></mj-section></mj-body></mjml>"
    )


def test_a_sound_document_becomes_a_page() -> None:
    html = compile_mjml(document("<mj-raw><tr><td>Hello</td></tr></mj-raw>"))
    assert html.startswith("<!doctype html>")
    assert "Hello" in html


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<mj-tetx>x</mj-tetx>", "Line 3 of the mail template: <mj-tetx> is not known"),
        ('<mj-button colour="#fff">x</mj-button>', "Line 3 .* <mj-button> does not know “colour”"),
        ("<mj-raw><script>x</script></mj-raw>", "<script> is not known"),
        ('<mj-raw><a href="/" onclick="x">y</a></mj-raw>', "<a> does not know “onclick”"),
        ("<mj-social/>", "<mj-social> is not known"),
        ("<mj-include path='x'/>", "<mj-include> is not known"),
        ("<mj-raw>\n<tr><td>x</tr></mj-raw>", "Line 4 .* mismatched tag"),
        ("<mj-raw>a & b</mj-raw>", "Line 3"),
        ("<mj-raw>&nbsp;</mj-raw>", "undefined entity"),
    ],
)
def test_what_the_compiler_would_drop_or_stumble_over_is_named_with_its_line(
    body: str, message: str
) -> None:
    with pytest.raises(MjmlError, match=message):
        compile_mjml(document(body))


@pytest.mark.parametrize("source", ["", "nonsense", "<!DOCTYPE x [<!ENTITY a 'b'>]><mjml/>"])
def test_what_is_no_document_is_refused(source: str) -> None:
    with pytest.raises(MjmlError, match="Line 1"):
        lint(source)


def test_a_document_of_html_alone_is_refused() -> None:
    with pytest.raises(MjmlError, match="cannot be compiled"):
        compile_mjml("<p>x</p>")


PROBES = {
    "lang": "yi", "dir": "rtl", "inline": "inline", "width": "417px", "padding": "3px 7px",
    "background-color": "#a1b2c3", "css-class": "probe", "direction": "rtl", "color": "#a1b2c3",
    "href": "https://probe.example.org", "align": "right", "font-family": "Probe",
    "font-size": "41px", "font-weight": "350", "border-radius": "19px", "inner-padding": "3px 7px",
    "line-height": "43px", "border-color": "#a1b2c3", "border-width": "11px", "height": "23px",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "attribute"),
    [(tag, name) for tag, names in MJML_ATTRIBUTES.items() for name in names.split()],
)
def test_every_allowed_attribute_reaches_the_page(tag: str, attribute: str) -> None:
    def page(extra: str) -> str:
        def opened(name: str) -> str:
            return f"{name} {extra}" if name == tag else name

        return compile_mjml(
            f"<{opened('mjml')}><mj-head><{opened('mj-style')}>.mark{{top:9px}}</mj-style></mj-head>"
            f"<{opened('mj-body')}><{opened('mj-section')}><{opened('mj-column')}>"
            f"<{opened('mj-button')}>x</mj-button><{opened('mj-text')}>x</mj-text>"
            f"<{opened('mj-divider')} /><{opened('mj-spacer')} />"
            '<mj-raw><tr><td class="mark">y</td></tr></mj-raw>'
            "</mj-column></mj-section></mj-body></mjml>"
        )

    with_it, without = page(f'{attribute}="{PROBES[attribute]}"'), page("")
    assert with_it != without


def test_no_font_is_fetched_from_anybody() -> None:
    html = compile_mjml(document('<mj-button href="https://e.org">x</mj-button>'))
    assert "fonts.googleapis.com" not in html
    assert "<link" not in html


@pytest.mark.parametrize(
    "words",
    [
        "zero\u200dwidth",
        "عاجلٌ \u200f",
        "क्षेत्र",
        "back\\slash",
        "\ue000x\ue001",
        "&quot;q&quot; &lt;b&gt;",
    ],
)
def test_attributes_and_title_come_out_as_they_went_in(words: str) -> None:
    style = '<mj-style inline="inline">.mark{top:9px}</mj-style>'
    image = f'<mj-raw><tr><td class="mark"><img src="a" alt="{words}"/></td></tr></mj-raw>'
    html = compile_mjml(document(image, f"<mj-title>{words}</mj-title>{style}"))
    assert f'alt="{words}"' in html
    assert f'aria-label="{words}"' in html
    assert f"<title>{words}</title>" in html


def test_the_same_source_gives_the_same_bytes() -> None:
    source = document('<mj-raw><tr><td><img src="a" alt="é"/></td></tr></mj-raw>')
    assert compile_mjml(source) == compile_mjml(source)


# Granian's threads have 2 MB, others 8; a stack that runs over ends the process, hence one of its own.
ON_A_QUARTER = """
import sys, threading
from subscriptions.rendering.mjml import compile_mjml
threading.stack_size(512 * 1024)
sources = sys.stdin.read().split("\\0")
thread = threading.Thread(target=lambda: print(*(len(compile_mjml(source)) for source in sources)))
thread.start(); thread.join()
"""


def deep(outer: str, inner: str, *, styled: bool = False) -> str:
    """A sound document of exactly as many tags within one another as may be."""
    room = DEEPEST - 2 - outer.count("<")
    head = '<mj-style inline="inline">b{color:red}</mj-style>' if styled else ""
    starts = outer + f"<{inner}>" * room
    ends = "".join(f"</{tag}" for tag in reversed(starts.split("<")[1:]))
    return f"<mjml><mj-head>{head}</mj-head><mj-body>{starts}x{ends}</mj-body></mjml>"


def test_the_deepest_that_may_be_fits_a_quarter_of_the_smallest_stack() -> None:
    sources = [
        deep("<mj-section><mj-column><mj-text>", "b"),
        deep("<mj-section><mj-column><mj-text>", "b", styled=True),
        deep("<mj-raw>", "div", styled=True),
        deep("", "mj-section", styled=True),
    ]
    told = subprocess.run(
        [sys.executable, "-c", ON_A_QUARTER],
        input="\0".join(sources),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (told.returncode, len(told.stdout.split())) == (0, 4), told.stderr


@pytest.mark.parametrize("depth", [DEEPEST, 10_000])
@pytest.mark.parametrize("tag", ["b", "mj-section", "mj-raw", "table"])
def test_more_tags_within_one_another_never_reach_the_compiler(tag: str, depth: int) -> None:
    with pytest.raises(MjmlError, match=f"more than {DEEPEST} tags"):
        compile_mjml(document(f"<{tag}>" * depth + "x" + f"</{tag}>" * depth))


def test_a_mail_beyond_every_measure_is_refused_and_a_long_one_takes_no_minute() -> None:
    row = '<tr><td class="x"><a href="https://e.org/{}?a=1&amp;b=2">words</a></td></tr>'

    def of(rows: int) -> str:
        return document(f"<mj-raw>{''.join(map(row.format, range(rows)))}</mj-raw>")

    with pytest.raises(MjmlError, match=f"longer than {MOST_CHARACTERS}"):
        compile_mjml(of(40_000))
    start = time.thread_time()
    html = compile_mjml(of(5_000))
    assert time.thread_time() - start < 3  # in quadratic time it took four to ten
    assert "https://e.org/4999?a=1&amp;b=2" in html
