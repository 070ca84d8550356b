import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.outside.canonical import LONGEST_URL, absolute_url, canonical_url
from digests.outside.failures import BadUrl


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("HTTPS://News.Example.ORG/Story", "https://news.example.org/Story"),
        ("http://example.org:80", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/../../a/..", "https://example.org/"),
        ("https://example.org/%2e%2E/a", "https://example.org/a"),
        ("https://example.org//a//b", "https://example.org//a//b"),
        ("https://bücher.example/größe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe"),
        ("https://example.org/%7euser/%e2%82%ac", "https://example.org/~user/%E2%82%AC"),
        ("https://example.org/a%2Fb%3fc", "https://example.org/a%2Fb%3Fc"),
        ("https://example.org/100% sure", "https://example.org/100%25%20sure"),
        ("https://example.org/a?q=[x]|y", "https://example.org/a?q=%5Bx%5D%7Cy"),
        ("  https://example.org/a\n ", "https://example.org/a"),
        ("https://example.org/a\n\tb", "https://example.org/ab"),
        ("http://[2606:4700::0:1111]/", "http://[2606:4700::1111]/"),
        ("https://example.org/\"><script>", "https://example.org/%22%3E%3Cscript%3E"),
    ],
)  # fmt: skip
def test_an_address_has_one_spelling(written: str, stored: str) -> None:
    assert canonical_url(written) == stored
    assert canonical_url(stored) == stored


@pytest.mark.parametrize(
    "tracking",
    [
        "utm_source=x", "UTM_Medium=mail", "fbclid=1", "gclid=1", "mc_cid=1", "mc_eid=2", "cmp=x",
        "CMP=share", "at_medium=RSS", "at_campaign=KARANGA", "ns_mchannel=rss", "ocid=x", "xtor=1",
    ],
)  # fmt: skip
def test_tracking_parameters_are_dropped(tracking: str) -> None:
    assert canonical_url(f"https://example.org/a?{tracking}") == "https://example.org/a"


def test_other_parameters_stay_in_their_order() -> None:
    url = "https://example.org/a?id=7&utm_source=x&b=&page=2&id=8&company=y"
    assert canonical_url(url) == "https://example.org/a?id=7&b=&page=2&id=8&company=y"


def test_a_pictures_address_keeps_every_parameter() -> None:
    url = "https://example.org/p.jpg?utm_source=x&s=signature"
    assert absolute_url(url) == url


def test_a_relative_address_is_resolved() -> None:
    assert canonical_url("../b?x=1", "https://example.org/a/c/") == "https://example.org/a/b?x=1"
    assert canonical_url("//cdn.example.org/x", "https://e.org/") == "https://cdn.example.org/x"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "empty"),
        ("/story", "http"),
        ("javascript:alert(1)", "http"),
        ("data:text/html,x", "http"),
        ("file:///etc/passwd", "http"),
        ("mailto:ada@example.org", "http"),
        ("https://ada:secret@example.org/", "user name"),
        ("https://example.org@evil.example/", "user name"),
        ("https://", "no server"),
        ("https:///path", "no server"),
        ("https://example.org:0/", "port"),
        ("https://example.org:99999/", "port"),
        ("https://example.org:x/", "port"),
        ("https://exa mple.org/", "name of a server"),
        ("https://evil.example\\.example.org/", "name of a server"),
        ("https://a..b/", "name of a server"),
        ("https://" + "a" * 64 + ".org/", "name of a server"),
        ("https://" + "a." * 200 + "org/", "no server"),
        ("https://☃.☃..example/", "name of a server"),
        ("http://2130706433/", "IPv4"),
        ("http://0x7f000001/", "IPv4"),
        ("http://0x7f.1/", "IPv4"),
        ("http://0177.0.0.1/", "IPv4"),
        ("http://127.1/", "IPv4"),
        ("http://1.2.3.4.5/", "IPv4"),
        ("http://[::1", "not an address"),
        ("http://[fe80::1%25eth0]/", "network card|malformed"),
        ("https://example.org/\x00", "characters"),
        ("https://example.org/\ue000", "characters"),
        ("https://example.org/\ud800", "characters"),
        ("https://example.org/" + "a" * LONGEST_URL, "longer"),
        ("https://example.org/" + "é" * 400, "longer"),
        ("https://example.org/" + "a" * 1_000_000, "longer"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(BadUrl, match=words):
        canonical_url(url)


@given(st.text(max_size=60), st.sampled_from(["https://example.org/", "http://", "https://é", ""]))
def test_any_text_gives_a_stable_address_or_bad_url(text: str, start: str) -> None:
    try:
        url = canonical_url(start + text)
    except BadUrl:
        return
    assert url.isascii()
    assert canonical_url(url) == url
