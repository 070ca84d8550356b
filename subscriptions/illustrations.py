"""A newsletter's picture on its card: cut to the card's shape, and light, whatever was uploaded."""

import io
from hashlib import sha256
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

SIZE = (640, 320)
QUALITIES = (62, 50, 38, 26, 14, 2)  # the first with which it is light enough
MOST_BYTES = 30_000
# Of what is uploaded, as of stories' pictures (digests/assembly/pictures.py): other formats run other programs, and
# 38 KB can be a picture that takes a gigabyte.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MOST_UPLOADED = 10_000_000
MOST_PIXELS = 40_000_000
LOGO_SIZE = (640, 288)  # twice what pages and mails show of it


class BadPicture(ValueError):
    """What was uploaded cannot be shown."""


def shrunk(upload: IO[bytes], name: str) -> "ContentFile[bytes]":
    """WebP without metadata, under a name of ours. Raises BadPicture."""
    cut = ImageOps.fit(_decoded(upload, name, SIZE).convert("RGB"), SIZE)
    written = (_written(cut, quality) for quality in QUALITIES)
    light = next((file for file in written if len(file) <= MOST_BYTES), None)
    return _named(light or _written(cut, QUALITIES[-1]), "webp")


def as_logo(upload: IO[bytes], name: str) -> "ContentFile[bytes]":
    """PNG without metadata, under a name of ours; what is transparent stays so. Raises BadPicture."""
    drawn = _decoded(upload, name, LOGO_SIZE).convert("RGBA")
    drawn.info.clear()
    drawn.thumbnail(LOGO_SIZE)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return _named(out.getvalue(), "png")


def _decoded(upload: IO[bytes], name: str, size: tuple[int, int]) -> Image.Image:
    """The first frame, the right way up. Raises BadPicture before anything large is made of it."""
    body = upload.read(MOST_UPLOADED + 1)
    if len(body) > MOST_UPLOADED:
        raise BadPicture(name)
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
            _check_pixels(picture, name)
            # A JPEG decoder can scale down on the way.
            picture.draft("RGB", (2 * size[0], 2 * size[1]))
            picture.load()
            return ImageOps.exif_transpose(picture)
    except BadPicture:
        raise
    except Exception as error:  # its decoders raise whatever the bytes make them raise
        raise BadPicture(name) from error


def _check_pixels(picture: Image.Image, name: str) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise BadPicture(name)


def _named(body: bytes, ending: str) -> "ContentFile[bytes]":
    return ContentFile(body, f"{sha256(body).hexdigest()[:20]}.{ending}")


def _written(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=6)
    return out.getvalue()
