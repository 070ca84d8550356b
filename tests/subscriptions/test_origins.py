"""Which sites a form may stand on, written as browsers write them."""

import pytest
from django.core.exceptions import ValidationError

from subscriptions.origins import normalise_origin, origin_of, validate_origin


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        (" HTTPS://WWW.Example.org/ ", "https://www.example.org"),
        ("https://www.example.org:443", "https://www.example.org"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(written: str, origin: str) -> None:
    assert normalise_origin(written) == origin
    validate_origin(origin)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "null",
        "www.example.org",
        "https://",
        "https://*.example.org",
        "https://example.org/news",
        "https://example.org?x=1",
        "https://user@example.org",
        "https://example.org:99999",
        "https://exa mple.org",
        "https://example.org;script-src *",
        "javascript://example.org",
        "https://[::1",
        "https://\u2028example.org",
    ],
)
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its words are for no one; validate_origin's are
        normalise_origin(written)
    with pytest.raises(ValidationError, match="no origin"):
        validate_origin(written)


def test_the_origin_of_an_address_leaves_out_all_that_follows() -> None:
    assert origin_of("https://WWW.example.org/a/b?c#d") == "https://www.example.org"
    assert origin_of("https://user:secret@example.org/") == "https://example.org"
    for none in ("", "/a", "mailto:a@example.org", "data:text/html,x", "https://[x"):
        assert origin_of(none) is None
