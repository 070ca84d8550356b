from io import BytesIO

import pytest
from django.core import signing
from django.core.files.storage import default_storage
from PIL import Image
from pytest_django import Settings

from digests.assembly.pictures import LOGO_SIZE, MOST_LOGO_BYTES
from digests.designing import logos
from digests.designing.logos import KeptLogo, Refused, from_token, keep, prepared


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


def drawing(size: tuple[int, int] = (900, 200), form: str = "PNG", mode: str = "RGBA") -> bytes:
    file = BytesIO()
    Image.new(mode, size, 0).save(file, form)
    return file.getvalue()


def test_a_logo_is_scaled_put_on_white_and_kept_once() -> None:
    logo = prepared(drawing())
    assert (logo.width, logo.height) == (640, 142)
    with Image.open(BytesIO(logo.body)) as picture:
        assert (picture.format, picture.mode, picture.info) == ("PNG", "RGB", {})
        assert picture.getpixel((1, 1)) == (255, 255, 255)  # it was transparent
    kept = keep(logo)
    assert keep(logo) == kept
    with default_storage.open(kept.name) as file:
        assert file.read() == logo.body
    assert logos.url_of(logo).endswith(kept.name)


def test_a_tall_one_keeps_its_shape_and_a_small_one_is_not_blown_up() -> None:
    tall = prepared(drawing((300, 900)))
    assert (tall.width, tall.height) == (48, LOGO_SIZE[1])
    assert prepared(drawing((120, 30))).width == 120


def test_a_photograph_is_kept_light() -> None:
    noise = Image.effect_noise((640, 144), 90).convert("RGB")
    file = BytesIO()
    noise.save(file, "PNG")
    assert len(prepared(file.getvalue()).body) <= MOST_LOGO_BYTES


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            "SVG drawing",
        ),
        (b"<html><script>alert(1)</script></html>", "a web page"),
        (b"nonsense", "not a JPEG"),
        (b"", "not a JPEG"),
        (drawing()[:60], "not a JPEG"),
        (drawing((900, 10)), "less than 16 pixels"),
        (drawing((9000, 9000), mode="1"), "million pixels"),
        (b"\x89PNG" + b"x" * logos.MOST_BYTES, "larger than 2 MB"),
    ],
)
def test_what_is_no_logo_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        prepared(body)


def test_only_we_can_name_a_file() -> None:
    logo = KeptLogo("logos/a.png", 10, 10)
    assert from_token(logo.token) == logo
    assert from_token(logo.token[:-1]) is None
    assert from_token("") is None
    forged = signing.dumps({"name": "../.env", "width": 1, "height": 1}, salt="another")
    assert from_token(forged) is None
