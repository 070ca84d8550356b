"""A newsletter's picture on its card: cut to the card's shape, and light, whatever was uploaded."""

import io
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

SIZE = (640, 320)
QUALITY = 62


class BadPicture(ValueError):
    """What was uploaded cannot be shown."""


def shrunk(upload: IO[bytes], name: str) -> "ContentFile[bytes]":
    """WebP without metadata. Raises BadPicture."""
    try:
        with Image.open(upload) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(name) from error
    out = io.BytesIO()
    ImageOps.fit(upright, SIZE).save(out, "WEBP", quality=QUALITY, method=6)
    return ContentFile(out.getvalue(), f"{name.rpartition('.')[0] or 'picture'}.webp")
