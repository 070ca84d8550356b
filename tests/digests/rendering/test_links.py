import pytest

from digests.rendering.links import add_parameters

CAMPAIGN = {"utm_source": "briefing", "utm_medium": "email"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.org/a", "https://e.org/a?utm_source=briefing&utm_medium=email"),
        ("https://e.org/a?b=1", "https://e.org/a?b=1&utm_source=briefing&utm_medium=email"),
        ("https://e.org/a#part", "https://e.org/a?utm_source=briefing&utm_medium=email#part"),
        (
            "https://e.org/a?utm_source=feed#part",
            "https://e.org/a?utm_source=feed&utm_medium=email#part",
        ),
        (
            "https://e.org/a?utm_source=&z=1",
            "https://e.org/a?utm_source=&z=1&utm_medium=email",
        ),
        (
            "https://e.org/a?z=%C3%BC&preview&a=1;2",
            "https://e.org/a?z=%C3%BC&preview&a=1;2&utm_source=briefing&utm_medium=email",
        ),
        ("https://e.org?b=1&", "https://e.org?b=1&utm_source=briefing&utm_medium=email"),
    ],
)
def test_parameters_are_added_behind_what_the_link_has(url: str, expected: str) -> None:
    assert add_parameters(url, CAMPAIGN) == expected


def test_a_link_that_has_all_parameters_stays_byte_for_byte() -> None:
    url = "HTTPS://e.org/a?utm_medium=x&utm_source=y&&#"
    assert add_parameters(url, CAMPAIGN) == url


def test_names_and_values_are_encoded() -> None:
    assert add_parameters("https://e.org/", {"a b": "c&d=é"}) == (
        "https://e.org/?a%20b=c%26d%3D%C3%A9"
    )


def test_what_is_no_address_is_left_for_rendering_to_refuse() -> None:
    assert add_parameters("http://[::1", CAMPAIGN) == "http://[::1"
