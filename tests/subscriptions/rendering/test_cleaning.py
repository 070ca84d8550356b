import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.rendering.cleaning import (
    RefusedLinkError,
    clean,
    clean_lines,
    clean_link,
    clean_optional_link,
)


@given(st.text())
def test_clean_text_is_one_line_that_can_be_sent(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert len(cleaned.splitlines()) <= 1
    assert not any(0xE000 <= ord(character) <= 0xF8FF for character in cleaned)
    assert clean(cleaned) == cleaned


def test_text_that_turns_the_line_around_is_put_straight() -> None:
    assert clean("paid \u202egpj.exe\u202c now") == "paid gpj.exe now"


def test_emoji_and_direction_marks_stay() -> None:
    text = "\U0001f469\u200d\U0001f33e \u200fعاجل"
    assert clean(text) == text


def test_an_address_of_lines_is_put_on_one() -> None:
    assert clean_lines("12 Quay Street,\r\n\r\n Port Ellery\n") == "12 Quay Street, Port Ellery"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (" https://e.org/a b\n", "https://e.org/a%20b"),
        ("https://e.org/\"><b'", "https://e.org/%22%3E%3Cb'"),
        ("https://e.org/münchen?x=%20&y=[1]", "https://e.org/münchen?x=%20&y=[1]"),
        ("HTTP://e.org", "HTTP://e.org"),
    ],
)
def test_a_link_keeps_its_meaning_and_cannot_end_its_attribute(url: str, expected: str) -> None:
    assert clean_link(url, owner="the story") == expected


@pytest.mark.parametrize("url", ["ftp://e.org", "mailto:a@example.org", "https://a b/", "x"])
def test_other_links_are_refused_with_their_owners_name(url: str) -> None:
    with pytest.raises(RefusedLinkError, match="the story"):
        clean_link(url, owner="the story")


def test_only_an_empty_link_is_optional() -> None:
    assert clean_optional_link(" ", owner="the logo") == ""
    with pytest.raises(RefusedLinkError):
        clean_optional_link("x", owner="the logo")
