"""Pictures become ours, once, or are known to be none."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from digests import versions
from digests.assembly import copying, renewing
from digests.choices import BlockStyle, DigestState
from digests.models import Alert, Article, Digest, Image, Item, Section
from digests.preflight import running
from subscriptions.clock import database_now
from tests.at_once import at_once
from tests.builders import Press
from tests.fakes import Answer, FeedServer, redirect, tagged
from tests.feeds import jpeg


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/picture.jpg": jpeg()}) as running:
        yield running


def illustrated(press: Press, server: FeedServer, path: str = "/picture.jpg") -> Item:
    digest = press.digest(press.newsletter(f"Letter {Digest.objects.count()}"))
    section = press.carry(digest, press.article(image_url=server.url(path)))
    return section.items.get()


def copy(item: Item, server: FeedServer) -> Image | None:
    return copying.copy_picture(item.pk, allow=frozenset({server.place}))


def test_a_picture_is_copied_in_two_sizes_and_shown(
    press: Press, server: FeedServer, media: Path
) -> None:
    item = illustrated(press, server)
    assert copying.without_picture() == [item.pk]

    image = copy(item, server)

    assert image is not None
    assert (image.width, image.height, image.large_width) == (600, 400, 900)
    item.refresh_from_db()
    assert item.image == image
    assert len(list((media / "stories").iterdir())) == 2
    assert copying.without_picture() == []


def test_a_picture_that_several_stories_show_is_fetched_once(
    press: Press, server: FeedServer
) -> None:
    items = [illustrated(press, server) for _ in range(3)]
    for item in items:
        copy(item, server)
    assert len(server.requests) == 1
    assert Item.objects.filter(image=Image.objects.get()).count() == 3


def test_the_next_picture_is_tried_when_one_is_refused(press: Press, server: FeedServer) -> None:
    item = illustrated(press, server, "/forbidden.jpg")
    server.routes["/page.jpg"] = b"<!doctype html><title>Log in</title>"
    named = [
        {"url": server.url(path), "alt": alt, "caption": "", "credit": f"{alt}’s"}
        for path, alt in (("/forbidden.jpg", "A"), ("/page.jpg", "B"), ("/picture.jpg", "C"))
    ]
    Article.objects.update(pictures=named)
    image = copy(item, server)
    assert image is not None
    shown = Item.objects.get(pk=item.pk)
    assert (shown.image, shown.shown_alt, shown.shown_credit) == (image, "C", "C’s")
    assert Article.objects.get().image_error == ""
    assert Image.objects.of(Article.objects.get()) == image


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_picture_make_one_copy(
    press: Press, server: FeedServer, media: Path
) -> None:
    items = [illustrated(press, server) for _ in range(4)]
    at_once(*[lambda item=item: copy(item, server) for item in items])
    image = Image.objects.get()
    assert Item.objects.filter(image=image).count() == 4
    assert (media / image.file.name).read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404),
        b"<html>not a picture</html>",
        jpeg()[:500],
        jpeg(width=20, height=20),
        redirect("http://10.0.0.1/picture.jpg"),
    ],
)
def test_a_bad_picture_is_remembered_and_not_asked_for_again(
    press: Press, server: FeedServer, answer: Answer | bytes
) -> None:
    server.routes["/picture.jpg"] = answer
    item = illustrated(press, server)
    for _bell in range(3):
        assert copy(item, server) is None
    assert len(server.requests) == 1
    assert copying.without_picture() == []
    assert Article.objects.get().image_error
    assert not Image.objects.exists()


def test_a_picture_in_a_private_place_is_not_asked_for(press: Press, server: FeedServer) -> None:
    item = illustrated(press, server)
    assert copying.copy_picture(item.pk, allow=frozenset()) is None
    assert server.requests == []
    assert Article.objects.get().image_error


def test_only_open_digests_and_sections_with_pictures_want_them(
    press: Press, server: FeedServer
) -> None:
    item = illustrated(press, server)
    Section.objects.update(style=BlockStyle.BRIEFS)
    assert copying.without_picture() == []
    Section.objects.update(style=BlockStyle.LEAD)
    Digest.objects.update(state=DigestState.CANCELLED)
    assert copying.without_picture() == []
    Digest.objects.update(state=DigestState.HELD)
    assert copying.without_picture() == [item.pk]


def test_a_story_added_while_its_digest_is_sent_gets_its_picture(
    press: Press, server: FeedServer
) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.frozen(newsletter)
    Article.objects.update(page_picture={"url": ""})  # its page was asked
    added = press.article(image_url=server.url("/picture.jpg"))
    item = press.carry(digest, added).items.get(article=added)
    assert copying.without_picture() == [item.pk]
    assert copy(item, server) is not None
    item.refresh_from_db()
    assert item.image is not None


def test_a_file_that_a_lost_worker_left_half_written_is_written_again(
    press: Press, server: FeedServer, media: Path
) -> None:
    image = copy(illustrated(press, server), server)
    assert image is not None
    path = media / image.file.name
    whole = path.read_bytes()
    Item.objects.update(image=None)
    image.delete()
    path.write_bytes(whole[:100])

    again = copy(Item.objects.get(), server)

    assert again is not None
    assert again.file.name == image.file.name
    assert path.read_bytes() == whole


def test_a_picture_that_an_editor_chose_is_not_replaced(press: Press, server: FeedServer) -> None:
    chosen = copy(illustrated(press, server), server)
    server.routes["/other.jpg"] = jpeg(colour="red")
    item = illustrated(press, server, "/other.jpg")
    Item.objects.filter(pk=item.pk).update(image=chosen)
    assert copy(item, server) is None
    item.refresh_from_db()
    assert item.image == chosen


def test_an_item_that_is_gone_is_nothing_to_do(press: Press, server: FeedServer) -> None:
    item = illustrated(press, server)
    gone = item.pk
    item.delete()
    assert copying.copy_picture(gone, allow=frozenset()) is None


# --- The story's page, as the last resort -------------------------------------------------------------------


def with_page(press: Press, server: FeedServer, image: str, path: str = "/story") -> Item:
    server.routes[path] = (
        f'<!doctype html><title>Bridge opens</title><meta property="og:image" content="{image}">'
        '<meta property="og:image:alt" content="A crowd">'
    ).encode()
    digest = press.digest(press.newsletter(f"Letter {Digest.objects.count()}"))
    return press.carry(digest, press.article(url=server.url(path))).items.get()


def test_a_story_whose_feed_names_no_picture_takes_that_of_its_page(
    press: Press, server: FeedServer
) -> None:
    item, other = with_page(press, server, "/picture.jpg"), illustrated(press, server, "/none.jpg")
    Item.objects.filter(pk=other.pk).update(article=press.article(url=server.url("/story-2")))
    assert copying.without_picture() == [item.pk, other.pk]
    image = copy(item, server)
    assert image is not None
    shown = Item.objects.get(pk=item.pk)
    assert (shown.image, shown.shown_alt, shown.has_source_changed) == (image, "A crowd", False)
    assert Image.objects.of(Article.objects.get(items=item)) == image
    assert Item.objects.get(pk=other.pk).image is None
    # The other story's page is not there: it is asked once.
    assert copy(other, server) is None
    asked = len(server.requests)
    assert copying.without_picture() == []
    assert copy(other, server) is None
    assert len(server.requests) == asked


def test_the_page_is_asked_where_every_picture_of_the_feed_is_refused(
    press: Press, server: FeedServer
) -> None:
    item = with_page(press, server, "/picture.jpg")
    Article.objects.update(image_url=server.url("/forbidden.jpg"))
    image = copy(item, server)
    assert image is not None
    assert image.source_url == server.url("/picture.jpg")
    paths = [request.path for request in server.requests]
    assert paths == ["/forbidden.jpg", "/story", "/", "/picture.jpg"]
    assert Article.objects.get().image_error == ""


def test_a_picture_of_the_paper_itself_is_not_the_storys(press: Press, server: FeedServer) -> None:
    item = with_page(press, server, "/picture.jpg")
    server.routes["/"] = server.routes["/story"]
    assert copy(item, server) is None
    assert Article.objects.get().page_picture == {"url": ""}


# --- Another picture at the same address --------------------------------------------------------------------


def renewed(image: Image, server: FeedServer, minutes: int) -> bool:
    now = database_now() + timedelta(minutes=minutes)
    return renewing.renew(image.pk, now=now, allow=frozenset({server.place}))


def test_a_picture_that_is_replaced_at_its_address_is_shown_and_after_approval_told(
    press: Press, server: FeedServer
) -> None:
    now = database_now()
    server.routes["/picture.jpg"] = tagged(jpeg(), '"1"')
    item = illustrated(press, server)
    digest = item.section.digest
    Digest.objects.update(due_at=now + timedelta(hours=1), miss_at=now + timedelta(hours=3))
    image = copy(item, server)
    assert image is not None
    assert renewing.due_ids(now=now) == []
    assert renewing.due_ids(now=now + timedelta(minutes=16)) == [image.pk]
    approve(digest)
    assert not renewed(image, server, 16)
    assert server.requests[-1].headers["if-none-match"] == '"1"'
    assert renewing.due_ids(now=now + timedelta(minutes=17)) == []

    before = image.large_file.name
    server.routes["/picture.jpg"] = tagged(jpeg(colour="red"), '"2"')
    assert renewed(image, server, 32)
    image.refresh_from_db()
    assert image.large_file.name != before
    assert running.run(digest.pk, now=now) is not None
    told = Alert.objects.get(digest=digest).text
    assert "Its source shows another picture" in told
    assert "Readers get it as it was approved." in told
    assert not renewed(image, server, 33)  # asked a minute ago


@pytest.mark.parametrize("answer", [Answer(status=404), Answer(b"<html>Log in"), Answer(jpeg())])
def test_a_picture_that_is_gone_or_the_same_stays_as_we_have_it(
    press: Press, server: FeedServer, answer: Answer
) -> None:
    image = copy(illustrated(press, server), server)
    assert image is not None
    before = image.large_file.name
    server.routes["/picture.jpg"] = answer
    assert not renewed(image, server, 16)
    image.refresh_from_db()
    assert (image.large_file.name, image.replaced_at) == (before, None)


def approve(digest: Digest) -> None:
    digest.refresh_from_db()
    digest.newsletter.refresh_from_db()
    digest.approved_version = versions.keep(digest, by=None, now=database_now())
    digest.approved_at = database_now()
    digest.state = DigestState.APPROVED
    digest.save()
