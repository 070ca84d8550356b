"""The pages of the sources: whoever asks for a visit gets one."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from digests.assembly import source_keys
from digests.models import Article, Source
from tests.builders import NOON, Press
from tests.fakes import Answer, FeedServer
from tests.feeds import item, rss
from tests.staff import chief, signed_in

STORY = "https://paper.example.org/stories/1"


def test_fetching_rings_for_the_source(
    press: Press, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = press.source()
    page = f"/admin/digests/source/{source.pk}/change/"
    form = {"name": source.name, "url": source.url, "is_active": "on", "interval_minutes": "10"}
    fetch = {"digests_source_fetch_now": "1"}
    with django_capture_on_commit_callbacks() as bells:
        assert signed_in("analyst").post(page, form | fetch).status_code == 403
        signed_in("publisher").post(page, form)
    assert bells == []
    chosen = {"action": "fetch_chosen", "_selected_action": [source.pk]}
    client = chief()
    with django_capture_on_commit_callbacks() as bells:
        client.post(page, form | fetch)
        client.post("/admin/digests/source/", chosen)
    assert len(bells) == 2


def test_a_failing_source_is_fetched_at_once_when_somebody_asks(press: Press) -> None:
    later = NOON + timedelta(hours=6)
    source = press.source(failures=5, last_error="It answered 503.", next_fetch_at=later)
    page = f"/admin/digests/source/{source.pk}/change/"
    form = {"name": source.name, "url": source.url, "is_active": "on", "interval_minutes": "10"}
    client = chief()
    client.post(page, form)
    assert list(Source.objects.due(NOON)) == []
    client.post(page, form | {"digests_source_fetch_now": "1"})
    assert list(Source.objects.due(NOON)) == [source]

    Source.objects.update(next_fetch_at=later)
    client.post(
        "/admin/digests/source/", {"action": "fetch_chosen", "_selected_action": [source.pk]}
    )
    assert list(Source.objects.due(NOON)) == [source]

    Source.objects.update(is_active=False)
    del form["is_active"]
    answer = client.post(page, form | {"digests_source_fetch_now": "1"}, follow=True)
    assert "is off: make it active" in answer.content.decode()


def test_the_page_of_a_source_says_what_was_left_out(press: Press) -> None:
    told = "3 stories were left out: <it> has no link."
    source = press.source(worked_at=NOON, warnings=[told])
    client = chief()
    page = client.get(f"/admin/digests/source/{source.pk}/change/").content.decode()
    assert "3 stories were left out: &lt;it&gt; has no link." in page
    assert "Works, with remarks" in client.get("/admin/digests/source/").content.decode()


def test_a_source_at_a_new_address_begins_anew(
    press: Press, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = press.source(
        failures=5,
        last_error="It answered 404.",
        etag='"of-the-old-one"',
        worked_at=NOON,
        next_fetch_at=NOON + timedelta(hours=6),
    )
    form = {"name": source.name, "url": "https://paper.example.org/right.xml"}
    form |= {"is_active": "on", "interval_minutes": "10"}
    client = chief()
    with django_capture_on_commit_callbacks() as bells:
        client.post(f"/admin/digests/source/{source.pk}/change/", form)
    assert len(bells) == 1
    source.refresh_from_db()
    assert (source.etag, source.last_error, source.failures) == ("", "", 0)
    assert list(Source.objects.due(NOON)) == [source]

    with django_capture_on_commit_callbacks() as bells:
        added = form | {"name": "Another", "url": "https://paper.example.org/another.xml"}
        answer = client.post("/admin/digests/source/add/", added, follow=True)
    assert len(bells) == 1
    assert "It is being fetched" in answer.content.decode()


# --- Before and while it is kept ---------------------------------------------------------------------------


NEW = {"name": "Wire", "is_active": "on", "interval_minutes": "10"}


@pytest.fixture
def server(settings: Settings) -> Iterator[FeedServer]:
    feed = rss(item("The ferry is back", STORY), item("", STORY))
    with FeedServer({"/feed": feed}) as running:
        settings.FETCH_ALLOW = frozenset({running.place})
        yield running


def test_a_source_is_looked_at_before_it_is_kept(press: Press, server: FeedServer) -> None:
    client, form = chief(), NEW | {"url": server.url("/feed"), "tags": "Sea", "_preview": "1"}
    shown = unescape(client.post("/admin/digests/source/add/", form).content.decode())
    for words in (
        "2 stories found, 1 usable. Nothing is kept yet.",
        "1 story was left out: it has no headline.",
        "The ferry is back",
        "date unknown",
        f'value="{server.url("/feed")}"',
        'value="Sea"',
    ):
        assert words in shown
    assert not Source.objects.exists()
    assert not Article.objects.exists()

    asked = len(server.requests)
    assert signed_in("analyst").post("/admin/digests/source/add/", form).status_code == 403
    assert len(server.requests) == asked


def test_a_preview_says_why_there_is_nothing_to_see(press: Press, server: FeedServer) -> None:
    server.routes |= {
        "/": b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed">',
        "/key": lambda request: Answer(status=200 if "x-key" in request.headers else 401),
    }
    client = chief()

    def shown(path: str, **fields: str) -> str:
        form = NEW | {"url": server.url(path), "_preview": "1"} | fields
        return unescape(client.post("/admin/digests/source/add/", form).content.decode())

    page = shown("/")
    assert "Enter this address instead:" in page
    assert f"<code>{server.url('/feed')}</code>" in page
    assert "It asks for a password or a key." in shown("/key")
    assert "The feed is empty." in shown("/key", key_header="X-Key", secret="of ours")
    assert "private network" in shown("/feed", url="http://169.254.169.254/latest/")
    assert "This field is required." in shown("/feed", name="")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"username": "desk", "secret": " p:ss "}, {"Authorization": "Basic ZGVzazogcDpzcyA="}),
        ({"key_header": "X-API-Key", "secret": "k"}, {"X-API-Key": "k"}),
        (
            {"url": "https://desk:p%40ss@wire.example.org/feed"},
            {"Authorization": "Basic ZGVzazpwQHNz"},
        ),
        ({}, {}),
    ],
)
def test_a_password_or_key_goes_in_and_never_comes_out(
    press: Press, fields: dict[str, str], kept: dict[str, str]
) -> None:
    client, form = chief(), NEW | {"url": "https://wire.example.org/feed"}
    assert client.post("/admin/digests/source/add/", form | fields).status_code == 302
    source = Source.objects.get()
    assert source.url == "https://wire.example.org/feed"
    assert source_keys.headers_for(source) == kept

    page = f"/admin/digests/source/{source.pk}/change/"
    shown = client.get(page).content.decode()
    assert ("One is kept. Left empty, it stays." in shown) is bool(kept)
    assert source.sealed_secret == "" or source.sealed_secret not in shown
    names = {name: getattr(source, name) for name in ("username", "key_header")}
    client.post(page, form | names)
    source.refresh_from_db()
    assert source_keys.headers_for(source) == kept
    client.post(page, form | names | {"without_secret": "on"})
    source.refresh_from_db()
    assert (source_keys.headers_for(source), source.username, source.key_header) == ({}, "", "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"username": "desk"}, "Enter the password or key that goes with it."),
        ({"key_header": "Host", "secret": "x"}, "cannot be the name of a header"),
        ({"key_header": "X-Key: y", "secret": "x"}, "cannot be the name of a header"),
        ({"key_header": "X-Key", "username": "desk", "secret": "x"}, "not both"),
        ({"key_header": "X-Key", "secret": "a\r\nHost: b"}, "one line of plain text"),
        ({"key_header": "X-Key", "secret": "ключ"}, "Letters, digits and signs"),
        ({"priority": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_no_server_could_be_asked_with_is_refused(
    press: Press, fields: dict[str, str], words: str
) -> None:
    form = NEW | {"url": "https://wire.example.org/feed"} | fields
    answer = chief().post("/admin/digests/source/add/", form)
    assert answer.status_code == 200
    assert words in unescape(answer.content.decode())
    assert not Source.objects.exists()


def test_the_list_says_which_are_gone_or_silent(press: Press) -> None:
    press.source(is_active=False, failures=1, told_of="gone")
    press.source(worked_at=NOON, told_of="silent", found=12, taken=11)
    client = chief()
    shown = client.get("/admin/digests/source/").content.decode()
    assert "Gone" in shown
    assert "Silent" in shown
    source = Source.objects.get(found=12)
    page = client.get(f"/admin/digests/source/{source.pk}/change/").content.decode()
    assert "12 found, 11 taken" in page
