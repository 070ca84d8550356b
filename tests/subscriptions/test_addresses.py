"""One form of an address, and a clear word about what is none."""

import pytest

from subscriptions.addresses import BadAddress, mask, normalise


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("reader@example.org", "reader@example.org"),
        ("  Reader@EXAMPLE.org\r\n", "Reader@example.org"),
        ("reader@bücher.example", "reader@xn--bcher-kva.example"),
        ("o'hara+news@example.org", "o'hara+news@example.org"),
    ],
)
def test_an_address_has_one_form(typed: str, stored: str) -> None:
    assert normalise(typed) == stored


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "Please write"),
        ("   ", "Please write"),
        ("reader.example.org", "has an @"),
        ("reader@", "complete"),
        ("reader@localhost", "complete"),
        ("réader@example.org", "letters such as é"),
        ("reader@example.org\r\nBcc: all@example.org", "complete"),
        ("reader\x00@example.org", "complete"),
        ("reader@exam\tple.org", "complete"),
        ("Reader <reader@example.org>", "complete"),
        ("one@example.org, two@example.org", "complete"),
        ('"a b"@example.org', "complete"),
        ("reader@[127.0.0.1]", "complete"),
        ("a@" + "b." * 130 + "org", "too long"),
        ("x" * 1_000_000, "too long"),
    ],
)
def test_what_is_no_address_is_refused_in_words_for_its_reader(typed: str, word: str) -> None:
    with pytest.raises(BadAddress, match=word):
        normalise(typed)


def test_a_masked_address_keeps_what_its_owner_needs() -> None:
    assert mask("reader@mail.example.org") == "r•••@m•••.org"
