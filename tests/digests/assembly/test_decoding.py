from contextlib import suppress
from time import process_time

import pytest

from digests.assembly.decoding import decoded, prepared
from digests.outside.failures import FeedError


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE rss>",
        '<!doctype rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://example.org/rss.dtd">',
        '<!DOCTYPE rss [<!ENTITY a "]><rss>"><!-- it\'s "odd" ]> --><!ELEMENT rss ANY>] >',
    ],
)
def test_a_doctype_never_reaches_the_parser(doctype: str) -> None:
    assert prepared(f"<?xml version='1.0'?>\n{doctype}<rss>x</rss>") == "<rss>x</rss>"


def test_a_doctype_without_an_end_is_refused() -> None:
    with pytest.raises(FeedError, match="DOCTYPE"):
        prepared("<!DOCTYPE rss [<!ENTITY a 'b'><rss/>")


def test_ampersands_are_mended_outside_cdata_only() -> None:
    text = "<a>AT&T &lt; &eacute; &nope; &#65; &#0;<![CDATA[?a=1&b=2 &eacute;]]> &c</a>"
    mended = "<a>AT&amp;T &lt; é &amp;nope; &#65; <![CDATA[?a=1&b=2 &eacute;]]> &amp;c</a>"
    assert prepared(text) == mended


@pytest.mark.parametrize("codec", ["punycode", "idna", "rot13", "unicode_escape", "utf-7", "zlib"])
def test_a_codec_is_never_chosen_by_a_dangerous_name(codec: str) -> None:
    body = f'<?xml version="1.0" encoding="{codec}"?><rss>+AGE- \\u0041 \xe9'.encode("latin-1")
    assert decoded(body, f"text/xml; charset={codec}").endswith("+AGE- \\u0041 é")


@pytest.mark.parametrize(
    "piece",
    ["<", "<!DOCTYPE ", "<!DOCTYPE a[<!--", "<![CDATA[", "<?xml ", "&#", '"', "]]>", "<!--"],
)
def test_preparing_takes_time_in_step_with_length(piece: str) -> None:
    began = process_time()
    with suppress(FeedError):
        prepared(piece * (1_000_000 // len(piece)))
    assert process_time() - began < 5  # quadratic time would be minutes
