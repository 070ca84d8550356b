import re
from dataclasses import replace
from html import escape

import pytest

from digests.choices import BlockStyle, Design
from digests.rendering.compose import render
from digests.rendering.content import Block, Content
from digests.rendering.designs import DESIGNS
from digests.rendering.link_parameters import with_parameters
from digests.rendering.tokens import Token, fill, marker, tokens_in
from subscriptions.rendering.cleaning import RefusedLinkError
from subscriptions.rendering.colours import READABLE_CONTRAST, UnknownColourError, contrast
from tests.digests.rendering.building import (
    CONTENT,
    MASTHEAD,
    STORY,
    Page,
    with_masthead,
    with_story,
)

BOTH = pytest.mark.parametrize("design", Design)
READER = {
    Token.LEAVE_URL: "https://news.example.org/unsubscribe/abc/?x=1&y=2",
    Token.PREFERENCES_URL: "https://news.example.org/preferences/abc/",
    Token.WEB_URL: "https://news.example.org/archive/briefing/2026-11-23/",
    Token.ADDRESS: "o'neil+news@example.org",
}


def page_of(content: Content) -> Page:
    return Page(fill(render(content).html, READER, escape))


@BOTH
def test_every_story_is_linked_in_both_halves(design: str) -> None:
    content = with_masthead(design=design)
    rendered = render(content)
    links = Page(rendered.html).links()
    for block in content.blocks:
        for story in block.stories:
            assert story.url in links
            assert story.url in rendered.text.split()


@BOTH
def test_both_halves_carry_the_same_words(design: str) -> None:
    content = with_masthead(design=design)
    page = page_of(content).words
    text = " ".join(fill(render(content).text, READER, str).split())
    words = (
        "Politics",
        STORY.headline,
        STORY.blurb,
        "Good morning.",
        "It rains.",
        "Until tomorrow.",
    )
    for word in (*words, content.preheader, MASTHEAD.date_text, READER[Token.ADDRESS]):
        assert word in page
        assert word in text


@BOTH
def test_leaving_is_one_click_from_the_top_and_from_the_foot(design: str) -> None:
    content = with_masthead(design=design)
    links = page_of(content).links()
    places = [place for place, link in enumerate(links) if link == READER[Token.LEAVE_URL]]
    first_story = links.index(STORY.url)
    assert places[0] < first_story < places[-1]
    text = fill(render(content).text, READER, str)
    assert text.count(READER[Token.LEAVE_URL]) == 2


@BOTH
def test_the_foot_says_who_sends_this_and_where_to_turn(design: str) -> None:
    content = with_masthead(design=design)
    page = page_of(content)
    assert "12 Quay Street, Port Ellery PE1 4QX" in page.words
    assert "12 Quay Street, Port Ellery PE1 4QX" in render(content).text
    for link in (READER[Token.PREFERENCES_URL], READER[Token.WEB_URL], MASTHEAD.privacy_url):
        assert link in page.links()


@BOTH
def test_both_halves_hold_the_markers_that_a_reader_needs(design: str) -> None:
    rendered = render(with_masthead(design=design))
    needed = {Token.LEAVE_URL, Token.PREFERENCES_URL, Token.WEB_URL, Token.ADDRESS}
    assert tokens_in(rendered.html) == needed
    assert tokens_in(rendered.text) == needed


@BOTH
@pytest.mark.parametrize(
    "forged",
    [marker(Token.LEAVE_URL), "\ue000address\ue001", "\ue0ffpreheader\ue0ff", "\U000f0000"],
)
def test_no_text_from_outside_can_forge_a_marker(design: str, forged: str) -> None:
    story = replace(
        STORY,
        headline=f"A{forged}",
        blurb=forged,
        kicker=forged,
        link_text=forged,
        url=f"https://e.org/{forged}",
        authors=(forged,),
        source=forged,
        picture=replace(STORY.picture, alt=forged, url=f"https://e.org/{forged}")
        if STORY.picture
        else None,
    )
    content = replace(
        with_story(story, with_masthead(design=design, newsletter=forged, publisher=forged)),
        subject=forged,
        preheader=forged,
        intro=forged,
    )
    rendered = render(content)
    ours = render(with_masthead(design=design))
    assert rendered.html.count("\ue000") == ours.html.count("\ue000")
    assert rendered.text.count("\ue000") == ours.text.count("\ue000")
    assert "\ue000" not in rendered.subject + rendered.preheader
    assert forged not in rendered.html.replace(marker(Token.LEAVE_URL), "").replace(
        marker(Token.ADDRESS), ""
    )


@BOTH
@pytest.mark.parametrize(
    "words", ["{{ settings }}", "{% load i18n %}", "%recipient.name%", "*|FNAME|*", "{{{x}}}", "$x"]
)
def test_what_looks_like_somebodys_template_stays_what_it_is(design: str, words: str) -> None:
    content = with_story(replace(STORY, headline=words, blurb=words), with_masthead(design=design))
    assert words in page_of(content).words
    assert words in render(content).text


@BOTH
@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</td></tr></table><!-- ",
        "]]> & &amp; &lt;b&gt;",
        "<mj-include path='/etc/passwd' />",
        "a\x00b\x1b[31m",
        "\ud800 lone surrogate",
    ],
)
def test_a_hostile_headline_is_only_words(design: str, words: str) -> None:
    plain = page_of(with_masthead(design=design))
    story = replace(
        STORY,
        headline=words,
        kicker=words,
        blurb=words,
        authors=(words,),
        picture=replace(STORY.picture, alt=words) if STORY.picture else None,
    )
    page = page_of(with_story(story, with_masthead(design=design)))
    shown = words.replace("\x00", "").replace("\x1b", "").replace("\ud800", "").strip()
    assert shown in page.words
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert {name for tag, attributes in page.elements for name in attributes} == {
        name for tag, attributes in plain.elements for name in attributes
    }


@BOTH
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " \x01JavaScript:alert(1)",
        "data:text/html,x",
        "//e.org/x",
        "/relative",
        "https://",
        "http://[::1",
    ],
)
def test_a_link_that_is_not_a_web_address_is_refused_by_name(design: str, url: str) -> None:
    content = with_story(replace(STORY, url=url), with_masthead(design=design))
    with pytest.raises(RefusedLinkError, match="Council votes on the flood wall"):
        render(content)


def test_a_pictures_address_is_checked_too() -> None:
    assert STORY.picture
    story = replace(STORY, picture=replace(STORY.picture, large_url="javascript:1"))
    with pytest.raises(RefusedLinkError, match="picture of “Council"):
        render(with_story(story))


def test_a_subject_is_one_line() -> None:
    rendered = render(replace(CONTENT, subject="A\r\nBcc: b@example.org"))
    assert rendered.subject == "A Bcc: b@example.org"


def test_a_colour_that_is_none_is_an_error_in_words() -> None:
    with pytest.raises(UnknownColourError, match="#rrggbb"):
        render(with_masthead(colour="red;} body{display:none"))


@BOTH
def test_a_paper_does_not_name_itself_behind_its_authors(design: str) -> None:
    masthead = with_masthead(design=design, publisher="The Northern Post")
    names = "Ines Hartmann and Tom Okafor"
    other = page_of(with_story(replace(STORY, source="The Southern Post"), masthead))
    assert f"{names} · The Southern Post" in other.words
    own = page_of(with_story(replace(STORY, source="the northern post"), masthead))
    assert names in own.words
    assert "the northern post" not in own.words


@pytest.mark.parametrize(
    ("language", "last", "names"),
    [
        ("es", "Ignacio Sanz", "Ana Rey e Ignacio Sanz"),
        ("es-mx", "Hilda Íñiguez", "Ana Rey e Hilda Íñiguez"),
        ("es", "Hierro", "Ana Rey y Hierro"),
        ("es", "Jorge y Inés", "Ana Rey y Jorge y Inés"),
        ("fr", "Ignacio Sanz", "Ana Rey et Ignacio Sanz"),
    ],
)
def test_spanish_joins_names_by_their_sound(language: str, last: str, names: str) -> None:
    story = replace(STORY, authors=("Ana Rey", last))
    assert names in page_of(with_story(story, with_masthead(language=language))).words


@BOTH
def test_a_story_that_is_only_a_headline_leaves_no_debris(design: str) -> None:
    bare = replace(
        with_story(
            type(STORY)(headline="Only this", url="https://e.org/1"),
            with_masthead(design=design, logo_url=None),
        ),
        preheader="",
        intro="",
        outro="",
    )
    page = page_of(bare)
    assert page.all("img") == []
    assert " · " not in page.words.split("Only this")[1].split("You are receiving")[0]
    text = render(bare).text
    assert "None" not in page.words + text
    assert "\n\n\n" not in text


@BOTH
def test_one_story_makes_a_digest(design: str) -> None:
    content = replace(
        with_masthead(design=design), blocks=(Block("", BlockStyle.STORIES, (STORY,)),)
    )
    assert STORY.headline in page_of(content).words


@BOTH
def test_a_block_without_stories_is_not_shown(design: str) -> None:
    content = replace(
        with_masthead(design=design),
        blocks=(*CONTENT.blocks, Block("Sport", BlockStyle.STORIES, ())),
    )
    assert "Sport" not in page_of(content).words
    assert "SPORT" not in render(content).text


@BOTH
def test_every_picture_has_an_alternative_and_every_layout_table_its_role(design: str) -> None:
    page = page_of(with_masthead(design=design))
    assert all("alt" in image for image in page.all("img"))
    assert {table.get("role") for table in page.all("table")} == {"presentation"}
    (html,) = page.all("html")
    assert (html["lang"], html["dir"]) == ("en-gb", "ltr")


@BOTH
def test_a_picture_is_shown_with_who_made_it(design: str) -> None:
    assert STORY.picture
    story = replace(STORY, picture=replace(STORY.picture, credit="A. Writer <Wire>"))
    html = render(with_story(story, with_masthead(design=design))).html
    assert "Photo: A. Writer &lt;Wire&gt;" in html
    assert "Photo:" not in render(with_masthead(design=design)).html


@BOTH
def test_the_link_around_a_decorative_picture_is_silent(design: str) -> None:
    assert STORY.picture
    story = replace(STORY, picture=replace(STORY.picture, alt=""))
    page = page_of(with_story(story, with_masthead(design=design)))
    silent = [link for link in page.all("a") if link.get("aria-hidden") == "true"]
    assert {link["tabindex"] for link in silent} == {"-1"}
    assert len(silent) == len([image for image in page.all("img") if image["alt"] == ""])


@BOTH
def test_arabic_runs_from_the_right(design: str) -> None:
    content = with_masthead(design=design, language="ar", direction="rtl")
    page = page_of(content)
    (html,) = page.all("html")
    assert (html["lang"], html["dir"]) == ("ar", "rtl")
    cells = [
        cell["style"].replace(" ", "") for cell in page.all("td") if "pad" in cell.get("class", "")
    ]
    assert any("text-align:right" in style for style in cells)
    assert not any("text-align:left" in style for style in cells)
    assert "letter-spacing:.08em" not in render(content).html.replace(" ", "")


@BOTH
def test_a_latin_address_keeps_its_order_in_an_arabic_mail(design: str) -> None:
    content = with_masthead(
        design=design, language="ar", direction="rtl", postal_address="12 Quay Street"
    )
    assert '<span dir="auto">12 Quay Street</span>' in render(content).html


@BOTH
def test_a_portrait_is_fitted_and_a_small_picture_never_blown_up(design: str) -> None:
    assert STORY.picture
    portrait = replace(STORY, picture=replace(STORY.picture, width=600, height=900))
    small = replace(STORY, picture=replace(STORY.picture, width=80, height=60))
    for image in page_of(with_story(portrait, with_masthead(design=design))).all("img")[1:]:
        assert int(image["height"]) <= 450
    for image in page_of(with_story(small, with_masthead(design=design))).all("img")[1:]:
        assert (image["width"], image["height"]) == ("80", "60")


@BOTH
def test_nothing_is_asked_of_third_parties(design: str) -> None:
    page = page_of(with_masthead(design=design))
    html = render(with_masthead(design=design)).html
    assert not {"link", "script", "iframe"} & {tag for tag, _ in page.elements}
    assert "@import" not in html
    assert "@font-face" not in html
    assert {image["src"].split("/")[2] for image in page.all("img")} == {"media.example.org"}


@BOTH
def test_nothing_that_is_said_is_hidden(design: str) -> None:
    assert "display:none" not in render(with_masthead(design=design)).html.replace(" ", "")


@BOTH
def test_the_night_has_its_own_colours(design: str) -> None:
    html = render(with_masthead(design=design)).html
    assert "@media (prefers-color-scheme:dark)" in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "[data-ogsc] .ink" in html


@BOTH
@pytest.mark.parametrize("colour", ["#ffd400", "#000000", "#ffffff", "#0b5c8a", "#c2542d", "#777"])
def test_text_in_the_newsletters_colour_can_be_read_by_day_and_by_night(
    design: str, colour: str
) -> None:
    html = render(with_masthead(design=design, colour=colour)).html
    look = DESIGNS[design].look
    by_night = re.search(r"\.hue,\.hue a\{color:(#\w{6})", html)
    by_day = re.search(r'<p class="kick hue" style="[^"]*color: ?(#\w{6})', html)
    assert by_day
    assert by_night
    assert contrast(by_day[1], look.light.paper) >= READABLE_CONTRAST
    assert contrast(by_night[1], look.dark.paper) >= READABLE_CONTRAST


@pytest.mark.parametrize("design", DESIGNS)
def test_the_neutral_colours_can_be_read_on_all_papers(design: str) -> None:
    for shades in (DESIGNS[design].look.light, DESIGNS[design].look.dark):
        for text in (shades.ink, shades.soft):
            for background in (shades.page, shades.paper, shades.tint):
                assert contrast(text, background) >= READABLE_CONTRAST


@BOTH
def test_lines_are_short_enough_for_smtp(design: str) -> None:
    rendered = render(with_masthead(design=design))
    filled = fill(rendered.html, READER, escape)
    assert max(len(line.encode()) for line in filled.splitlines()) < 998


@BOTH
def test_the_text_half_is_set_in_72_columns(design: str) -> None:
    story = replace(STORY, blurb=STORY.blurb * 5)
    text = render(with_story(story, with_masthead(design=design))).text
    assert max(len(line) for line in text.splitlines()) <= 72


@BOTH
@pytest.mark.parametrize("style", BlockStyle)
def test_a_story_without_a_link_is_only_told(design: str, style: BlockStyle) -> None:
    story = replace(STORY, url="", headline="Clocks go back tonight")
    content = replace(
        with_story(story, with_masthead(design=design)), blocks=(Block("", style, (story,)),)
    )
    rendered = render(content)
    assert "Clocks go back tonight" in rendered.html
    assert "Clocks go back tonight" in rendered.text
    assert 'href=""' not in rendered.html


@BOTH
def test_what_an_editor_writes_above_and_below_is_set_with_its_links(design: str) -> None:
    html = '<p>See <a href="https://e.org/map">the <b>map</b></a>.<br>Now.</p><ul><li>One</li></ul>'
    content = replace(with_masthead(design=design), intro=html, outro=html + "<script>x()</script>")
    rendered = render(with_parameters(content, {"seen": "1"}))
    assert rendered.html.count('href="https://e.org/map?seen=1"') == 2
    assert "<script" not in rendered.html
    assert rendered.text.count("the map (https://e.org/map?seen=1).") == 2
    assert rendered.text.count("• One") == 2
