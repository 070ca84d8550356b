import pytest

from subscriptions.rendering.mjml import MJML_ATTRIBUTES, MjmlError, compile_mjml, lint


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
