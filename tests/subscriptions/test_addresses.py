"""One form of an address, and a clear word about what is none."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

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
        ("", "Please enter"),
        ("   ", "Please enter"),
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


@given(
    local=st.text("aZ09.+-_'é@ ", min_size=1, max_size=6) | st.sampled_from(["x" * 64, "x" * 65]),
    domain=st.text("aZ09.-_é", min_size=1, max_size=9).map("{}.org".format),
)
def test_the_short_way_of_plain_addresses_ends_where_the_long_one_does(
    local: str, domain: str
) -> None:
    typed = f"{local}@{domain}"
    try:
        found = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        with pytest.raises(BadAddress):
            normalise(typed)
    else:
        assert found.ascii_email is not None
        assert normalise(typed) == found.ascii_email


def test_a_masked_address_keeps_what_its_owner_needs() -> None:
    assert mask("reader@mail.example.org") == "r•••@m•••.org"
