"""Scenes that people built: streets, bridges, cranes, a stadium."""

from tools.demo.canvas import HEIGHT, WIDTH, Canvas, Colour, mix


def skyline(c: Canvas) -> None:
    """The towers and the clock of the old town at dusk."""
    p = c.palette
    c.sky(700)
    c.sun((c.rng.uniform(300, 1300), 400), 96)
    for depth in range(3):
        _towers(c, 560 + depth * 90, mix(p.far, p.ink, depth / 2.2), lit=depth > 0)
    x = c.rng.uniform(620, 980)
    c.rectangle((x - 52, 330, x + 52, 900), p.ink)
    c.polygon([(x - 66, 336), (x + 66, 336), (x, 170)], p.ink)
    c.disc((x, 408), 36, p.sun)
    c.line([(x, 408), (x, 384)], p.ink, 5)
    c.line([(x, 408), (x + 17, 416)], p.ink, 5)


def _towers(c: Canvas, level: float, colour: Colour, *, lit: bool) -> None:
    p = c.palette
    x = -20.0
    while x < WIDTH:
        width = c.rng.uniform(70, 150)
        top = level - c.rng.uniform(20, 190)
        c.shaded(
            [(x, top), (x + width, top), (x + width, 900), (x, 900)],
            colour,
            mix(colour, p.near, 0.5),
        )
        if c.rng.random() < 0.4:
            c.polygon([(x, top + 1), (x + width / 2, top - 46), (x + width, top + 1)], colour)
        if lit:
            _windows(c, x, top, width)
        x += width + c.rng.choice((0, 0, 10))


def _windows(c: Canvas, x: float, top: float, width: float) -> None:
    glow = mix(c.palette.sun, c.palette.accent, 0.25)
    for row in range(8):
        for column in range(int(width // 26) - 1):
            if c.rng.random() < 0.34:
                left, upper = x + 18 + column * 26, top + 26 + row * 38
                c.rectangle((left, upper, left + 11, upper + 18), glow, 1)


def parliament(c: Canvas) -> None:
    """The Assembly: a dome, a row of columns, broad steps."""
    p = c.palette
    c.sky(760)
    c.glow((800, 380), 700, p.sun, 0.55)
    stone, shade = mix(p.sun, p.horizon, 0.4), mix(p.far, p.near, 0.3)
    c.shaded([(170, 470), (1430, 470), (1430, 760), (170, 760)], mix(stone, p.far, 0.35), shade)
    c.draw.pieslice([560 * 2, 100 * 2, 1040 * 2, 580 * 2], 180, 360, p.accent)
    for rib in (-150, -78, 0, 78, 150):
        c.line([(800 + rib, 340), (800 + rib * 0.55, 180)], mix(p.accent, p.ink, 0.3), 4)
    c.rectangle((540, 336, 1060, 372), stone)
    c.line([(800, 106), (800, 30)], p.ink, 6)
    c.polygon([(803, 32), (880, 48), (803, 68)], p.ink)
    c.gradient((584, 372, 1016, 470), mix(stone, shade, 0.5), mix(stone, shade, 0.75))
    c.polygon([(480, 470), (1120, 470), (800, 350)], stone)
    c.polygon([(556, 458), (1044, 458), (800, 370)], mix(stone, shade, 0.4))
    c.rectangle((470, 468, 1130, 500), stone)
    for x in (*range(500, 1130, 84), *range(220, 440, 84), *range(1180, 1400, 84)):
        c.gradient((x, 500, x + 40, 760), stone, mix(stone, shade, 0.55))
    c.rectangle((755, 560, 845, 760), p.ink, 4)
    for step in range(5):
        edge = 380 - step * 62
        tone = mix(stone, p.near, 0.25 + step * 0.15)
        c.rectangle((edge, 756 + step * 29, WIDTH - edge, 790 + step * 29), tone)


def bridge(c: Canvas) -> None:
    """A suspension bridge over the river."""
    p = c.palette
    sun = c.rng.uniform(700, 900)
    c.sky(560)
    c.sun((sun, 430), 88)
    c.shaded(c.ridge(530, 20, 2), mix(p.horizon, p.far, 0.5), p.far)
    c.water(570, sun)
    for tower in (400, 1200):
        c.shaded(
            [(tower - 30, 150), (tower + 30, 150), (tower + 42, 690), (tower - 42, 690)],
            p.near,
            p.ink,
        )
        c.rectangle((tower - 44, 140, tower + 44, 168), p.ink, 4)
    _cable(c, 400, 1200)
    _cable(c, -400, 400)
    _cable(c, 1200, 2000)
    c.rectangle((-10, 536, WIDTH + 10, 566), p.ink)
    c.rectangle((-10, 530, WIDTH + 10, 537), p.accent)


def _cable(c: Canvas, left: float, right: float) -> None:
    middle, half = (left + right) / 2, (right - left) / 2
    points = [(x, 160 + 330 * (1 - ((x - middle) / half) ** 2)) for x in _steps(left, right)]
    c.line(points, c.palette.ink, 9)
    for x, y in points[2:-2:2]:
        c.line([(x, y), (x, 540)], c.palette.ink, 2.5)


def _steps(left: float, right: float, count: int = 50) -> list[float]:
    return [left + (right - left) * step / count for step in range(count + 1)]


def cranes(c: Canvas) -> None:
    """Harbour cranes over stacked containers."""
    p = c.palette
    c.sky(700)
    c.sun((c.rng.uniform(700, 950), 360), 90)
    c.shaded(c.ridge(640, 12, 2), mix(p.horizon, p.far, 0.6), p.far)
    for x, size in ((330, 1.0), (1180, 0.86)):
        _crane(c, x + c.rng.uniform(-50, 50), 760, size)
    tones = (p.accent, p.middle, p.near, mix(p.accent, p.sun, 0.5), p.far)
    for column in range(11):
        for row in range(c.rng.choice((1, 2, 2, 3))):
            left, top = column * 152 - 30, 742 - row * 62
            tone = c.rng.choice(tones)
            c.rectangle((left, top, left + 146, top + 58), tone, 3)
            for groove in range(1, 8):
                x = left + groove * 18
                c.line([(x, top + 9), (x, top + 49)], mix(tone, p.ink, 0.3), 3)
    c.gradient((0, 800, WIDTH, HEIGHT), p.near, p.ink)


def _crane(c: Canvas, x: float, foot: float, size: float) -> None:
    ink = c.palette.ink
    top = foot - 470 * size
    for leg in (-90, 90):
        c.line([(x + leg * size, foot), (x + leg * 0.72 * size, top)], ink, 18 * size)
    c.line([(x - 84 * size, foot - 170 * size), (x + 84 * size, foot - 170 * size)], ink, 13 * size)
    c.line([(x - 80 * size, foot - 170 * size), (x + 68 * size, top)], ink, 7 * size)
    c.line([(x - 230 * size, top), (x + 430 * size, top)], ink, 20 * size)
    c.line([(x - 220 * size, top), (x, top - 170 * size), (x + 410 * size, top)], ink, 6 * size)
    c.line([(x, top - 176 * size), (x, top)], ink, 13 * size)
    c.line([(x + 300 * size, top), (x + 300 * size, top + 190 * size)], ink, 4 * size)
    c.rectangle(
        (x + 238 * size, top + 190 * size, x + 362 * size, top + 246 * size), c.palette.accent, 3
    )


def tram(c: Canvas) -> None:
    """A tram in a street of tall houses."""
    p = c.palette
    c.sky(640)
    c.glow((800, 470), 520, p.sun, 0.8)
    for side in (-1, 1):
        for depth in range(4):
            _facade(c, side, depth)
    c.shaded([(560, 610), (1040, 610), (1700, 900), (-100, 900)], mix(p.middle, p.near, 0.4), p.ink)
    for rail in (-1, 1):
        c.line([(800 + rail * 46, 612), (800 + rail * 330, 910)], mix(p.sun, p.horizon, 0.4), 6)
    c.line([(800, 0), (800, 330)], p.ink, 3)
    c.line([(-20, 150), (800, 300), (WIDTH + 20, 150)], p.ink, 2.5)
    _tram_car(c)


def _facade(c: Canvas, side: int, depth: int) -> None:
    p = c.palette
    near, far = 800 - depth * 170, 640 - depth * 160
    outer, inner = 800 + side * near, 800 + side * (near - 150)
    top_outer, top_inner = 20 + depth * 95, 90 + depth * 95
    foot_outer, foot_inner = 860 - depth * 62, 800 - depth * 56
    tone = mix(p.ink, p.far, 0.18 + depth * 0.24)
    c.polygon(
        [(outer, top_outer), (inner, top_inner), (inner, foot_inner), (outer, foot_outer)], tone
    )
    light = mix(p.sun, tone, 0.15)
    for row in range(5):
        for column in range(3):
            if c.rng.random() < 0.62:
                x = outer - side * (26 + column * 42)
                y = top_outer + 70 + row * (far + 240) / 7
                c.rectangle(
                    (x - 9, y, x + 9, y + 34),
                    light if c.rng.random() < 0.5 else mix(tone, p.ink, 0.4),
                    2,
                )


def _tram_car(c: Canvas) -> None:
    p = c.palette
    c.veil([(600, 800), (1000, 800), (1060, 850), (540, 850)], p.ink, 0.5)
    c.rectangle((636, 360, 964, 806), p.accent, 46)
    c.rectangle((636, 660, 964, 806), mix(p.accent, p.ink, 0.35), 40)
    c.rectangle((636, 620, 964, 700), mix(p.sun, (255, 255, 255), 0.5))
    c.rectangle((668, 436, 932, 610), p.ink, 24)
    c.polygon([(700, 440), (790, 440), (720, 606), (680, 606)], mix(p.ink, p.far, 0.35))
    c.rectangle((716, 380, 884, 420), p.ink, 8)
    c.rectangle((770, 388, 830, 412), p.sun, 3)
    for x in (706, 894):
        c.glow((x, 742), 110, p.sun, 0.8)
        c.disc((x, 742), 22, mix(p.sun, (255, 255, 255), 0.6))
    c.line([(740, 362), (800, 318), (860, 362)], p.ink, 6)


def stadium(c: Canvas) -> None:
    """A football ground under floodlights."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), mix(p.ink, p.sky, 0.35), mix(p.sky, p.horizon, 0.5))
    for x, lean in ((190, 1), (1410, -1)):
        c.line([(x, 560), (x, 150)], p.ink, 16)
        c.veil([(x, 130), (x + lean * 420, 900), (x + lean * 1150, 900)], p.sun, 0.14)
        c.glow((x, 120), 300, p.sun, 0.9)
        c.rectangle((x - 92, 84, x + 92, 160), p.ink, 8)
        for lamp in range(8):
            centre = (x - 69 + (lamp % 4) * 46, 104 + (lamp // 4) * 36)
            c.disc(centre, 13, mix(p.sun, (255, 255, 255), 0.7))
    c.shaded([(0, 420), (800, 350), (1600, 420), (1600, 640), (0, 640)], p.far, p.near)
    crowd = (p.accent, p.sun, p.middle, p.horizon, p.ink)
    for row in range(11):
        y = 440 + row * 17
        for seat in range(130):
            if c.rng.random() < 0.62:
                place = seat * 12.6 + (row % 2) * 6
                c.disc((place, y + abs(place - 800) * 0.03 - 24), 4.2, c.rng.choice(crowd))
    c.gradient((0, 620, WIDTH, HEIGHT), p.middle, p.near)
    for stripe in range(-5, 6, 2):
        c.veil(
            [
                (800 + stripe * 110, 620),
                (910 + stripe * 110, 620),
                (1000 + stripe * 300, 900),
                (700 + stripe * 300, 900),
            ],
            p.sun,
            0.1,
        )
    white = mix(p.sun, (255, 255, 255), 0.7)
    c.line([(0, 640), (WIDTH, 640)], white, 5)
    c.ring((800, 790), (330, 92), white, 6)
    c.line([(-10, 790), (WIDTH + 10, 790)], white, 6)
    c.disc((800 + c.rng.uniform(-60, 60), 776), 17, white)


def rooftops(c: Canvas) -> None:
    """Roofs, chimneys and roof gardens in the morning."""
    c.sky(560)
    c.sun((c.rng.uniform(900, 1300), 240), 80)
    for depth, level in enumerate((430, 560, 700)):
        x = -c.rng.uniform(0, 120)
        while x < WIDTH:
            width = c.rng.uniform(190, 270) + depth * 50
            _house(c, x, level + c.rng.uniform(-30, 30), width, depth)
            x += width - 2


def _house(c: Canvas, x: float, eaves: float, width: float, depth: int) -> None:
    p = c.palette
    wall = mix(p.horizon, p.near, 0.2 + depth * 0.3)
    roof = mix(mix(p.accent, p.horizon, 0.45 - depth * 0.2), p.near, c.rng.uniform(0.0, 0.3))
    peak = eaves - width * 0.42
    c.rectangle((x + width * 0.68, peak - 16, x + width * 0.78, eaves), mix(roof, p.ink, 0.4))
    c.shaded(
        [(x, eaves), (x + width, eaves), (x + width, 910), (x, 910)], wall, mix(wall, p.ink, 0.35)
    )
    c.polygon([(x - 8, eaves + 6), (x + width / 2, peak), (x + width + 8, eaves + 6)], roof)
    c.polygon(
        [(x + width / 2, peak), (x + width + 8, eaves + 6), (x + width * 0.62, eaves + 6)],
        mix(roof, p.ink, 0.22),
    )
    for column in (0.2, 0.56):
        left = x + width * column
        pane = p.sun if c.rng.random() < 0.5 else mix(wall, p.ink, 0.6)
        c.rectangle((left, eaves + 34, left + width * 0.2, eaves + 34 + width * 0.27), pane, 3)
        if depth and c.rng.random() < 0.6:
            _window_box(c, left, eaves + 34 + width * 0.27, width * 0.2)


def _window_box(c: Canvas, left: float, sill: float, width: float) -> None:
    green = mix(c.palette.middle, c.palette.ink, 0.2)
    for leaf in range(7):
        x = left + width * leaf / 6
        c.disc((x, sill - 5 - 7 * (leaf % 2)), 11, mix(green, c.palette.sun, 0.18 * (leaf % 3)))
    c.rectangle(
        (left - 8, sill - 4, left + width + 8, sill + 16),
        mix(c.palette.accent, c.palette.ink, 0.45),
        3,
    )
