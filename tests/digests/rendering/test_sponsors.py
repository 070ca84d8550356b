"""Sponsors in a mail: where they stand, always labelled, and harmless."""

from dataclasses import replace

import pytest

from digests.choices import BlockStyle, Design
from digests.rendering.compose import render
from digests.rendering.content import Block, Content, Sponsor, SponsorPlace
from digests.rendering.stored_content import restored, stored
from subscriptions.rendering.cleaning import RefusedLinkError
from tests.digests.rendering.building import CONTENT, PICTURE

SPONSOR = Sponsor(
    booking=7,
    place="after_lead",
    sponsor="Northern Bank",
    label="",
    headline="A loan for your boat",
    text="From two per cent, for harbours of all sizes.",
    url="https://bank.example.org/boats?utm_source=briefing",
    picture=replace(PICTURE, alt="A red boat"),
)
DESIGNS = list(Design)


def sponsored(*sponsors: Sponsor, design: str = "briefing", language: str = "en") -> Content:
    masthead = replace(CONTENT.masthead, design=design, language=language)
    return replace(CONTENT, masthead=masthead, sponsors=sponsors)


@pytest.mark.parametrize("design", DESIGNS)
def test_both_sides_of_a_mail_show_the_sponsor_with_label_link_and_picture(design: str) -> None:
    mail = render(sponsored(SPONSOR, design=design))
    for side in (mail.html, mail.text):
        assert "Sponsored" in side
        assert "Northern Bank" in side
        assert "A loan for your boat" in side
        assert "https://bank.example.org/boats?utm_source=briefing" in side
    assert 'alt="A red boat"' in mail.html
    assert 'class="ad-box tint rule"' in mail.html  # these follow the dark


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    ("place", "before", "after"),
    [
        ("after_lead", "Council votes", "The day ahead"),
        ("between", "The day ahead", "In brief"),
        ("foot", "Until tomorrow.", "You are receiving"),
    ],
)
def test_it_stands_in_its_slot(design: str, place: SponsorPlace, before: str, after: str) -> None:
    mail = render(sponsored(replace(SPONSOR, place=place), design=design))
    for side in (mail.html, mail.text):
        shown = side.casefold()
        at = shown.index("a loan for your boat")
        assert shown.index(before.casefold()) < at < shown.rindex(after.casefold())


def test_a_digest_of_one_block_shows_them_behind_it() -> None:
    content = replace(
        sponsored(SPONSOR, replace(SPONSOR, place="between", headline="Second")),
        blocks=CONTENT.blocks[:1],
    )
    assert "Second" in render(content).html
    assert "Second" not in render(replace(content, blocks=(Block("", BlockStyle.LEAD, ()),))).html


@pytest.mark.parametrize("label", ["", "  ", "\u200d", "\ue000", "–"])
def test_nothing_that_is_written_for_it_takes_the_label_away(label: str) -> None:
    mail = render(sponsored(replace(SPONSOR, label=label)))
    assert "<b>Sponsored</b>" in mail.html
    assert "[Sponsored" in mail.text


def test_a_label_of_its_own_replaces_the_usual_word() -> None:
    mail = render(sponsored(replace(SPONSOR, label="Presented by")))
    assert "<b>Presented by</b>" in mail.html
    assert "Sponsored" not in mail.html


def test_copy_cannot_bring_tags_or_a_readers_tokens() -> None:
    hostile = "<script>alert(1)</script> \ue000address\ue001 {{ leave_url }}"
    mail = render(sponsored(replace(SPONSOR, headline=hostile, text=hostile, sponsor=hostile)))
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "{{ leave_url }}" in mail.text
    assert mail.html.count("\ue000address\ue001") == render(CONTENT).html.count(
        "\ue000address\ue001"
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//bank", "https://"])
def test_a_link_that_is_no_web_address_is_refused_by_the_sponsors_name(url: str) -> None:
    with pytest.raises(RefusedLinkError, match="Northern Bank"):
        render(sponsored(replace(SPONSOR, url=url)))


def test_without_words_it_is_left_out() -> None:
    assert render(sponsored(replace(SPONSOR, headline=" ", text=""))) == render(sponsored())


def test_a_version_keeps_it_and_gives_it_back() -> None:
    content = sponsored(SPONSOR, replace(SPONSOR, place="foot", picture=None))
    assert restored(stored(content)) == content


def test_versions_from_before_sponsors_are_read() -> None:
    kept = stored(CONTENT)
    del kept["sponsors"]
    assert restored(kept) == CONTENT
