"""The paper's site, asked over real HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from socket import create_connection

import feedparser
import pytest
import requests

from tools.demo.paper import Paper
from tools.demo.stories import load_stories

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TIMEOUT = 10
EM_STORY = "opera-house-reopens-with-the-tides"


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with Paper(now=NOW, signup_box="<form id=box></form>") as running:
        yield running


def fetch(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=TIMEOUT)


def test_the_feed_carries_every_story_as_a_feed_reader_sees_it(paper: Paper) -> None:
    answer = fetch(paper.feed_url)
    assert answer.headers["Content-Type"].startswith("application/rss+xml")
    parsed = feedparser.parse(answer.content)
    stories = load_stories()
    assert not parsed.bozo
    assert [entry.link for entry in parsed.entries] == [
        f"{paper.url}/stories/{story.slug}" for story in stories
    ]
    for entry, story in zip(parsed.entries, stories, strict=True):
        assert [author["name"] for author in entry.authors] == list(story.authors)
        assert parsedate_to_datetime(entry.published) == story.published_at(now=NOW)
        assert ("media_content" in entry) == bool(story.picture)


def test_mark_up_in_a_headline_reaches_the_feed_escaped_once(paper: Paper) -> None:
    assert b"<title>The opera house reopens with &lt;em&gt;The Tides&lt;/em&gt;," in (
        fetch(paper.feed_url).content
    )


@pytest.mark.parametrize("path", ["/feed.xml", "/pictures/brennia-elects-a-beekeeper.jpg"])
def test_what_has_not_changed_is_not_sent_again(paper: Paper, path: str) -> None:
    first = fetch(paper.url + path)
    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": f'"other", W/{first.headers["ETag"]}'},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = fetch(paper.url + path, **condition)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": '"another"'},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If-Modified-Since": "the day before yesterday"},
        {"If-None-Match": '"another"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
)
def test_a_condition_that_does_not_hold_gets_the_feed(
    paper: Paper, condition: dict[str, str]
) -> None:
    assert fetch(paper.feed_url, **condition).status_code == 200


def test_a_story_page_can_be_shared_and_carries_the_sign_up_box(paper: Paper) -> None:
    page = fetch(f"{paper.url}/stories/{EM_STORY}").text
    assert '<meta property="og:title" content="The opera house reopens with The Tides,' in page
    assert f'content="{paper.url}/pictures/{EM_STORY}.jpg"' in page
    assert "with <em>The Tides</em>," in page
    assert '<aside id="newsletter"><form id=box></form></aside>' in page


def test_the_front_page_links_every_story(paper: Paper) -> None:
    page = fetch(f"{paper.url}/").text
    assert all(f'href="{paper.url}/stories/{story.slug}"' in page for story in load_stories())
    assert "Penhallan &amp; Daughters" in page


def test_a_picture_is_a_jpeg(paper: Paper) -> None:
    answer = fetch(f"{paper.url}/pictures/{EM_STORY}.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "path",
    [
        "/stories/nothing",
        "/pictures/nothing.jpg",
        "/pictures/budget-what-it-means.jpg",  # a story without a picture
        "/stories/../../etc/passwd",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_what_was_never_printed_is_not_found_and_not_echoed_raw(paper: Paper, path: str) -> None:
    answer = fetch(paper.url + path)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_head_answers_without_a_body(paper: Paper) -> None:
    answer = requests.head(paper.feed_url, timeout=TIMEOUT)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(fetch(paper.feed_url).content)


def test_a_client_that_hangs_up_does_not_stop_the_paper(
    paper: Paper, capfd: pytest.CaptureFixture[str]
) -> None:
    host, port = paper.address.split(":")
    with create_connection((host, int(port)), timeout=TIMEOUT) as client:
        client.sendall(b"GET /pictures/")
    assert fetch(paper.feed_url).status_code == 200
    assert capfd.readouterr().err == ""


def test_a_feed_of_ones_own_is_served_byte_for_byte(tmp_path: Path) -> None:
    given = b"<?xml version='1.0' encoding='iso-8859-1'?><rss><channel/>\xe9 broken"
    file = tmp_path / "feed.xml"
    file.write_bytes(given)
    with Paper(now=NOW, feed_file=file) as own:
        answer = fetch(own.feed_url)
        assert answer.content == given
        assert "charset" not in answer.headers["Content-Type"]
        again = fetch(own.feed_url, **{"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_a_feed_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Paper(now=NOW, feed_file=tmp_path / "none.xml")


def test_the_port_is_free_again_when_the_paper_closes() -> None:
    with Paper(now=NOW) as first:
        port = int(first.address.split(":")[1])
    with pytest.raises(ConnectionRefusedError):
        create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    with Paper(now=NOW, port=port) as second:
        assert fetch(second.feed_url).status_code == 200
