"""Slips of the finger, and mailboxes that are thrown away."""

import pytest

from subscriptions.sign_up.domains import PROVIDERS, is_disposable, suggestion


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("iclould.com", "icloud.com"),
    ],
)
def test_a_slip_is_seen(typed: str, meant: str) -> None:
    assert suggestion(f"Reader@{typed}") == f"Reader@{meant}"


@pytest.mark.parametrize(
    "domain",
    [*PROVIDERS, "hotmail.it", "yahoo.ca", "example.org", "paper.example.org", "gmx.eu", "web.com"],
)
def test_what_is_right_is_left_alone(domain: str) -> None:
    assert suggestion(f"reader@{domain}") == ""


@pytest.mark.parametrize("domain", ["mailinator.com", "a.b.mailinator.com"])
def test_throw_away_mailboxes_are_known_by_any_name_below(domain: str) -> None:
    assert is_disposable(f"reader@{domain}")


@pytest.mark.parametrize(
    "domain", ["gmail.com", "example.org", "mailinator.example.org", "localhost"]
)
def test_others_are_not(domain: str) -> None:
    assert not is_disposable(f"reader@{domain}")
