"""What picture goes with a story: painted when asked for, the same every time."""

import random
import zlib
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO

from tools.demo import emblems, landscapes, seascapes, townscapes
from tools.demo.canvas import Canvas, Palette

JPEG_QUALITY = 86
KEPT = 64  # more than the paper has, about 200 KB each

PALETTES = {
    #                       sky     horizon sun     far     middle  near    ink     accent
    "world": Palette.of("#3d5a80 #f2c6a0 #fff1d6 #8fa3b8 #55708f #2f4560 #182738 #d2603a"),
    "city": Palette.of("#5b7f9c #f6d5b0 #fff4dc #9fb3bd #5f7f8d #34505e #16282f #c8553d"),
    "politics": Palette.of("#4a4e69 #e8d3c4 #fff3e2 #a9a3b5 #716d89 #454260 #221f36 #8d2f3f"),
    "business": Palette.of("#2f6577 #f3e2c4 #fff6e0 #9dbab8 #4f8a8b #24545c #10292f #dd8a3c"),
    "science": Palette.of("#27407a #cfe0ea #fff8e4 #7fa0cf #4a6db0 #27407a #101b3c #e27d60"),
    "culture": Palette.of("#6b3a5b #f3cfae #fff0d0 #c89aa0 #955f77 #5b2f4e #26111f #c2443f"),
    "sport": Palette.of("#3a6ea5 #f4dcb8 #fff7df #94b79c #4f8f63 #2a5c43 #10261f #d9572b"),
    "climate": Palette.of("#3f7d8c #e6e7cf #fffbe4 #9cc3bd #5a9a93 #2b6466 #0f2f34 #e39b3b"),
    "good-news": Palette.of("#5c9ead #ffe2ae #fffbe6 #b5cf9e #7fae79 #46785a #1d3b33 #ee8434"),
}

SCENES: dict[str, Callable[[Canvas], None]] = {
    scene.__name__: scene
    for scene in (
        *(seascapes.harbour, seascapes.lighthouse, seascapes.ice, seascapes.sails),
        *(landscapes.mountains, landscapes.fields, landscapes.forest, landscapes.wetland),
        *(landscapes.turbines, townscapes.skyline, townscapes.parliament, townscapes.bridge),
        *(townscapes.cranes, townscapes.tram, townscapes.stadium, townscapes.rooftops),
        *(emblems.chart, emblems.orbits, emblems.cells, emblems.observatory, emblems.theatre),
        *(emblems.books, emblems.strings, emblems.lanes, emblems.kitchen),
    )
}


@lru_cache(maxsize=KEPT)
def paint(slug: str, subject: str, section: str) -> bytes:
    """A 1600 x 900 JPEG of the scene `subject` in the section's colours, varied by the slug.

    Raises KeyError for a scene or section that there is none of.
    """
    rng = random.Random(zlib.crc32(slug.encode()))  # noqa: S311 - paint, not secrets
    canvas = Canvas(PALETTES[section], rng)
    SCENES[subject](canvas)
    out = BytesIO()
    canvas.finished().save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def alt_text(subject: str) -> str:
    """What the picture shows, for those who do not see it."""
    description = SCENES[subject].__doc__ or subject
    return f"Illustration: {description.strip().rstrip('.')}"
