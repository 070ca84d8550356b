"""A logo for the pictures, drawn so that no one's is borrowed."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 128)
INK, SEA = (122, 0, 25), (11, 92, 138)


@cache
def drawn() -> bytes:
    """A PNG: two waves and a name."""
    picture = Image.new("RGB", SIZE, (255, 255, 255))
    pen = ImageDraw.Draw(picture)
    for row, colour in ((44, INK), (76, SEA)):
        for place in range(3):
            left = 8 + place * 44
            pen.arc((left, row - 22, left + 44, row + 22), 0, 180, fill=colour, width=9)
    pen.text((164, 18), "The Courier", fill=INK, font=ImageFont.load_default(76))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
