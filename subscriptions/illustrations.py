"""A newsletter's picture on its card: cut to the card's shape, and light, whatever was uploaded."""

import io
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

SIZE = (640, 320)
QUALITIES = (62, 50, 38, 26, 14, 2)  # the first with which it is light enough
MOST_BYTES = 30_000


class BadPicture(ValueError):
    """What was uploaded cannot be shown."""


def shrunk(upload: IO[bytes], name: str) -> "ContentFile[bytes]":
    """WebP without metadata. Raises BadPicture."""
    try:
        with Image.open(upload) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(name) from error
    cut = ImageOps.fit(upright, SIZE)
    written = (_written(cut, quality) for quality in QUALITIES)
    light = next((file for file in written if len(file) <= MOST_BYTES), None)
    return ContentFile(
        light or _written(cut, QUALITIES[-1]), f"{name.rpartition('.')[0] or 'picture'}.webp"
    )


def _written(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=6)
    return out.getvalue()
