"""Landscapes to stand in for news photographs, painted so that no one's picture is borrowed."""

import io
import random
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
SIZE = (1200, 675)


@dataclass(frozen=True, slots=True)
class Scene:
    """A sky of two colours, a sun or moon, and ridges that darken towards the viewer."""

    high: Colour
    low: Colour
    far: Colour
    near: Colour
    ridges: int
    roughness: float  # 0 rolling hills, 1 crags
    sun: tuple[int, int, int] | None  # x, y, radius
    seed: int
    has_water: bool = False
    has_town: bool = False
    has_ferry: bool = False


SCENES = {
    "harbour": Scene(
        (58, 92, 140),
        (246, 186, 142),
        (150, 130, 150),
        (28, 38, 58),
        3,
        0.2,
        (820, 330, 46),
        5,
        has_water=True,
        has_town=True,
        has_ferry=True,
    ),
    "mountains": Scene(
        (92, 142, 190), (226, 234, 238), (150, 176, 196), (34, 56, 62), 5, 0.9, None, 9
    ),
    "night": Scene(
        (14, 20, 44),
        (70, 74, 120),
        (48, 54, 92),
        (10, 14, 28),
        3,
        0.3,
        (260, 170, 34),
        2,
        has_town=True,
    ),
    "fields": Scene(
        (132, 178, 206),
        (250, 236, 196),
        (196, 196, 120),
        (112, 122, 44),
        5,
        0.05,
        (300, 300, 60),
        21,
    ),
    "coast": Scene(
        (70, 140, 180),
        (214, 236, 236),
        (120, 170, 180),
        (30, 74, 84),
        3,
        0.5,
        None,
        14,
        has_water=True,
    ),
    "forest": Scene(
        (120, 160, 150), (232, 238, 214), (140, 174, 140), (22, 50, 36), 6, 1.0, (900, 220, 50), 31
    ),
    "dusk": Scene(
        (84, 50, 100), (250, 150, 100), (150, 84, 110), (36, 20, 44), 4, 0.4, (600, 380, 70), 44
    ),
}


@cache
def painted(name: str) -> bytes:
    """The scene as a JPEG of 1200 by 675 px."""
    scene = SCENES[name]
    chance = random.Random(scene.seed)  # noqa: S311 - a brush, not a secret
    picture = _sky(scene)
    if scene.sun:
        picture = _with_sun(picture, scene.sun)
    pen = ImageDraw.Draw(picture)
    for number in range(scene.ridges):
        nearness = (number + 1) / scene.ridges
        line = _ridge(scene, nearness, chance)
        shade = _between(scene.far, scene.near, nearness**1.3)
        pen.polygon([(0, SIZE[1]), *line, (SIZE[0], SIZE[1])], fill=shade)
        if scene.has_town and number == scene.ridges - 2:
            _town(pen, line, _between(scene.far, scene.near, 0.75), chance)
    if scene.has_water:
        picture = _with_water(picture)
    if scene.has_ferry:
        _ferry(ImageDraw.Draw(picture))
    out = io.BytesIO()
    _grained(picture, chance).save(out, "JPEG", quality=86)
    return out.getvalue()


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _sky(scene: Scene) -> Image.Image:
    column = Image.new("RGB", (1, SIZE[1]))
    for y in range(SIZE[1]):
        column.putpixel((0, y), _between(scene.high, scene.low, min(1.0, y / (SIZE[1] * 0.62))))
    return column.resize(SIZE)


def _with_sun(picture: Image.Image, sun: tuple[int, int, int]) -> Image.Image:
    x, y, radius = sun
    glow = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(glow)
    pen.ellipse((x - radius * 3, y - radius * 3, x + radius * 3, y + radius * 3), fill=90)
    glow = glow.filter(ImageFilter.GaussianBlur(radius * 1.4))
    pen = ImageDraw.Draw(glow)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=235)
    glow = glow.filter(ImageFilter.GaussianBlur(1.5))
    return Image.composite(Image.new("RGB", SIZE, (255, 246, 224)), picture, glow)


def _ridge(scene: Scene, nearness: float, chance: random.Random) -> list[tuple[int, int]]:
    """A horizon by halving: each midpoint is moved by a chance that shrinks with the distance."""
    base = SIZE[1] * (0.46 + 0.46 * nearness)
    heights, swing = [base, base], 60 + 130 * scene.roughness * (1.2 - nearness)
    while len(heights) < 257:
        middle = [(a + b) / 2 + chance.uniform(-swing, swing) for a, b in pairwise(heights)]
        heights = [
            height for pair in zip(heights, [*middle, heights[-1]], strict=True) for height in pair
        ][:-1]
        swing *= 0.36 + 0.2 * scene.roughness
    step = SIZE[0] / (len(heights) - 1)
    return [(round(place * step), round(height)) for place, height in enumerate(heights)]


def _town(
    pen: ImageDraw.ImageDraw, line: list[tuple[int, int]], shade: Colour, chance: random.Random
) -> None:
    for x, y in line[::5]:
        width, height = chance.randint(22, 52), round(14 + 90 * chance.random() ** 2)
        pen.rectangle((x, y - height, x + width, y + 60), fill=shade)
        if chance.random() < 0.35:
            roof = [(x, y - height), (x + width, y - height), (x + width // 2, y - height - 24)]
            pen.polygon(roof, fill=shade)
        for row in range(y - height + 6, y - 4, 11):
            for column in range(x + 4, x + width - 5, 9):
                if chance.random() < 0.3:
                    pen.rectangle((column, row, column + 3, row + 5), fill=(255, 214, 140))


def _ferry(pen: ImageDraw.ImageDraw) -> None:
    dark, pale, lit = (24, 34, 54), (226, 214, 208), (255, 220, 150)
    pen.polygon([(180, 500), (560, 500), (600, 462), (196, 462)], fill=dark)
    pen.rectangle((214, 424, 560, 462), fill=pale)
    pen.rectangle((240, 392, 500, 424), fill=pale)
    pen.rectangle((430, 372, 490, 392), fill=pale)
    pen.polygon([(290, 392), (330, 392), (324, 346), (298, 346)], fill=(176, 70, 52))
    for row, first, last in ((436, 230, 546), (404, 254, 488)):
        for column in range(first, last, 18):
            pen.rectangle((column, row, column + 9, row + 10), fill=lit)


def _with_water(picture: Image.Image) -> Image.Image:
    shore = int(SIZE[1] * 0.7)
    depth = SIZE[1] - shore
    mirror = picture.crop((0, shore - depth, SIZE[0], shore)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    mirror = mirror.resize((SIZE[0], 24)).resize((SIZE[0], depth))
    veil = Image.new("RGB", mirror.size, (40, 66, 92))
    picture.paste(Image.blend(mirror.filter(ImageFilter.GaussianBlur(3)), veil, 0.28), (0, shore))
    return picture


def _grained(picture: Image.Image, chance: random.Random) -> Image.Image:
    noise = Image.frombytes("L", (400, 225), chance.randbytes(400 * 225)).resize(SIZE)
    return Image.blend(picture, Image.merge("RGB", (noise, noise, noise)), 0.035)
