"""What is kept of a request, and what is not believed."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from subscriptions.networks import network_of
from subscriptions.visits import evidence_of


@pytest.mark.parametrize(
    ("peer", "kept"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unix:", None),
    ],
)
def test_the_address_of_the_peer_is_kept(peer: str, kept: str | None) -> None:
    request = RequestFactory().post("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": "1.1.1.1"})
    assert evidence_of(request, "page").ip == kept


@pytest.mark.parametrize(
    ("proxies", "forwarded", "kept"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the visitor wrote 1.1.1.1, our proxy the rest
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),  # came in behind the outer proxy
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "203.0.113.9:5060", "203.0.113.9"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "unknown", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "1.1.1.1," * 500 + " 203.0.113.9", "203.0.113.9"),
        (0, "1.1.1.1", "10.0.0.1"),
    ],
)
def test_behind_proxies_of_ours_the_address_is_the_one_they_wrote(
    settings: Settings, proxies: int, forwarded: str, kept: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded}
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.1", headers=headers)
    assert evidence_of(request, "page").ip == kept


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8::1", "2001:db8::/64"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("fe80::1", None),
        (None, None),
    ],
)
def test_a_network_is_what_one_visitor_can_hold(ip: str | None, network: str | None) -> None:
    assert network_of(ip) == network


@pytest.mark.parametrize(
    ("referer", "kept"),
    [
        ("https://paper.example.org/story?session=secret#top", "https://paper.example.org/story"),
        ("https://user:pass@paper.example.org/story", "https://paper.example.org/story"),
        ("javascript:alert(1)", ""),
        ("https://paper.example.org/\x00", ""),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_the_page_of_the_form_is_kept_without_what_is_private(referer: str, kept: str) -> None:
    request = RequestFactory().post("/", headers={"Referer": referer})
    assert evidence_of(request, "page").source_url == kept
