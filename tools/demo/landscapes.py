"""Scenes under an open sky: mountains, fields, woods, wind."""

from math import cos, pi, sin

from tools.demo.canvas import HEIGHT, WIDTH, Canvas, Colour, mix


def mountains(c: Canvas) -> None:
    """A mountain range in layers of haze."""
    p = c.palette
    sun = c.rng.uniform(420, 1200)
    c.sky(700)
    c.sun((sun, 300), 66)
    for depth, level in enumerate((430, 530, 640)):
        colour = mix(p.far, p.near, depth / 2.4)
        _peaks(c, level, 250 - depth * 30, colour, snow=depth == 0)
    c.shaded(c.ridge(770, 40, 1.2), p.near, p.ink)
    for _ in range(26):
        x = c.rng.uniform(0, WIDTH)
        _fir(c, x, c.rng.uniform(800, 880), c.rng.uniform(50, 110), p.ink)


def _peaks(c: Canvas, level: float, height: float, colour: Colour, *, snow: bool) -> None:
    p = c.palette
    haze = mix(colour, p.horizon, 0.45)
    c.rectangle((0, level + 118, WIDTH, HEIGHT), haze)
    x = -c.rng.uniform(60, 260)
    while x < WIDTH + 200:
        half = c.rng.uniform(200, 330)
        top = level - height * c.rng.uniform(0.55, 1.0)
        x += half * 0.75
        foot = level + 120
        base = half * 1.5 * (foot - top) / (foot + 140 - top)
        c.shaded([(x - base, foot), (x, top), (x + base, foot)], colour, haze)
        shadow = mix(colour, p.ink, 0.22)
        c.shaded([(x, top), (x + base, foot), (x + base * 0.16, foot)], shadow, haze)
        if snow:
            c.polygon(
                [
                    (x, top),
                    (x + 46, top + 52),
                    (x + 14, top + 40),
                    (x - 8, top + 66),
                    (x - 44, top + 50),
                ],
                mix(p.sun, (255, 255, 255), 0.5),
            )


def _fir(c: Canvas, x: float, foot: float, height: float, colour: Colour) -> None:
    for part in range(3):
        top = foot - height + part * height * 0.25
        spread = height * (0.16 + 0.07 * part)
        c.polygon(
            [(x, top), (x + spread, top + height * 0.42), (x - spread, top + height * 0.42)], colour
        )
    c.rectangle((x - 3, foot - height * 0.1, x + 3, foot + 12), colour)


def fields(c: Canvas) -> None:
    """Ploughed fields and a farmhouse under a wide sky."""
    p = c.palette
    c.sky(520)
    c.sun((c.rng.uniform(300, 700), 330), 84)
    c.shaded(c.ridge(480, 30, 1.3), mix(p.horizon, p.far, 0.6), p.far)
    vanish = c.rng.uniform(900, 1200)
    c.gradient((0, 560, WIDTH, HEIGHT), p.middle, mix(p.middle, p.near, 0.6))
    for row in range(-14, 18):
        near = vanish + row * 190
        far = vanish + row * 34
        shade = p.near if row % 2 else mix(p.accent, p.middle, 0.35)
        c.shaded(
            [(far, 560), (far + 17, 560), (near + 96, 900), (near, 900)],
            mix(shade, p.far, 0.4),
            shade,
        )
    c.shaded([*c.ridge(566, 12, 2)[:-2], (WIDTH + 40, 590), (-20, 590)], p.far, p.middle)
    x = vanish - 560
    c.polygon([(x - 70, 560), (x - 70, 500), (x, 452), (x + 70, 500), (x + 70, 560)], p.ink)
    c.rectangle((x - 14, 516, x + 14, 560), p.sun, 2)
    for offset, size in ((-150, 62), (-205, 46), (130, 54)):
        c.disc((x + offset, 520), size, p.near)
        c.rectangle((x + offset - 5, 520, x + offset + 5, 575), p.ink)


def forest(c: Canvas) -> None:
    """Sunlight between the trunks of a forest."""
    p = c.palette
    c.sky(HEIGHT)
    light = c.rng.uniform(600, 1000)
    c.glow((light, 330), 620, p.sun, 0.9)
    for depth, count in enumerate((16, 11, 7)):
        colour = mix(p.far, p.ink, depth / 2)
        width = 20 + depth * 26
        for index in range(count):
            x = (index + c.rng.uniform(0.15, 0.85)) * WIDTH / count
            lean = c.rng.uniform(-14, 14)
            c.polygon(
                [
                    (x - width / 2, 900),
                    (x - width / 3 + lean, -10),
                    (x + width / 3 + lean, -10),
                    (x + width / 2, 900),
                ],
                colour,
            )
        c.shaded(
            c.ridge(640 + depth * 92, 18, 2 + depth),
            mix(colour, p.middle, 0.5),
            mix(colour, p.near, 0.6),
        )
    for spread in (-340, -60, 220):
        c.veil(
            [(light, -40), (light + 70, -40), (light + spread + 190, 900), (light + spread, 900)],
            p.sun,
            0.13,
        )
    for _ in range(16):
        _sapling(c, c.rng.uniform(40, WIDTH - 40), c.rng.uniform(840, 890))


def _sapling(c: Canvas, x: float, foot: float) -> None:
    leaf = mix(c.palette.accent, c.palette.sun, 0.25)
    c.line([(x, foot), (x, foot - 92)], leaf, 4)
    for pair in range(3):
        y, reach = foot - 34 - pair * 26, 34 - pair * 8
        for side in (-1, 1):
            tip = (x + side * reach, y - reach * 0.8)
            c.polygon(
                [
                    (x, y),
                    (x + side * reach * 0.85, y - reach * 0.2),
                    tip,
                    (x + side * 5, y - reach * 0.7),
                ],
                leaf,
            )


def wetland(c: Canvas) -> None:
    """Reeds, still water and birds at first light."""
    p = c.palette
    sun = c.rng.uniform(500, 1100)
    c.sky(500)
    c.sun((sun, 400), 92)
    c.shaded(c.ridge(488, 16, 2.2), mix(p.horizon, p.far, 0.5), p.far)
    c.water(508, sun)
    for index in range(9):
        x, y = sun - 460 + index * 66, 150 + abs(index - 4) * 30
        c.line([(x - 30, y - 14), (x, y), (x + 30, y - 16)], p.ink, 5)
    for side in (0, 1):
        for _ in range(46):
            root = c.rng.uniform(-20, 430) + side * 1160
            height = c.rng.uniform(150, 430)
            tip = root + c.rng.uniform(-50, 50)
            top = HEIGHT - height
            c.line([(root, 910), ((root * 2 + tip) / 3, HEIGHT - height / 2), (tip, top)], p.ink, 5)
            if c.rng.random() < 0.4:
                c.rectangle((tip - 8, top - 16, tip + 8, top + 52), p.accent, 8)


def turbines(c: Canvas) -> None:
    """Wind turbines above low hills."""
    p = c.palette
    c.sky(640)
    c.sun((c.rng.uniform(200, 500), 360), 74)
    c.shaded(c.ridge(600, 34, 1.5), mix(p.horizon, p.far, 0.6), p.far)
    for x, foot, size in ((1330, 650, 0.45), (420, 670, 0.55), (1010, 730, 0.95)):
        _turbine(c, x + c.rng.uniform(-60, 60), foot, size, c.rng.uniform(0, 2 * pi / 3))
    c.shaded(c.ridge(700, 36, 1.1), p.middle, p.near)
    c.shaded(c.ridge(800, 30, 1.6), p.near, p.ink)


def _turbine(c: Canvas, x: float, foot: float, size: float, turn: float) -> None:
    white = mix(c.palette.sun, (255, 255, 255), 0.7)
    hub = foot - 520 * size
    c.polygon(
        [
            (x - 9 * size, hub),
            (x + 9 * size, hub),
            (x + 17 * size, foot + 60),
            (x - 17 * size, foot + 60),
        ],
        white,
    )
    for blade in range(3):
        angle = turn + blade * 2 * pi / 3
        tip = (x + 290 * size * cos(angle), hub + 290 * size * sin(angle))
        wide = (x + 70 * size * cos(angle + 0.24), hub + 70 * size * sin(angle + 0.24))
        c.polygon(
            [
                (x, hub),
                wide,
                tip,
                (x + 20 * size * cos(angle - 0.6), hub + 20 * size * sin(angle - 0.6)),
            ],
            white,
        )
    c.disc((x, hub), 17 * size, c.palette.accent)
