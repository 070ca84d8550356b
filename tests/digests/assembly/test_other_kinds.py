"""What is no feed and lists stories all the same: news sitemaps, WordPress's posts; and feeds that are very long."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digests.assembly.feeds import MOST_STORIES, Feed, parse_feed
from digests.assembly.stories import ParsedStory
from digests.assembly.xml_feed import MOST_PARSED, MOST_TEXT
from digests.outside.failures import FeedError, WebPageNotFeed

URL = "https://paper.example.org/"
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def parse(body: str | bytes) -> Feed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, content_type=None, url=URL, zone="Europe/Paris")


def only(feed: Feed) -> ParsedStory:
    assert len(feed.stories) == 1, feed
    return feed.stories[0]


# --- News sitemaps ----------------------------------------------------------------------------------------


def sitemap(inside: str, prefix: str = "news") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:{prefix}="http://www.google.com/schemas/sitemap-news/0.9" '
        f'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{inside}</urlset>'
    )


NEWS = (
    "<news:news><news:publication><news:name>The Port Gazette</news:name><news:language>en</news:language>"
    "</news:publication><news:publication_date>2026-11-29T10:00:00Z</news:publication_date>"
    "<news:title>Bridge &amp; tunnel open</news:title><news:keywords>Transport, City</news:keywords></news:news>"
)


def test_a_news_sitemap_gives_headline_date_tags_and_picture() -> None:
    found = only(
        parse(
            sitemap(
                f"<url><loc>{URL}a?utm_source=x</loc><lastmod>2026-11-29T11:00:00+01:00</lastmod>{NEWS}"
                "<image:image><image:loc>/a.jpg</image:loc><image:caption>The bridge</image:caption>"
                "</image:image></url>"
            )
        )
    )
    assert (found.url, found.headline, found.tags) == (
        f"{URL}a",
        "Bridge & tunnel open",
        ("Transport", "City"),
    )
    assert found.published_at == datetime(2026, 11, 29, 10, tzinfo=UTC)
    assert [(one.url, one.alt) for one in found.pictures] == [(f"{URL}a.jpg", "The bridge")]


def test_pages_of_a_sitemap_without_news_are_left_out_and_said_so() -> None:
    feed = parse(sitemap(f"<url><loc>{URL}a</loc>{NEWS}</url><url><loc>{URL}imprint</loc></url>"))
    assert only(feed).url == f"{URL}a"
    assert feed.warnings == ("1 story was left out: it has no headline.",)
    assert feed.found == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (sitemap(f"<url><loc>{URL}imprint</loc></url>"), "has no news"),
        (sitemap(""), "has no news"),
        (sitemap("<url><loc>x</url>"), "too broken"),
        (
            (
                "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
                f"<sitemap><loc>{URL}news.xml</loc></sitemap></sitemapindex>"
            ),
            f"index of sitemaps. Enter one of them: {URL}news.xml",
        ),
    ],
)
def test_what_a_sitemap_lacks_is_told(body: str, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        parse(body)


# --- WordPress --------------------------------------------------------------------------------------------


def post(**fields: Any) -> dict[str, Any]:
    said = {
        "id": 5,
        "date": "2026-11-30T16:01:55",
        "date_gmt": "2026-11-30T15:01:55",
        "modified_gmt": "2026-11-30T15:30:00",
        "guid": {"rendered": "http://paper.example.org/?p=5"},
        "link": f"{URL}2026/11/peace/",
        "title": {"rendered": "Peace &#038; quiet at 5 < 6: why <em>Middlemarch</em> still sells"},
        "excerpt": {
            "rendered": "<p>The café opens an hour later &#8230; <a class='more-link' href='#'>Continue reading "
            "<span class='screen-reader-text'>Peace &#038; quiet</span></a></p>",
            "protected": False,
        },
        "content": {"rendered": "<p>The café opens an hour later.</p>", "protected": False},
    }
    return said | fields


EMBEDDED = {
    "author": [{"id": 2, "name": "Ines Okafor"}],
    "wp:featuredmedia": [
        {
            "alt_text": "A café with its shutters down",
            "caption": {"rendered": "<p>The café on Monday. Photo: Jon Vey</p>"},
            "source_url": f"{URL}cafe.jpg",
            "mime_type": "image/jpeg",
            "media_details": {"width": 1600, "height": 1067},
        }
    ],
    "wp:term": [
        [{"taxonomy": "category", "name": "R&amp;D"}],
        [{"taxonomy": "post_tag", "name": "Größe"}, {"taxonomy": "nav_menu", "name": "Menu"}],
    ],
}


def test_posts_of_wordpress_give_a_whole_story() -> None:
    found = only(parse(json.dumps([post(_embedded=EMBEDDED)])))
    assert found.headline == "Peace & quiet at 5 < 6: why Middlemarch still sells"
    assert found.summary == "The café opens an hour later…"
    assert found.published_at == MONDAY.replace(hour=15, minute=1, second=55)
    assert (found.authors, found.tags) == (("Ines Okafor",), ("R&D", "Größe"))
    picture = found.pictures[0]
    assert (picture.url, picture.alt, picture.credit) == (
        f"{URL}cafe.jpg",
        "A café with its shutters down",
        "Jon Vey",
    )
    assert picture.caption.startswith("The café on Monday")


def test_a_post_and_its_entry_in_the_feed_are_one_story() -> None:
    of_feed = (
        '<rss version="2.0"><channel><title>P</title><item><title>Peace</title>'
        f"<link>{URL}2026/11/peace/</link>"
        '<guid isPermaLink="false">https://paper.example.org/?p=5</guid></item></channel></rss>'
    )
    one, other = only(parse(json.dumps([post()]))), only(parse(of_feed))
    assert (one.guid, one.key) == (other.guid, other.key)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"excerpt": {"rendered": "", "protected": True}}, "it is behind a password"),
        ({"title": {"rendered": ""}}, "it has no headline"),
        ({"link": ""}, "it has no link"),
    ],
)
def test_posts_that_are_no_story_are_left_out_and_said_so(fields: dict[str, Any], why: str) -> None:
    feed = parse(json.dumps([post(**fields)]))
    assert feed.stories == ()
    assert feed.warnings[0] == f"1 story was left out: {why}."


def test_what_may_not_be_embedded_and_what_is_no_post_breaks_nothing() -> None:
    refused = {
        "author": [{"code": "rest_user_invalid_id", "data": {"status": 404}}],
        "wp:featuredmedia": [{"code": "rest_forbidden"}],
        "wp:term": [None, [3]],
    }
    found = only(parse(json.dumps([post(_embedded=refused)])))
    assert (found.authors, found.pictures, found.tags) == ((), (), ())
    for odd in ([], [3], [{"link": 1}], [{"code": "rest_no_route"}]):
        with pytest.raises(FeedError, match="JSON"):
            parse(json.dumps(odd))


# --- Long ones --------------------------------------------------------------------------------------------


def long_feed(number: int, *, is_oldest_first: bool, text: str = "") -> str:
    order = range(number) if is_oldest_first else reversed(range(number))
    items = "".join(
        f"<item><title>Story {n}</title><link>{URL}{n}</link><description>{text}</description>"
        f"<pubDate>{MONDAY + timedelta(seconds=n):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for n in order
    )
    return f'<rss version="2.0"><channel><title>W</title>{items}</channel></rss>'


def numbers(feed: Feed) -> set[int]:
    return {int(story.url.rpartition("/")[2]) for story in feed.stories}


def test_of_more_stories_than_are_parsed_the_newest_are_kept_though_they_come_last() -> None:
    number = MOST_PARSED + 500
    feed = parse(long_feed(number, is_oldest_first=True))
    assert numbers(feed) == set(range(number - MOST_STORIES, number))


@pytest.mark.parametrize("is_oldest_first", [True, False])
def test_of_a_feed_of_more_text_than_is_read_both_ends_are_kept(is_oldest_first: bool) -> None:
    text = "word " * (MOST_TEXT // 100 // 5)
    kept = numbers(parse(long_feed(130, is_oldest_first=is_oldest_first, text=text)))
    assert {0, 1, 40, 90, 128, 129} <= kept
    assert 90 < len(kept) < 101


def test_of_many_entries_in_json_the_newest_are_kept() -> None:
    items = [
        {
            "id": str(n),
            "url": f"{URL}{n}",
            "title": f"Story {n}",
            "date_published": 1_700_000_000 + n,
        }
        for n in range(MOST_PARSED + 700)
    ]
    feed = parse(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))
    assert len(feed.stories) == MOST_STORIES
    assert feed.stories[-1].headline == f"Story {MOST_PARSED + 699}"
    assert feed.found == MOST_PARSED + 700


# --- Pages that name feeds --------------------------------------------------------------------------------


def alternate(href: str, title: str = "Feed") -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    ("links", "offered"),
    [
        (
            [("/feed/", "Feed"), ("/comments/feed/", "Comments Feed"), ("/category/politics/feed/", "Politics")],
            "category/politics/feed/",
        ),
        ([("/comments/feed/", "Kommentar-Feed"), ("/feed/", "Feed")], "feed/"),
        ([("/rss?of=comments", "Comments"), ("/rss", "News")], "rss"),
        ([("/commentary/rss", "Commentary")], "commentary/rss"),
        ([("/comments/feed/", "Comments Feed")], None),
    ],
)  # fmt: skip
def test_a_page_of_a_section_offers_its_own_feed_and_never_comments(
    links: list[tuple[str, str]], offered: str | None
) -> None:
    page = "".join(alternate(href, title) for href, title in links)
    with pytest.raises(WebPageNotFeed) as caught:
        parse_feed(
            f"<!doctype html><html><head>{page}</head></html>".encode(),
            content_type="text/html",
            url=f"{URL}category/politics/",
        )
    assert caught.value.feed_url == (None if offered is None else f"{URL}{offered}")
