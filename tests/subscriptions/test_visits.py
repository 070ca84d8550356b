"""What is kept of a request, and what is not believed."""

import pytest
from django.test import RequestFactory

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
