"""What a pasted page tells, whatever it is made of."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from digests.assembly.reading import read_page
from digests.assembly.stories import ParsedStory
from digests.assembly.story_pages import story_of_page
from digests.outside.failures import FeedError

URL = "https://paper.example.org/middlemarch/"
HTML = "text/html; charset=utf-8"


def page(head: str, body: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def read(html: str | bytes, home: str = "", content_type: str | None = HTML) -> ParsedStory:
    raw = html.encode() if isinstance(html, str) else html
    return story_of_page(
        raw, home.encode(), content_type=content_type, url=URL, zone="Europe/Paris"
    )


def meta(**said: str) -> str:
    return "".join(
        f'<meta property="{name.replace("_", ":", 1)}" content="{words}">'
        for name, words in said.items()
    )


def ld(value: Any) -> str:
    written = json.dumps(value).replace("</", "<\\/")
    return f'<script type="application/ld+json">{written}</script>'


def article(**fields: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Why <em>Middlemarch</em> still sells"} | fields


def test_open_graph_gives_headline_summary_picture_author_and_date() -> None:
    found = read(
        page(
            meta(
                og_title="Bridge opens | The Port Gazette",
                og_site_name="The Port Gazette",
                og_description="It took <b>nine</b> years &amp; a day.",
                og_image="/bridge.jpg",
                og_image_alt="no colon",
                article_published_time="2026-11-30T10:33:58+01:00",
                article_author="https://network.example.org/ines",
                author="Ines Okafor and Tomasz Wróbel",
                article_tag="Transport",
            )
        )
    )
    assert (found.url, found.headline) == (URL, "Bridge opens")
    assert found.summary == "It took nine years & a day."
    assert found.authors == ("Ines Okafor", "Tomasz Wróbel")
    assert found.published_at == datetime(2026, 11, 30, 9, 33, 58, tzinfo=UTC)
    assert found.pictures[0].url == "https://paper.example.org/bridge.jpg"
    assert found.tags == ("Transport",)


def test_linked_data_comes_before_it_and_tells_what_is_the_papers_own() -> None:
    motto, cover = "All the news of the harbour.", "https://paper.example.org/cover.jpg"
    data = article(
        datePublished="2026-11-30T09:33:58.000Z",
        author={"@type": "Person", "name": "Ines Okafor"},
        contributor=[{"@type": "Person", "name": "Tomasz Wróbel"}],
        publisher={"@type": "Organization", "name": "Gazette", "description": motto, "image": cover},
    )  # fmt: skip
    found = read(
        page(
            '<link rel="canonical" href="https://agency.example.org/stories/881">'
            + meta(
                og_title="Why &lt;em&gt;Middlemarch&lt;/em&gt; still sells",
                og_description=motto,
                og_image=cover,
                og_url="https://agency.example.org/stories/881",
            )
            + ld(data)
        )
    )
    assert found.headline == "Why Middlemarch still sells"
    assert (found.summary, found.pictures) == ("", ())
    assert found.url == URL
    assert found.authors == ("Ines Okafor", "Tomasz Wróbel")
    assert found.published_at == datetime(2026, 11, 30, 9, 33, 58, tzinfo=UTC)


def test_what_stands_on_the_papers_first_page_too_is_not_the_storys() -> None:
    own = meta(og_description="All the news.", og_image="https://paper.example.org/cover.jpg")
    found = read(page(meta(og_title="Bridge opens") + own), home=page(own))
    assert (found.headline, found.summary, found.pictures) == ("Bridge opens", "", ())


@pytest.mark.parametrize(
    "image",
    [
        "https://paper.example.org/b.jpg",
        ["https://paper.example.org/b.jpg"],
        {"@type": "ImageObject", "url": "https://paper.example.org/b.jpg", "width": 1200},
        [{"@type": "ImageObject", "contentUrl": "https://paper.example.org/b.jpg"}],
        {"@id": "#picture"},
    ],
)
def test_pictures_and_people_are_found_in_each_form_of_linked_data(image: Any) -> None:
    graph = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Gazette"},
            article(image=image, author=[{"@id": "#ines"}, "Tomasz Wróbel"]),
            {"@type": "ImageObject", "@id": "#picture", "url": "https://paper.example.org/b.jpg"},
            {"@type": "Person", "@id": "#ines", "name": "Ines Okafor"},
        ],
    }
    found = read(page(ld(graph)))
    assert [one.url for one in found.pictures] == ["https://paper.example.org/b.jpg"]
    assert found.authors == ("Ines Okafor", "Tomasz Wróbel")


def test_a_page_without_any_of_it_gives_its_heading() -> None:
    assert read(page("<title>Gazette</title>", "<h1>Bridge <b>opens</b></h1>")).headline == "Bridge opens"  # fmt: skip
    assert read(page("<title>Bridge opens</title>")).headline == "Bridge opens"


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("/middlemarch?page=all&utm_source=x", "https://paper.example.org/middlemarch?page=all"),
        ("https://www.paper.example.org/m", "https://www.paper.example.org/m"),
        ("https://paper.example.org/", URL),  # a template that was never filled in
        ("https://agency.example.org/m", URL),
        ("javascript:alert(1)", URL),
        ("", URL),
    ],
)
def test_a_page_names_itself_but_no_other_site(canonical: str, url: str) -> None:
    link = f'<link rel="canonical" href="{canonical}"><title>Bridge opens</title>'
    assert read(page(link)).url == url


def test_a_page_of_an_old_charset_is_read() -> None:
    html = page('<meta charset="windows-1252"><title>Brücke offen – „neu“</title>')
    assert read(html.encode("cp1252"), content_type="text/html").headline == "Brücke offen – „neu“"
    plain = page("<title>Brücke offen</title>").encode("cp1252")
    assert read(plain, content_type=None).headline == "Brücke offen"


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (b"%PDF-1.7", "application/pdf", "no web page"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "no web page"),
        (b"", None, "no web page"),
        (b"<html></html>", HTML, "it has no headline"),
    ],
)
def test_what_is_no_story_is_told(body: bytes, content_type: str | None, why: str) -> None:
    with pytest.raises(FeedError, match=why):
        read(body, content_type=content_type)


@pytest.mark.parametrize(
    "html",
    [
        page(ld({"@type": "NewsArticle", "headline": "<script>alert(1)</script>Bridge opens"})),
        page(meta(og_title="&lt;script&gt;alert(1)&lt;/script&gt;Bridge opens")),
        page('<script type="application/ld+json">{"@type": "NewsArticle", </script><title>Bridge opens</title>'),
        page(f'<script type="application/ld+json">{"[" * 100_000}</script><title>Bridge opens</title>'),
        page('<script type="application/ld+json">{"a": 1' + " " * 300_000 + "<title>Bridge opens</title>"),
        page("<title>Bridge opens</title>" + '<meta property="og:title" content="' * 3_000),
        page("<title>Bridge opens</title>" + "<meta " * 30_000),
        page("<title>Bridge opens</title>" + "<title " * 20_000 + "<h1" * 20_000),
        page("<title>Bridge opens</title>" + "<link rel=canonical href=x " * 10_000),
        page(ld([article(headline="Bridge opens")] * 3_000)),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_hostile_page_gives_plain_words(html: str) -> None:
    assert read(html).headline == "Bridge opens"


def test_a_page_is_read_in_a_process_of_its_own_like_a_feed() -> None:
    own = page(meta(og_title="Bridge opens", og_description="All the news."))
    found = read_page(own.encode(), own.encode(), content_type=HTML, url=URL)
    assert (found.headline, found.summary) == ("Bridge opens", "")
    with pytest.raises(FeedError, match="no web page"):
        read_page(b"%PDF", b"", content_type=None, url=URL)
