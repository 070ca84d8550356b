"""Pictures become ours, once, or are known to be none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from digests.assembly import copying
from digests.choices import BlockStyle, DigestState
from digests.models import Article, Digest, Image, Item, Section
from tests.at_once import at_once
from tests.builders import Press
from tests.fakes import Answer, FeedServer, redirect
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
