import json
from typing import Any

import pytest

from subscriptions.rendering.cleaning import RefusedLinkError
from subscriptions.rendering.letters import BadLetterError, render_letter

LETTERHEAD = {
    "publisher": "The Harbour Courier",
    "colour": "#0b5c8a",
    "postal_address": "12 Quay Street\nPort Ellery",
    "privacy_url": "https://www.example.org/privacy",
    "language": "en-gb",
    "direction": "ltr",
}
NOT_ME = "https://news.example.org/not-me/abc/"
LINK = "https://news.example.org/confirm/abc/?a=1&b=2"


def confirmation(**changes: Any) -> dict[str, Any]:
    context = {
        "letterhead": LETTERHEAD,
        "newsletters": ["Morning Briefing", "Good News & More"],
        "confirm_url": LINK,
        "not_me_url": NOT_ME,
    }
    stored: dict[str, Any] = json.loads(json.dumps(context | changes))
    return stored


def alert(**changes: Any) -> dict[str, Any]:
    return {
        "letterhead": LETTERHEAD,
        "title": "The digest is held",
        "lines": ["Two stories <b>only</b>.", "Nothing was sent."],
        "url": "https://news.example.org/admin/",
        "link_text": "Open the digest",
    } | changes


def test_a_confirmation_names_every_newsletter_and_the_link_in_both_halves() -> None:
    letter = render_letter("confirmation", confirmation())
    assert "- Good News & More" in letter.text
    assert "Good News &amp; More" in letter.html
    assert LINK in letter.text.split()
    assert f'href="{LINK.replace("&", "&amp;")}"' in letter.html
    for words in (
        "The link works for three days.",
        "If you did not ask for this",
        "https://news.example.org/not-me/abc/",
        "12 Quay Street, Port Ellery",
    ):
        assert words in letter.text
        assert words in letter.html


def test_the_subject_names_one_newsletter_and_counts_several() -> None:
    one = render_letter("confirmation", confirmation(newsletters=["Morning Briefing"]))
    assert one.subject == "Confirm your sign-up: Morning Briefing"
    assert render_letter("confirmation", confirmation()).subject == (
        "Confirm your sign-up to 2 newsletters"
    )


def test_an_alert_says_what_happened_and_where_to_look() -> None:
    letter = render_letter("alert", alert())
    assert letter.subject == "The digest is held"
    assert "Two stories <b>only</b>." in letter.text
    assert "Two stories &lt;b&gt;only&lt;/b&gt;." in letter.html
    assert "https://news.example.org/admin/" in letter.text.split()
    assert "https://news.example.org/admin/" in letter.html


def test_an_alert_needs_neither_a_link_nor_a_finished_letterhead() -> None:
    bare = LETTERHEAD | {"privacy_url": "", "postal_address": ""}
    letter = render_letter("alert", alert(letterhead=bare, url="", link_text=""))
    assert "<a " not in letter.html
    assert "://" not in letter.text


@pytest.mark.parametrize("link", ["ftp://example.org/x", "javascript:alert(1)", "http://[", "//x"])
def test_a_privacy_page_that_is_no_link_stops_no_letter(link: str) -> None:
    letter = render_letter(
        "confirmation", confirmation(letterhead=LETTERHEAD | {"privacy_url": link})
    )
    assert "Confirm your sign-up" in letter.subject
    assert link not in letter.html


def test_a_letter_from_right_to_left_is_mirrored() -> None:
    head = LETTERHEAD | {"language": "ar", "direction": "rtl"}
    html = render_letter("confirmation", confirmation(letterhead=head)).html
    assert '<html lang="ar" dir="rtl"' in html
    # Or the number of the house would stand at its end.
    assert '<span dir="auto">12 Quay Street' in html
    assert "text-align: right" in html


@pytest.mark.parametrize(
    ("kind", "context", "message"),
    [
        ("birthday", confirmation(), "no letter of the kind 'birthday'"),
        ("confirmation", confirmation(name="Eve"), "name"),
        ("confirmation", confirmation(newsletters=[]), "at least one newsletter"),
        ("confirmation", confirmation(newsletters="Morning"), "in a list"),
        ("confirmation", confirmation(confirm_url=""), "needs links"),
        ("confirmation", confirmation(letterhead={"publisher": "x"}), "not complete"),
        ("alert", {"letterhead": LETTERHEAD}, "title"),
        ("alert", {"title": "x", "lines": []}, "needs a letterhead"),
    ],
)
def test_a_letter_that_cannot_be_written_says_why(
    kind: Any, context: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadLetterError, match=message):
        render_letter(kind, context)


def test_a_button_leads_to_the_web_only() -> None:
    with pytest.raises(RefusedLinkError, match="Open the digest"):
        render_letter("alert", alert(url="javascript:alert(1)"))
