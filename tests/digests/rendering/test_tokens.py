from html import escape

import pytest

from digests.rendering.tokens import LONGEST_BYTES, Token, fill, marker, pieces, tokens_in


def test_a_marker_is_filled_with_its_escaped_value() -> None:
    text = f'<a href="{marker(Token.LEAVE_URL)}">x</a>'
    assert fill(text, {Token.LEAVE_URL: "https://e.org/?a=1&b=2"}, escape) == (
        '<a href="https://e.org/?a=1&amp;b=2">x</a>'
    )


def test_a_value_is_never_read_as_a_marker_itself() -> None:
    filled = fill(
        marker(Token.ADDRESS) + marker(Token.WEB_URL),
        {Token.ADDRESS: marker(Token.LEAVE_URL), Token.WEB_URL: "w"},
        str,
    )
    assert filled == marker(Token.LEAVE_URL) + "w"


def test_a_token_without_a_value_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError):
        fill(marker(Token.ADDRESS), {}, str)


def test_pieces_put_together_again_are_the_text() -> None:
    text = f"a{marker(Token.ADDRESS)}{marker(Token.WEB_URL)}b"
    assert pieces(text) == ("a", Token.ADDRESS, Token.WEB_URL, "b")


def test_a_marker_of_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="nobody"):
        tokens_in(marker(Token.ADDRESS).replace("address", "nobody"))


def test_every_token_has_a_longest_value() -> None:
    assert set(LONGEST_BYTES) == set(Token)
