import json
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.assembly.feeds import MOST_BYTES, MOST_STORIES, Feed, parse_feed
from digests.assembly.raw_pictures import RawPicture
from digests.assembly.stories import LONGEST_HEADLINE, ParsedStory
from digests.assembly.summaries import LONGEST_SUMMARY
from digests.outside.failures import FeedError, WebPageNotFeed

NOW = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)
URL = "https://paper.example.org/feeds/news.xml"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def parse(body: str | bytes, content_type: str | None = None) -> Feed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, content_type=content_type, url=URL)


def rss(items: str, attributes: str = "", head: str = "<title>The Paper</title>") -> str:
    return f'<rss version="2.0" {attributes}><channel>{head}{items}</channel></rss>'


def item(inside: str = "", title: str = "Bridge opens", link: str = "/bridge") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{inside}</item>"


def atom(inside: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>A</title>{inside}</feed>'


def only(feed: Feed) -> ParsedStory:
    assert len(feed.stories) == 1, feed
    return feed.stories[0]


def story(inside: str = "", **parts: str) -> ParsedStory:
    return only(parse(rss(item(inside, **parts), MEDIA)))


def picture_of(found: ParsedStory) -> str | None:
    return found.pictures[0].url if found.pictures else None


def test_rss_2_says_everything() -> None:
    found = story(
        '<guid isPermaLink="false">tag:7</guid><description>It took &lt;b&gt;nine&lt;/b&gt; years.'
        "</description><pubDate>Mon, 15 Jun 2026 05:30:00 +0200</pubDate>"
        "<category>Transport</category><category>transport</category><category>City</category>"
        '<author>desk@example.org (Ada Writer)</author><media:thumbnail url="/b.jpg" width="240"/>'
    )
    assert found == ParsedStory(
        url="https://paper.example.org/bridge",
        guid="tag:7",
        headline="Bridge opens",
        summary="It took nine years.",
        authors=("Ada Writer",),
        tags=("Transport", "City"),
        published_at=datetime(2026, 6, 15, 3, 30, tzinfo=UTC),
        updated_at=None,
        pictures=(RawPicture("https://paper.example.org/b.jpg", 240, rank=4),),
        key="paper.example.org/bridge",
    )


@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94", "2.0"])
def test_every_rss_of_old_is_read(version: str) -> None:
    feed = parse(f'<rss version="{version}"><channel><title>T</title>{item()}</channel></rss>')
    assert (feed.title, only(feed).headline) == ("T", "Bridge opens")


@pytest.mark.parametrize(
    "namespace", ["http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"]
)
def test_rdf_has_its_items_beside_the_channel(namespace: str) -> None:
    feed = parse(
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="{namespace}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<channel><title>T</title></channel><item><title>Bridge opens</title>"
        "<link>https://paper.example.org/bridge</link><dc:creator>Ada Writer</dc:creator>"
        "<dc:date>2026-06-14T10:00:00Z</dc:date><dc:subject>City</dc:subject></item></rdf:RDF>"
    )
    found = only(feed)
    assert (found.headline, found.authors, found.tags) == (
        "Bridge opens",
        ("Ada Writer",),
        ("City",),
    )
    assert found.published_at == datetime(2026, 6, 14, 10, tzinfo=UTC)


def test_atom_says_everything() -> None:
    found = only(
        parse(
            atom(
                '<entry xml:base="https://cdn.example.org/x/"><title type="html">Bridge &lt;i&gt;opens'
                '&lt;/i&gt;</title><id>tag:7</id><link rel="self" href="/no"/>'
                '<link href="bridge?utm_source=rss"/><author><name>Ada Writer</name></author>'
                "<author><name>Ben Photo</name></author>"
                '<category term="c1" label="City"/><published>2026-06-14T10:00:00+02:00</published>'
                "<updated>2026-06-15T01:00:00Z</updated>"
                '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Nine</p>'
                '<p>years. <img src="b.jpg" alt="The bridge"/></p></div></content></entry>'
            )
        )
    )
    assert found == ParsedStory(
        url="https://cdn.example.org/x/bridge",
        guid="tag:7",
        headline="Bridge opens",
        summary="Nine years.",
        authors=("Ada Writer", "Ben Photo"),
        tags=("City",),
        published_at=datetime(2026, 6, 14, 8, tzinfo=UTC),
        updated_at=datetime(2026, 6, 15, 1, tzinfo=UTC),
        pictures=(RawPicture("https://cdn.example.org/x/b.jpg", alt="The bridge", rank=3),),
        key="cdn.example.org/x/bridge",
    )


def json_feed(**of_item: Any) -> bytes:
    whole = {"id": "7", "url": "/bridge", "title": "Bridge opens"} | of_item
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "J", "items": [whole]}).encode()


def test_json_feed_says_everything() -> None:
    found = only(
        parse(
            json_feed(
                content_html='<p>Nine years. <img src="/b.jpg" alt="It"></p>',
                authors=[{"name": "Ada Writer"}],
                tags=["City", 7],
                date_published="2026-06-14T10:00:00+02:00",
                date_modified="2026-06-14T12:00:00",
            )
        )
    )
    assert found == ParsedStory(
        url="https://paper.example.org/bridge",
        guid="7",
        headline="Bridge opens",
        summary="Nine years.",
        authors=("Ada Writer",),
        tags=("City",),
        published_at=datetime(2026, 6, 14, 8, tzinfo=UTC),
        updated_at=datetime(2026, 6, 14, 12, tzinfo=UTC),
        pictures=(RawPicture("https://paper.example.org/b.jpg", alt="It", rank=3),),
        key="paper.example.org/bridge",
    )
    old = only(parse(json_feed(author={"name": "Ada Writer"}, image="/i.jpg", title="A < B")))
    assert (old.authors, old.headline) == (("Ada Writer",), "A < B")
    assert picture_of(old) == "https://paper.example.org/i.jpg"


@pytest.mark.parametrize(
    "body",
    [b"{", b"{}", b"[1]", b'{"items": 7}', b"[" * 100_000, b'{"items": [' + b"9" * 9_000 + b"]}"],
)
def test_other_json_is_no_feed(body: bytes) -> None:
    with pytest.raises(FeedError, match="JSON"):
        parse(body)


def test_a_json_feed_of_wrong_types_loses_only_what_is_wrong() -> None:
    body = json_feed(authors="x", tags={"a": 1}, date_published=7, image=[1], content_html={})
    feed = parse(body)
    found = only(feed)
    assert (found.headline, found.authors, found.published_at) == ("Bridge opens", (), None)
    assert feed.warnings == ("1 story has a date that cannot be read: “7”.",)


def test_the_dates_of_a_feed_count_by_its_zone_and_explain_each_other() -> None:
    dates = [
        "03/06/2026 08:00",
        "25/06/2026 08:00",
        "Mon, 15 Jun 2026 08:00:00 GMT",
        "soon",
        "",
        "later",
    ]
    items = (
        item(f"<pubDate>{date}</pubDate>", link=f"/{place}") for place, date in enumerate(dates)
    )
    body = rss("".join(items)).encode()
    feed = parse_feed(body, content_type=None, url=URL, zone="America/New_York")
    assert [found.published_at for found in feed.stories] == [
        datetime(2026, 6, 3, 12, tzinfo=UTC),
        datetime(2026, 6, 25, 12, tzinfo=UTC),
        datetime(2026, 6, 15, 8, tzinfo=UTC),
        None,
        None,
        None,
    ]
    assert feed.warnings == ("2 stories have dates that cannot be read, such as “soon”.",)


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("<![CDATA[A <b>bold</b> move]]>", "A bold move"),
        ("A <b>bold</b> move", "A bold move"),
        ("A &lt;b&gt;bold&lt;/b&gt; move", "A bold move"),
        ("Profit &amp;amp; loss", "Profit & loss"),
        ("Profit &amp; loss", "Profit & loss"),
        ("Profit & loss", "Profit & loss"),
        ("It&amp;#8217;s here", "It’s here"),
        ("It&amp;amp;#8217;s here", "It’s here"),
        ("Caf&eacute; &hellip;", "Café …"),
        ("5 &lt; 6", "5 < 6"),
        ("<![CDATA[<script>alert(1)</script>Safe]]>", "Safe"),
        ("<![CDATA[<img src=x onerror=alert(1)>Safe]]>", "Safe"),
        ("&amp;lt;script&amp;gt;", "<script>"),
        ("{{settings}} %recipient.name% *|NAME|*", "{{settings}} %recipient.name% *|NAME|*"),
        ("A\n   B\t&#160; C", "A B C"),
        ("A\x00B\x1b[1m&#27;C&#x0;D&#xD800;", "AB[1mCD"),
        ("\ue000leave_url\ue001 &#xE000;x&#57345;", "leave_url x"),
        ("<![CDATA[&#xE000;x&#57345;]]>", "x"),
        ("abc\u202ecba &#x202e;", "abccba"),
        ("soft\u00adhyphen \ufeff zero\u200bwidth", "softhyphen zerowidth"),
        ("نمایش می\u200cدهد 👨\u200d👩\u200d👧", "نمایش می\u200cدهد 👨\u200d👩\u200d👧"),
    ],
)
def test_a_headline_is_plain_words(title: str, headline: str) -> None:
    assert story(title=title).headline == headline


def test_atoms_plain_text_is_left_as_it_is_written() -> None:
    entry = '<entry><title>The &lt;b&gt; tag</title><link href="/b"/></entry>'
    assert only(parse(atom(entry))).headline == "The <b> tag"


@pytest.mark.parametrize("code", ["\\ue000", "\\uf8ff", "\\ud800", "\\u0000", "\\u0085\\u0007"])
def test_no_text_of_a_story_keeps_what_marks_our_tokens(code: str) -> None:
    words = f"{code}wor{code}ds"
    body = json_feed(
        title="T" + words, summary="S" + words, tags=[words], authors=[{"name": words}], id=words
    ).replace(b"\\\\", b"\\")
    found = only(parse(body))
    joined = repr((found.headline, found.summary, found.tags, found.authors, found.guid))
    assert not re.search(r"\\x|\\u|[\ue000-\uf8ff]", joined)
    assert found.headline.endswith("ds")


def test_a_long_summary_ends_after_a_word() -> None:
    found = story(f"<description>{'lorem ipsum ' * 200}</description>")
    assert len(found.summary) <= LONGEST_SUMMARY
    assert found.summary.endswith(("lorem…", "ipsum…"))
    endless = story(f"<description>{'字' * 5000}</description>", title="x" * 5000)
    assert len(endless.summary) == LONGEST_SUMMARY
    assert len(endless.headline) == LONGEST_HEADLINE


def test_blocks_do_not_run_together() -> None:
    found = story(
        "<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;T&lt;b&gt;w&lt;/b&gt;o.</description>"
    )
    assert found.summary == "One. Two."


def test_a_summary_that_repeats_the_headline_is_none() -> None:
    assert story("<description>Bridge opens</description>").summary == ""


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 15 Jun 2026 05:00:00 GMT", datetime(2026, 6, 15, 5, tzinfo=UTC)),
        ("Mon, 15 Jun 2026 01:00:00 EDT", datetime(2026, 6, 15, 5, tzinfo=UTC)),
        ("2026-06-15T05:00:00Z", datetime(2026, 6, 15, 5, tzinfo=UTC)),
        ("2026-06-15T05:00:00", datetime(2026, 6, 15, 5, tzinfo=UTC)),
        ("Fri, 01 Jan 2077 00:00:00 GMT", datetime(2077, 1, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("Mon, 99 Foo 2026 77:00:00 GMT", None),
        ("0000-00-00", None),
        ("9999999999-01-01", None),
        ("", None),
    ],
)
def test_a_date_is_utc_or_unknown(date: str, expected: datetime | None) -> None:
    assert story(f"<pubDate>{date}</pubDate>").published_at == expected


def test_what_was_only_updated_counts_as_published_then() -> None:
    updated = "<updated>2026-06-15T01:00:00Z</updated>"
    entry = f'<entry><title>T</title><link href="/b"/>{updated}</entry>'
    found = only(parse(atom(entry)))
    assert found.published_at == found.updated_at == datetime(2026, 6, 15, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("inside", "picture"),
    [
        ('<media:content url="/a.jpg" width="300"/><media:content url="/b.jpg" width="900"/>', "/b.jpg"),
        ('<media:content url="/huge.jpg" width="9000"/><media:thumbnail url="/b.jpg" width="240"/>', "/b.jpg"),
        ('<media:content url="/v.mp4" type="video/mp4" width="900"/><media:thumbnail url="/b.jpg"/>', "/b.jpg"),
        ('<media:group><media:content url="/b.jpg" medium="image"/></media:group>', "/b.jpg"),
        ('<enclosure url="/b.jpg" type="image/jpeg" length="1"/>', "/b.jpg"),
        ('<enclosure url="/b.mp3" type="audio/mpeg" length="1"/>', None),
        ('<media:thumbnail url="/pixel.gif" width="1"/>', None),
        ('<media:thumbnail url="data:image/gif;base64,R0lGOD"/>', None),
        ('<media:thumbnail url="javascript:alert(1)"/><enclosure url="/b.jpg" type="image/png"/>', "/b.jpg"),
        (
            "<description>&lt;img src='/p.gif' width='1'>&lt;img src='/b.jpg?a=1&amp;amp;b=2'></description>",
            "/b.jpg?a=1&b=2",
        ),
        ('<media:thumbnail url="/b.jpg?utm_source=x&amp;s=signed"/>', "/b.jpg?utm_source=x&s=signed"),
    ],
)  # fmt: skip
def test_the_widest_sensible_picture_is_taken(inside: str, picture: str | None) -> None:
    expected = picture and f"https://paper.example.org{picture}"
    assert picture_of(story(inside)) == expected


def test_a_story_without_link_or_headline_is_left_out_with_a_warning() -> None:
    feed = parse(
        rss(
            item()
            + "<item><title>No link</title></item><item><title>None here</title></item>"
            + item(title="", link="/a")
            + item(link="javascript:alert(1)")
        )
    )
    assert [found.url for found in feed.stories] == ["https://paper.example.org/bridge"]
    assert "2 stories were left out: it has no link." in feed.warnings
    assert "1 story was left out: it has no headline." in feed.warnings
    assert any("http://" in warning for warning in feed.warnings)


def test_one_address_is_one_story() -> None:
    twice = item(link="/b?utm_source=a") + item(link="/b#top", title="Again") + item(link="/c")
    assert [found.headline for found in parse(rss(twice)).stories] == ["Bridge opens"] * 2


def test_a_permanent_guid_serves_as_link() -> None:
    feed = parse(rss("<item><title>T</title><guid>https://paper.example.org/g</guid></item>"))
    assert only(feed).url == "https://paper.example.org/g"


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head>{}</head></html>",
        "<html>{}",
        "\n <!-- hello --><!doctype HTML>{}",
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">{}',
    ],
)
def test_a_web_page_is_told_from_a_feed(page: str) -> None:
    link = "<link href='/rss?a=1&amp;b=2' type='application/rss+xml' rel='alternate' title=x>"
    with pytest.raises(WebPageNotFeed, match="web page, not a feed") as caught:
        parse(page.format('<link rel="stylesheet" href="/x.css">' + link))
    assert caught.value.feed_url == "https://paper.example.org/rss?a=1&b=2"
    assert caught.value.feed_url in str(caught.value)
    with pytest.raises(WebPageNotFeed) as caught:
        parse(page.format('<link rel=alternate type=application/rss+xml href="javascript:x">'))
    assert caught.value.feed_url is None


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_answer_is_no_feed(body: bytes) -> None:
    with pytest.raises(FeedError, match="empty"):
        parse(body)


@pytest.mark.parametrize("body", ["hello", "<svg/>", "\x00\x01", "<", "%PDF-1.7"])
def test_what_is_no_feed_is_said_to_be_none(body: str) -> None:
    with pytest.raises(FeedError, match="neither RSS"):
        parse(body)


def test_a_feed_without_stories_is_read_and_says_so() -> None:
    feed = parse(rss(""))
    assert (feed.title, feed.stories) == ("The Paper", ())
    assert feed.warnings == ("The feed has no stories that can be used.",)


def test_a_larger_body_is_not_even_looked_at() -> None:
    with pytest.raises(FeedError, match="larger than 20 MB"):
        parse(b" " * (MOST_BYTES + 1))


def test_of_ten_thousand_stories_the_first_are_read_and_the_rest_is_said() -> None:
    feed = parse(rss("".join(item(link=f"/{number}") for number in range(10_000))))
    assert len(feed.stories) == MOST_STORIES
    assert feed.stories[0].url == "https://paper.example.org/0"
    assert feed.warnings == ("The feed has more than 500 stories; only 500 were read.",)


def test_the_newest_are_read_wherever_they_stand() -> None:
    def dated(number: int) -> str:
        moment = NOW - timedelta(hours=1000 - number)
        return item(f"<pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate>", link=f"/{number}")

    feed = parse(rss("".join(dated(number) for number in range(1000))))
    assert feed.stories[0].url == "https://paper.example.org/500"
    assert feed.stories[-1].url == "https://paper.example.org/999"


@pytest.mark.parametrize(
    "body",
    [
        rss(item() + item(link="/2"))[:-40],
        rss("<b>" + item() + item(link="/2")),
        rss(item("<description>a < b & c</description>") + item(link="/2")),
        "junk before <?xml version='1.0'?>" + rss(item() + item(link="/2")),
        "\n\n<?xml version='1.0'?>" + rss(item() + item(link="/2")),
        rss(item("<unknown:thing>x</unknown:thing>") + item(link="/2")),
        rss(item("<description><p>a<br>b</description>") + item(link="/2")),
        rss(item('<enclosure url="x?a=1&b=2"/>') + item(link="/2")),
    ],
)
def test_broken_xml_is_recovered(body: str) -> None:
    urls = [found.url for found in parse(body).stories]
    assert urls[0] == "https://paper.example.org/bridge"


HEADLINE = "Größe zählt – “sehr”"


@pytest.mark.parametrize(
    ("charset", "declared", "content_type"),
    [
        ("utf-8", None, None),
        ("utf-8", "utf-8", "text/xml"),  # RFC 3023 would have it read as ASCII
        ("utf-8", "iso-8859-1", None),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "punycode", "text/xml; charset=rot13"),
        ("cp1252", "iso-8859-1", None),
        ("cp1252", "utf-8", "application/rss+xml; charset=utf-8"),
        ("cp1252", None, 'text/xml; charset="windows-1252"'),
        ("cp1252", None, None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "utf-16", None),
        ("utf-8-sig", "utf-8", None),
    ],
)
def test_the_charset_is_found_whatever_is_declared(
    charset: str, declared: str | None, content_type: str | None
) -> None:
    start = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (start + rss(item(title=HEADLINE))).encode(charset)
    assert only(parse(body, content_type)).headline == HEADLINE


@pytest.mark.parametrize(
    ("charset", "headline"),
    [
        ("koi8-r", "Мост открыт"),
        ("shift_jis", "橋が開通"),
        ("gb2312", "大桥通车"),
        ("iso2022_jp", "橋が開通"),
    ],
)
def test_other_scripts_are_read_in_their_charsets(charset: str, headline: str) -> None:
    body = f'<?xml version="1.0" encoding="{charset}"?>' + rss(item(title=headline))
    assert only(parse(body.encode(charset))).headline == headline


def test_a_few_broken_bytes_do_not_turn_a_feed_into_another_charset() -> None:
    body = rss(item(title=HEADLINE) + item(title="x\udcff", link="/2"))
    assert parse(body.encode(errors="surrogateescape")).stories[0].headline == HEADLINE


def laughs(references: str) -> str:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY l0 "ha">{lines}]>' + rss(item(title=references))


@pytest.mark.parametrize(
    "body",
    [
        laughs("&l9;"),
        laughs("&l9;").replace("</rss>", ""),  # so that the slow parser gets it
        f'<!DOCTYPE rss [<!ENTITY q "{"x" * 50_000}">]>' + rss(item(title="T" + "&q;" * 50_000)),
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>' + rss(item(title="T")),
    ],
)
def test_entity_bombs_are_inert(body: str) -> None:
    tracemalloc.start()
    began = process_time()
    try:
        found = only(parse(body))
    finally:
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(found.headline) <= LONGEST_HEADLINE
    assert "ha" not in found.headline
    assert peak < 30_000_000
    assert process_time() - began < 5


def test_no_file_is_read_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("top secret")
    for kind in ("SYSTEM", 'PUBLIC "x"'):
        body = f'<!DOCTYPE rss [<!ENTITY x {kind} "{secret.as_uri()}">]>' + rss(item(title="T &x;"))
        assert "secret" not in repr(parse(body))


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(rss(item(title="From the disk")))
    with pytest.raises(FeedError):
        parse(str(path))
    with pytest.raises(FeedError):
        parse(path.as_uri())


@given(st.binary(max_size=300))
def test_any_bytes_give_a_feed_or_a_feed_error(body: bytes) -> None:
    for whole in (body, b"<rss><channel><item>" + body, b'{"items":[{"title":' + body + b"}]}"):
        try:
            feed = parse_feed(whole, content_type=None, url=URL)
        except FeedError:
            continue
        assert isinstance(feed, Feed)


PIECES = ["<item>", "</item>", "<title>", "</title>", "<link>", "/a", "<media:thumbnail url='x'>"]
PIECES += [
    "<![CDATA[",
    "]]>",
    "&#xD800;",
    "&#99999999999;",
    "&amp",
    "<!DOCTYPE a[",
    "<content type='x'",
]
PIECES += [
    "<pubDate>",
    "1",
    ">",
    '"',
    "<source>",
    "<author>",
    "a@b.c",
    "<media:credit/>",
    "<enclosure/>",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_heap_of_markup_gives_a_feed_or_a_feed_error(pieces: list[str]) -> None:
    try:
        feed = parse(f"<rss {MEDIA} version='2.0'><channel><item>" + "".join(pieces))
    except FeedError:
        return
    assert isinstance(feed, Feed)
