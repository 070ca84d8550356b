from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from PIL import Image as Picture
from pytest_django.fixtures import Settings

from digests.assembly import copying
from digests.choices import ImageChoice
from digests.composing import picturing, undoing
from digests.drafts.refusals import Refused
from digests.models import Article, Digest, Item
from tests.digests.composing.conftest import Desk, item


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def jpeg() -> bytes:
    out = BytesIO()
    Picture.new("RGB", (300, 200), (20, 60, 90)).save(out, "JPEG")
    return out.getvalue()


def test_an_editor_brings_a_picture_and_gives_it_back(digest: Digest, anna: User, at: Desk) -> None:
    a = item(digest, "A").pk
    picturing.bring(digest.pk, a, jpeg(), at(anna))
    story = Item.objects.get(pk=a)
    assert story.image is not None
    assert (story.image.width, story.image_choice, story.is_locked) == (300, ImageChoice.OWN, True)
    picturing.give_back(digest.pk, a, at(anna))
    assert Item.objects.get(pk=a).image is None
    undoing.undo(digest.pk, at(anna))
    assert Item.objects.get(pk=a).image == story.image


def test_a_picture_that_was_left_out_is_not_copied_again(
    digest: Digest, anna: User, at: Desk
) -> None:
    Article.objects.update(image_url="https://paper.example.org/p.jpg")
    a = item(digest, "A").pk
    assert a in copying.without_picture()
    picturing.leave_out(digest.pk, a, at(anna))
    assert a not in copying.without_picture()
    assert copying.copy_picture(a, allow=frozenset()) is None
    assert Article.objects.get(headline="A").image_error == ""
    picturing.give_back(digest.pk, a, at(anna))
    assert a in copying.without_picture()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff\xd8\xff" + b"\0" * 20_000_000, "larger than 10 MB"),
        (b"GIF89a, or so it says", "not a JPEG, PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing"),
        (b"<!doctype html><script>alert(1)</script>", "a web page, not a picture"),
        (b"", "not a JPEG, PNG"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(
    digest: Digest, anna: User, at: Desk, body: bytes, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        picturing.bring(digest.pk, item(digest, "A").pk, body, at(anna))
    assert not digest.changes.exists()
