"""What is read of the parts of a mail that came back."""

import pytest

from digests.tracking.mail_parts import named_addresses


@pytest.mark.parametrize("odd", ["", "<>", "undisclosed-recipients:;", ", ,", "a@b, <"])
def test_an_odd_value_hides_no_address_beside_it(odd: str) -> None:
    box = "MAILER-DAEMON@mx.example.net"
    found = named_addresses([odd, f"Mail Delivery System <{box}>", odd])

    assert ("Mail Delivery System", box) in found
    assert all(any(pair) for pair in found)
