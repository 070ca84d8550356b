import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from digests.assembly.pictures import Rendition, prepare_picture
from digests.outside.failures import PictureError

RED, BLUE = (220, 30, 30), (30, 30, 220)


def written(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def drawn(width: int, height: int, kind: str = "JPEG", **options: object) -> bytes:
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return written(picture, kind, **options)


def opened(rendition: Rendition) -> Image.Image:
    return Image.open(BytesIO(rendition.body))


def is_near(picture: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = picture.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 12 for a, b in zip(found, colour, strict=True))


def png_of(width: int, height: int) -> bytes:
    """A header that claims a size, with next to nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def grey_16(width: int = 300, height: int = 200) -> Image.Image:
    """Black on the left, white on the right."""
    picture = Image.new("I;16", (width, height))
    for x in range(width):
        for y in range(height):
            picture.putpixel((x, y), 65535 * x // (width - 1))
    return picture


@pytest.mark.parametrize("options", [{}, {"transparency": 65535}])
def test_a_grey_of_16_bits_keeps_its_shades(options: dict[str, int]) -> None:
    shown = opened(prepare_picture(written(grey_16(), "PNG", **options)).large).convert("L")
    shades = [shown.crop((x, 100, x + 1, 101)).tobytes()[0] for x in (10, 75, 150, 225, 290)]
    for found, right in zip(shades, (8, 64, 128, 192, 247), strict=True):
        assert abs(found - right) < 6, shades


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_every_usual_format_becomes_two_progressive_jpegs(kind: str) -> None:
    prepared = prepare_picture(drawn(1800, 1200, kind))
    for rendition, width, height in ((prepared.small, 600, 400), (prepared.large, 1200, 800)):
        with opened(rendition) as picture:
            assert picture.format == "JPEG"
            assert picture.info.get("progressive")
            assert picture.size == (rendition.width, rendition.height) == (width, height)
            assert is_near(picture, (10, 10), RED)
            assert is_near(picture, (width - 10, 10), BLUE)


def test_names_come_from_the_content() -> None:
    first, again = prepare_picture(drawn(900, 600)), prepare_picture(drawn(900, 600))
    other = prepare_picture(drawn(960, 640))
    assert first == again
    assert first.small.name.endswith("-600.jpg")
    assert first.large.name.endswith("-1200.jpg")
    assert len(first.small.name) == len("-600.jpg") + 20
    assert first.large.name.split("-")[0] != other.large.name.split("-")[0]


def test_a_small_picture_is_never_made_larger() -> None:
    prepared = prepare_picture(drawn(300, 200))
    assert (prepared.small.width, prepared.large.width) == (300, 300)


@pytest.mark.parametrize(("width", "height"), [(1000, 4000), (4000, 1000), (1601, 900), (700, 701)])
def test_columns_line_up_because_all_are_cut_to_one_shape(width: int, height: int) -> None:
    prepared = prepare_picture(drawn(width, height))
    for rendition in (prepared.small, prepared.large):
        assert rendition.height == pytest.approx(rendition.width * 2 / 3, abs=1.5)
    whole = prepare_picture(drawn(width, height), crop=False).small
    assert whole.height == pytest.approx(whole.width * height / width, abs=1)


def test_the_middle_is_kept() -> None:
    picture = Image.new("RGB", (1200, 3000), RED)
    picture.paste(BLUE, (0, 1000, 1200, 2000))
    with opened(prepare_picture(written(picture)).small) as cut:
        assert is_near(cut, (5, 5), BLUE)
        assert is_near(cut, (cut.width - 5, cut.height - 5), BLUE)


def test_a_picture_taken_sideways_is_turned_and_its_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    exif[0x010F] = "Secret camera"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}  # where it was taken
    body = drawn(900, 600, exif=exif.tobytes(), comment=b"Secret comment")
    rendition = prepare_picture(body, crop=False).small
    with opened(rendition) as picture:
        assert picture.size == (600, 900)
        assert is_near(picture, (300, 10), RED)
        assert is_near(picture, (300, 890), BLUE)
        assert not picture.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(picture.info)
    assert b"Secret" in body
    assert b"Secret" not in rendition.body


def test_colours_of_a_profile_are_converted_before_it_is_dropped() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (lab, b"no profile at all"):
        with opened(prepare_picture(drawn(900, 600, icc_profile=profile)).small) as picture:
            assert "icc_profile" not in picture.info
            assert is_near(picture, (10, 10), RED)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_becomes_white(mode: str) -> None:
    picture = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    picture.paste((*RED, 255), (300, 0, 600, 400))
    body = written(picture, "GIF") if mode == "P" else written(picture.convert(mode), "PNG")
    with opened(prepare_picture(body).small) as flat:
        assert is_near(flat, (10, 10), (255, 255, 255))


def test_only_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (300, 200), colour) for colour in (RED, BLUE, BLUE)]
    body = written(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with opened(prepare_picture(body).small) as picture:
        assert is_near(picture, (100, 100), RED)


@pytest.mark.parametrize("mode", ["CMYK", "L", "1"])
def test_other_colour_modes_are_taken(mode: str) -> None:
    body = written(
        Image.new("RGB", (600, 400), RED).convert(mode), "JPEG" if mode != "1" else "PNG"
    )
    assert prepare_picture(body).small.width == 600


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not a JPEG"),
        (b"GIF89a", "not a JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><svg/>", "SVG"),
        (b"<!DOCTYPE html><title>Not found</title>", "web page"),
        (drawn(600, 400)[:2000], "damaged"),
        (drawn(600, 400, "PNG")[:60], "damaged"),
        (drawn(600, 400, "TIFF"), "not a JPEG"),
        (drawn(1, 1, "GIF"), "too small"),
        (drawn(2000, 10), "too small"),
        (png_of(8_000, 8_000), "million pixels"),
        (png_of(10_000, 9_500), "million pixels"),
        (png_of(60_000, 60_000), "million pixels"),
        (png_of(600, 400), "damaged"),
        (b"\xff\xd8\xff" + b"x" * 10_000_000, "larger than 10 MB"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        prepare_picture(body)
