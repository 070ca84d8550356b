"""What a source has taken back is known to be, and what merely left its feed is not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from digests import tasks
from digests.assembly import fetching
from digests.choices import DigestState
from digests.models import Article, Digest, Source
from digests.preflight import running
from tests.builders import NOON, Press
from tests.fakes import Answer, FeedServer
from tests.feeds import item, rss

HOUR = timedelta(hours=1)
STORIES = ("mayor", "ferry", "market")  # the newest first


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({f"/{name}": b"<html>" for name in STORIES}) as running_server:
        yield running_server


def feed(server: FeedServer, *names: str) -> bytes:
    return rss(
        *(
            item(name, server.url(f"/{name}"), published_at=NOON - HOUR * (1 + STORIES.index(name)))
            for name in names
        )
    )


def visit(source: Source, server: FeedServer, now: datetime) -> fetching.Visit:
    done = fetching.fetch(source.pk, now=now, allow=frozenset({server.place}), even_if_not_due=True)
    assert done is not None
    return done


@pytest.fixture
def source(press: Press, server: FeedServer) -> Source:
    source = press.source(url=server.url("/feed"))
    server.routes["/feed"] = feed(server, *STORIES)
    visit(source, server, NOON)
    return source


def retracted() -> list[str]:
    return sorted(Article.objects.exclude(retracted_at=None).values_list("headline", flat=True))


@pytest.mark.parametrize(
    ("listed", "page", "taken_back"),
    [
        (("ferry", "market"), Answer(status=404), ["mayor"]),
        (("ferry", "market"), Answer(status=410), ["mayor"]),
        (("mayor", "market"), Answer(status=404), []),  # the page alone proves nothing
        (("ferry", "market"), b"<html>", []),  # nor does the feed
        (("ferry", "market"), Answer(status=500), []),
        (("ferry", "market"), Answer(status=401), []),
        ((), Answer(status=404), []),
    ],
)
def test_feed_and_page_together_tell_that_a_story_is_gone(
    source: Source,
    server: FeedServer,
    listed: tuple[str, ...],
    page: Answer | bytes,
    taken_back: list[str],
) -> None:
    server.routes["/feed"] = feed(server, *listed)
    server.routes["/mayor"] = page
    done = visit(source, server, NOON + HOUR)
    assert retracted() == taken_back
    assert len(done.changed) == len(taken_back)
    visit(source, server, NOON + 2 * HOUR)
    assert retracted() == taken_back


def test_a_story_at_the_end_of_a_feed_is_old_and_not_gone(
    source: Source, server: FeedServer
) -> None:
    server.routes["/market"] = Answer(status=404)
    server.routes["/feed"] = feed(server, "mayor", "ferry")
    visit(source, server, NOON + HOUR)
    assert retracted() == []
    asked = {request.path for request in server.requests}
    assert "/market" not in asked


def test_a_tombstone_in_a_feed_is_believed(press: Press, server: FeedServer) -> None:
    source = press.source(url=server.url("/atom"))
    start = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>T</title>'
    entry = (
        f'<entry><id>tag:paper.example.org,2026:1</id><title>Mayor</title><link href="{server.url("/mayor")}"/>'
        f"<updated>{NOON:%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
    )
    server.routes["/atom"] = f"{start}{entry}</feed>".encode()
    visit(source, server, NOON)
    stone = (
        f'<at:deleted-entry ref="tag:paper.example.org,2026:1" when="{NOON:%Y-%m-%dT%H:%M:%SZ}"/>'
    )
    server.routes["/atom"] = f"{start}{stone}</feed>".encode()
    visit(source, server, NOON + HOUR)
    assert retracted() == ["Mayor"]
    other = press.source(url=server.url("/other"))
    server.routes["/other"] = f"{start}{stone}</feed>".encode()
    Article.objects.update(retracted_at=None)  # staff know better
    visit(other, server, NOON + HOUR)
    assert retracted() == []


def test_an_open_digest_with_it_is_looked_at_at_once_and_stops(
    press: Press,
    source: Source,
    server: FeedServer,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.FETCH_ALLOW = frozenset({server.place})
    digest = press.digest(press.newsletter())
    press.carry(digest, Article.objects.get(headline="mayor"))
    other = press.digest(press.newsletter("Evening"), state=DigestState.DRAFT)
    press.carry(other, Article.objects.get(headline="ferry"))
    server.routes["/feed"] = feed(server, "ferry", "market")
    server.routes["/mayor"] = Answer(status=410)
    Source.objects.update(next_fetch_at=None, asked_in_full_at=NOON)
    with django_capture_on_commit_callbacks() as bells:
        tasks.fetch_source(source.pk)
    assert retracted() == ["mayor"]
    assert Digest.objects.open().with_stories([Article.objects.get(headline="mayor").pk]) == [
        digest.pk
    ]
    assert len(bells) == 1
    report = running.run(digest.pk, now=NOON + HOUR)
    assert report is not None
    assert "retracted" in [finding.check for finding in report.blocking]
