"""The child process: the same answers as in process, and an end to what takes too long."""

from time import monotonic

import pytest

from digests.assembly.feeds import parse_feed
from digests.assembly.reading import CPU_SECONDS, Bounds, read_feed
from digests.outside.failures import FeedError, WebPageNotFeed

URL = "https://paper.example.org/feed"
FEED = """<rss version="2.0"><channel><title>Größe</title><item><title>Bridge “opens”</title>
<link>/bridge</link><pubDate>Mon, 15 Jun 2026 05:00:00 GMT</pubDate><category>City</category>
<author>Ada Writer</author></item><item/></channel></rss>""".encode()


def test_a_feed_comes_back_as_it_was_read_in_process() -> None:
    here = parse_feed(FEED, content_type="text/xml", url=URL)
    assert read_feed(FEED, content_type="text/xml", url=URL) == here
    assert here.stories
    assert here.warnings


def test_errors_come_back_in_their_words() -> None:
    with pytest.raises(FeedError, match="neither RSS"):
        read_feed(b"hello", content_type=None, url=URL)
    page = b'<html><link rel=alternate type="application/rss+xml" href="/rss">'
    with pytest.raises(WebPageNotFeed) as caught:
        read_feed(page, content_type=None, url=URL)
    assert caught.value.feed_url == "https://paper.example.org/rss"


def test_a_feed_that_keeps_a_parser_busy_is_ended() -> None:
    """80 KB that would take a parser's regular expression 40 seconds of processor time."""
    body = b"<rss><channel><item><author>" + b"a." * 40_000 + b"</author></item></channel></rss>"
    began = monotonic()
    with pytest.raises(FeedError, match="too much time"):
        read_feed(body, content_type=None, url=URL, bounds=Bounds(cpu_seconds=1))
    assert monotonic() - began < CPU_SECONDS


def test_a_feed_that_takes_too_much_memory_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    body = b'{"items":[' + b"{}," * 1_600_000 + b"{}]}"
    with pytest.raises(FeedError, match="memory"):
        read_feed(body, content_type=None, url=URL, bounds=Bounds(memory_bytes=150_000_000))
    assert not caplog.records  # it is the feed's fault, not ours


def test_a_fault_of_ours_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(FeedError):
        read_feed(FEED, content_type=None, url=URL, bounds=Bounds(cpu_seconds=2**70))
    assert "OverflowError" in caplog.text
