"""Pieces that can be joined around any value, and read as if they had been encoded as one."""

import quopri

from hypothesis import given
from hypothesis import strategies as st

from digests.messages.quoted_printable import SOFT_BREAK, encode, encode_value

TEXT = st.text(
    st.one_of(st.characters(blacklist_categories=["Cs"]), st.sampled_from(". \t=\n\rF")),
    max_size=300,
)
VALUES = st.text(
    st.one_of(st.characters(blacklist_categories=["Cs", "Cc"]), st.sampled_from(".=/")),
    max_size=300,
)


def read(raw: bytes) -> str:
    return quopri.decodestring(raw).decode().replace("\r\n", "\n")


def in_lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def assert_fit(raw: bytes) -> None:
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert b"\r" not in line
        assert b"\n" not in line


@given(TEXT)
def test_any_text_comes_back(text: str) -> None:
    raw = encode(text)
    assert_fit(raw)
    assert read(raw) == in_lf(text)


@given(TEXT.filter(bool), VALUES, TEXT.filter(bool), VALUES)
def test_any_value_between_any_pieces_comes_back(
    before: str, value: str, after: str, other: str
) -> None:
    raw = b"".join(
        [
            encode(before, before_value=True),
            encode_value(value),
            encode(after, after_value=True, before_value=True),
            encode_value(other),
            SOFT_BREAK,
            encode_value(value),
        ]
    )
    assert_fit(raw)
    assert read(raw) == in_lf(before) + value + in_lf(after) + other + value


def test_a_dot_never_begins_a_line_even_where_a_long_value_is_broken() -> None:
    raw = encode_value("x" * 75 + ".y" + "z" * 73 + ".")
    assert_fit(raw)
    assert read(raw) == "x" * 75 + ".y" + "z" * 73 + "."
