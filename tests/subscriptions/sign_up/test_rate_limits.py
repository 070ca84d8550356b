"""How a limit is written."""

import pytest

from subscriptions.sign_up.rate_limits import BadLimit, parse_limit


def test_a_limit_has_a_number_for_a_proof_and_one_for_the_end() -> None:
    limit = parse_limit("network", "20:400/hour")
    assert (limit.proof_above, limit.item.amount, limit.item.get_expiry()) == (20, 400, 3600)


def test_a_limit_may_ask_for_no_proof() -> None:
    limit = parse_limit("address", "10/day")
    assert (limit.proof_above, limit.item.amount) == (10, 10)


@pytest.mark.parametrize(
    "text", ["", "many", "10", "10/fortnight", "a:10/hour", "20:10/hour", "-1:10/hour"]
)
def test_what_is_no_limit_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadLimit, match=r"limit|refuses"):
        parse_limit("form", text)
