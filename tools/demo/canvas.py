"""How the Courier's pictures are painted: flat shapes of few colours, soft light, a little grain.

Shapes are drawn at twice the size and reduced, which is what makes their edges smooth.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import pi, sin

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 900
SUPERSAMPLE = 2
GRAIN_STRENGTH = 6  # of 255; enough to break the banding of a gradient, too little to look noisy

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """The few colours of a section, from the top of the sky to the darkest shape in front."""

    sky: Colour
    horizon: Colour
    sun: Colour
    far: Colour
    middle: Colour
    near: Colour
    ink: Colour
    accent: Colour

    @classmethod
    def of(cls, colours: str) -> "Palette":
        """From eight hex colours in the order of the fields."""
        return cls(*(rgb(word) for word in colours.split()))


def rgb(name: str) -> Colour:
    red, green, blue, *_ = ImageColor.getrgb(name)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` 0 is the first colour, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Canvas:
    """A picture in units of the finished one: x 0..1600 to the right, y 0..900 down."""

    def __init__(self, palette: Palette, rng: random.Random) -> None:
        self.palette = palette
        self.rng = rng
        self.image = Image.new("RGB", (WIDTH * SUPERSAMPLE, HEIGHT * SUPERSAMPLE), palette.horizon)
        self.draw = ImageDraw.Draw(self.image)

    def sky(self, down_to: float = HEIGHT) -> None:
        """The section's sky, and its horizon colour below it."""
        self.gradient((0, 0, WIDTH, down_to), self.palette.sky, self.palette.horizon)

    def gradient(self, box: Box, top: Colour, bottom: Colour) -> None:
        left, upper, right, lower = (round(edge * SUPERSAMPLE) for edge in box)
        self.image.paste(_ramp(top, bottom, (right - left, lower - upper)), (left, upper))

    def rectangle(self, box: Box, colour: Colour, radius: float = 0) -> None:
        self.draw.rounded_rectangle(
            [edge * SUPERSAMPLE for edge in box], radius * SUPERSAMPLE, colour
        )

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self.draw.polygon(_scaled(points), colour)

    def shaded(self, points: Sequence[Point], top: Colour, bottom: Colour) -> None:
        """A polygon whose colour changes from its highest point to its lowest."""
        stencil = self._stencil(points, 255)
        if stencil:
            mask, corner = stencil
            self.image.paste(_ramp(top, bottom, mask.size), corner, mask)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        scaled_width = max(1, round(width * SUPERSAMPLE))
        self.draw.line(_scaled(points), colour, scaled_width, joint="curve")

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        self.ellipse(centre, (radius, radius), colour)

    def ellipse(self, centre: Point, radii: Point, colour: Colour) -> None:
        self.draw.ellipse(_around(centre, radii), colour)

    def ring(self, centre: Point, radii: Point, colour: Colour, width: float) -> None:
        self.draw.ellipse(_around(centre, radii), None, colour, round(width * SUPERSAMPLE))

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float = 0.6) -> None:
        """Light that fades outwards. `strength` is its opacity at the centre, 0 to 1."""
        box = _around(centre, (radius, radius))
        size = round(box[2] - box[0])
        faint = _unit_halo().point(lambda level: round(level * strength))
        halo = faint.resize((size, size), Image.Resampling.BILINEAR)
        self.image.paste(colour, (round(box[0]), round(box[1])), halo)

    def sun(self, centre: Point, radius: float) -> None:
        palette = self.palette
        self.glow(centre, radius * 4.2, mix(palette.horizon, palette.sun, 0.8), 0.65)
        self.disc(centre, radius, palette.sun)

    def veil(self, points: Sequence[Point], colour: Colour, opacity: float) -> None:
        """A translucent shape: a shadow, a beam of light, mist."""
        stencil = self._stencil(points, round(255 * opacity))
        if stencil:
            mask, corner = stencil
            self.image.paste(colour, corner, mask)

    def _stencil(
        self, points: Sequence[Point], opacity: int
    ) -> tuple[Image.Image, tuple[int, int]] | None:
        """A mask just as large as the polygon's part of the picture, and where it belongs."""
        scaled = _scaled(points)
        left = max(0, int(min(x for x, _ in scaled)))
        right = min(self.image.width, int(max(x for x, _ in scaled)) + 1)
        upper = max(0, int(min(y for _, y in scaled)))
        lower = min(self.image.height, int(max(y for _, y in scaled)) + 1)
        if right <= left or lower <= upper:
            return None
        mask = Image.new("L", (right - left, lower - upper))
        ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in scaled], opacity)
        return mask, (left, upper)

    def ridge(self, height: float, swing: float, waves: float = 2.0) -> list[Point]:
        """A rolling line across the picture, closed at its foot. `height` is its mean y."""
        phases = [(self.rng.uniform(0, 2 * pi), self.rng.uniform(0.8, 1.2)) for _ in range(3)]
        points: list[Point] = []
        for x in range(-20, WIDTH + 41, 20):
            turn = 2 * pi * waves * x / WIDTH
            rise = sum(
                sin(turn * (2**octave) * stretch + phase) / (2.4**octave)
                for octave, (phase, stretch) in enumerate(phases)
            )
            points.append((x, height + swing * rise))
        return [*points, (WIDTH + 40, HEIGHT + 20), (-20, HEIGHT + 20)]

    def water(self, surface: float, light_at: float) -> None:
        """A sea from `surface` down, with the light of something above it at x `light_at`."""
        palette = self.palette
        self.gradient(
            (0, surface, WIDTH, HEIGHT), mix(palette.horizon, palette.far, 0.55), palette.near
        )
        for _ in range(150):
            depth = self.rng.random() ** 1.6
            y = surface + 6 + depth * (HEIGHT - surface)
            nearby = self.rng.gauss(light_at, 60 + 240 * depth)
            length = 14 + 90 * depth * self.rng.random()
            shine = mix(palette.sun, palette.middle, min(0.9, 0.12 + depth * 0.9))
            half = 1 + 2.6 * depth
            self.rectangle((nearby - length, y - half, nearby + length, y + half), shine, half)

    def finished(self) -> Image.Image:
        image = self.image.reduce(SUPERSAMPLE)
        return ImageChops.add(image, _grain(), scale=1, offset=-GRAIN_STRENGTH)


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SUPERSAMPLE, y * SUPERSAMPLE) for x, y in points]


def _around(centre: Point, radii: Point) -> Box:
    (x, y), (across, down) = centre, radii
    return (
        (x - across) * SUPERSAMPLE,
        (y - down) * SUPERSAMPLE,
        (x + across) * SUPERSAMPLE,
        (y + down) * SUPERSAMPLE,
    )


def _ramp(top: Colour, bottom: Colour, size: tuple[int, int]) -> Image.Image:
    """Stretched between the centres of two pixels, then widened: ten times faster than at once."""
    ends = Image.new("RGB", (1, 2), top)
    ends.putpixel((0, 1), bottom)
    column = ends.resize((1, size[1]), Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5))
    return column.resize(size, Image.Resampling.NEAREST)


@cache
def _unit_halo() -> Image.Image:
    """Pillow's radial gradient is black in the middle and cut off at the edge: turned, softened."""
    falling = Image.radial_gradient("L").point(lambda level: max(0, 255 - round(level * 1.42)))
    return falling.point(lambda level: round((level / 255) ** 1.7 * 255))


@cache
def _grain() -> Image.Image:
    """Paper: the same for every picture, because nobody can tell and it costs more than the rest."""
    noise = Image.frombytes("L", (WIDTH, HEIGHT), random.Random(1).randbytes(WIDTH * HEIGHT))  # noqa: S311 - paint
    soft = noise.filter(ImageFilter.GaussianBlur(0.6))
    levels = soft.point(lambda level: max(0, min(255, round((level - 128) / 9) + GRAIN_STRENGTH)))
    return Image.merge("RGB", (levels, levels, levels))
