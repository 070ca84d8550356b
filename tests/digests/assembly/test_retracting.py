"""What a source has taken back is known to be, and what merely left its feed is not."""

import os
import signal
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
from tests.fakes import Answer, FeedServer, Request
from tests.feeds import item, rss
from tests.staff import chief

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


def atom(server: FeedServer, *, entry: bool) -> bytes:
    """With the story, or with its tombstone (RFC 6721)."""
    start = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>T</title>'
    when = f"{NOON:%Y-%m-%dT%H:%M:%SZ}"
    story = (
        f'<entry><id>tag:paper.example.org,2026:1</id><title>Mayor</title><link href="{server.url("/mayor")}"/>'
        f"<updated>{when}</updated></entry>"
    )
    stone = f'<at:deleted-entry ref="tag:paper.example.org,2026:1" when="{when}"/>'
    return f"{start}{story if entry else stone}</feed>".encode()


def test_a_tombstone_in_a_feed_is_believed(press: Press, server: FeedServer) -> None:
    source = press.source(url=server.url("/atom"))
    server.routes["/atom"] = atom(server, entry=True)
    visit(source, server, NOON)
    server.routes["/atom"] = atom(server, entry=False)
    visit(source, server, NOON + HOUR)
    assert retracted() == ["Mayor"]


def test_a_tombstone_of_another_source_is_not(press: Press, server: FeedServer) -> None:
    source, other = (press.source(url=server.url(f"/{name}")) for name in ("atom", "other"))
    server.routes["/atom"] = atom(server, entry=True)
    visit(source, server, NOON)
    server.routes["/other"] = atom(server, entry=False)
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


def test_a_visit_that_is_killed_among_the_pages_is_made_up_for(
    source: Source, server: FeedServer
) -> None:
    """A page is asked for after the feed's stories are kept, and that takes time."""

    class Killed(BaseException):
        pass

    def kill(_request: Request) -> Answer:
        os.kill(os.getpid(), signal.SIGUSR1)
        return Answer(delay_seconds=1)

    def die(*_signal: object) -> None:
        raise Killed

    server.routes["/feed"] = feed(server, "ferry", "market")
    server.routes["/mayor"] = kill
    kept = signal.signal(signal.SIGUSR1, die)
    try:
        with pytest.raises(Killed):
            visit(source, server, NOON + HOUR)
    finally:
        signal.signal(signal.SIGUSR1, kept)
    assert retracted() == []
    server.routes["/mayor"] = Answer(status=404)
    visit(source, server, NOON + 2 * HOUR)
    assert retracted() == ["mayor"]


def test_what_staff_have_restored_is_not_taken_back_again(press: Press, server: FeedServer) -> None:
    """A feed names what it has deleted for weeks."""
    source = press.source(url=server.url("/atom"))
    server.routes["/atom"] = atom(server, entry=True)
    visit(source, server, NOON)
    server.routes["/atom"] = atom(server, entry=False)
    visit(source, server, NOON + HOUR)
    assert retracted() == ["Mayor"]
    chosen = [str(Article.objects.get().pk)]
    form = {"action": "restore", "_selected_action": chosen}
    chief().post("/admin/digests/article/", form)
    assert retracted() == []
    visit(source, server, NOON + 2 * HOUR)
    assert retracted() == []
