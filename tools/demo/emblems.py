"""Pictures of things and ideas: a stage, a shelf, a cell, a curve."""

from math import cos, exp, pi, sin

from tools.demo.canvas import HEIGHT, WIDTH, Canvas, Colour, Point, mix

WHITE: Colour = (255, 255, 255)


def chart(c: Canvas) -> None:
    """A curve that turns over rising bars."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), p.horizon, mix(p.horizon, p.far, 0.45))
    for level in range(5):
        y = 170 + level * 140
        c.line([(110, y), (1490, y)], mix(p.horizon, p.far, 0.6), 3)
    for bar in range(12):
        left = 130 + bar * 114
        top = 720 - 60 - 380 * exp(-((bar - 6.5) ** 2) / 12) - c.rng.uniform(0, 40)
        tone = p.middle if bar < 9 else mix(p.middle, p.horizon, 0.45)
        c.shaded(
            [(left, top), (left + 76, top), (left + 76, 730), (left, 730)],
            tone,
            mix(tone, p.near, 0.6),
        )
    points = [(x, 640 - 430 * exp(-((x - 900) ** 2) / 150_000)) for x in range(130, 1500, 10)]
    c.line([(x + 6, y + 12) for x, y in points], mix(p.near, p.ink, 0.3), 13)
    c.line(points, p.accent, 15)
    c.disc(points[-1], 25, p.accent)
    c.disc(points[-1], 12, mix(p.sun, WHITE, 0.5))
    c.line([(100, 730), (1500, 730)], p.ink, 8)


def orbits(c: Canvas) -> None:
    """Rings of light around a bright core."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), p.ink, mix(p.ink, p.near, 0.9))
    _stars(c, 120, HEIGHT)
    x, y = c.rng.uniform(680, 920), 450.0
    c.glow((x, y), 520, p.accent, 0.75)
    start = c.rng.uniform(0, pi)
    for ring in range(6):
        _orbit(c, (x, y), (200 + ring * 88, 62 + ring * 48), start + ring * 0.36)
    c.glow((x, y), 220, p.sun, 0.95)
    c.disc((x, y), 66, mix(p.sun, WHITE, 0.6))


def _orbit(c: Canvas, centre: Point, radii: Point, tilt: float) -> None:
    p = c.palette
    path = []
    for step in range(121):
        turn = 2 * pi * step / 120
        across, down = radii[0] * cos(turn), radii[1] * sin(turn)
        path.append(
            (
                centre[0] + across * cos(tilt) - down * sin(tilt),
                centre[1] + (across * sin(tilt) + down * cos(tilt)) * 0.8,
            )
        )
    c.line(path, mix(p.far, p.horizon, 0.35), 3.5)
    spot = path[c.rng.randrange(120)]
    c.glow(spot, 60, p.sun, 0.8)
    c.disc(spot, 15, c.rng.choice((p.sun, p.accent, p.horizon)))


def cells(c: Canvas) -> None:
    """Cells under a microscope."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), mix(p.near, p.ink, 0.6), p.near)
    c.glow((800, 450), 900, p.far, 0.8)
    placed: list[tuple[float, float, float]] = []
    for _ in range(700):
        size = c.rng.choice((150, 110, 84, 60, 40))
        x, y = c.rng.uniform(-40, WIDTH + 40), c.rng.uniform(-40, HEIGHT + 40)
        if all((x - a) ** 2 + (y - b) ** 2 > (size + r + 12) ** 2 for a, b, r in placed):
            placed.append((x, y, size))
    for x, y, radius in placed:
        _cell(c, (x, y), radius)


def _cell(c: Canvas, centre: Point, radius: float) -> None:
    p = c.palette
    tone = c.rng.choice((p.middle, p.far, p.far, p.accent))
    c.disc(centre, radius, mix(tone, p.ink, 0.25))
    c.disc(centre, radius * 0.93, tone)
    c.glow(centre, radius * 0.95, mix(tone, p.sun, 0.75), 0.7)
    turn = c.rng.uniform(0, 2 * pi)
    nucleus = (centre[0] + radius * 0.22 * cos(turn), centre[1] + radius * 0.22 * sin(turn))
    c.disc(nucleus, radius * 0.34, mix(p.near, p.ink, 0.35))
    c.disc(nucleus, radius * 0.16, mix(tone, p.sun, 0.5))
    for _ in range(6):
        turn, away = c.rng.uniform(0, 2 * pi), radius * c.rng.uniform(0.55, 0.8)
        spot = (centre[0] + away * cos(turn), centre[1] + away * sin(turn))
        c.disc(spot, radius * 0.05, mix(p.near, tone, 0.3))


def observatory(c: Canvas) -> None:
    """An observatory and a comet in the night sky."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), p.ink, mix(p.sky, p.far, 0.6))
    _stars(c, 240, 640)
    head = (c.rng.uniform(480, 640), c.rng.uniform(300, 360))
    for part in range(18):
        reach = 900 - part * 47
        tail = [(head[0] + reach, head[1] - reach * slope) for slope in (0.41, 0.35, 0.27)]
        c.veil([head, *tail], p.sun, 0.032)
    c.glow(head, 130, p.sun, 0.95)
    c.disc(head, 17, mix(p.sun, WHITE, 0.7))
    c.shaded(c.ridge(690, 34, 1.2), mix(p.near, p.far, 0.3), p.near)
    x = c.rng.uniform(1040, 1160)
    c.draw.pieslice(
        [(x - 150) * 2, 440 * 2, (x + 150) * 2, 740 * 2], 180, 360, mix(p.sun, p.far, 0.35)
    )
    c.polygon([(x - 34, 592), (x - 92, 474), (x - 44, 452), (x + 6, 592)], p.ink)
    c.rectangle((x - 150, 588, x + 150, 850), mix(p.sun, p.far, 0.6))
    c.rectangle((x - 160, 584, x + 160, 602), p.ink, 3)
    c.rectangle((x - 24, 660, x + 24, 760), p.accent, 3)
    c.shaded(c.ridge(770, 26, 1.7), p.near, p.ink)


def _stars(c: Canvas, count: int, down_to: float) -> None:
    for _ in range(count):
        size = c.rng.choice((1.2, 1.6, 2.4, 3.4))
        star = (c.rng.uniform(0, WIDTH), c.rng.uniform(0, down_to))
        c.disc(star, size, mix(c.palette.sky, WHITE, c.rng.uniform(0.4, 0.95)))


def theatre(c: Canvas) -> None:
    """A stage with its curtain open, lit for the first note."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), p.ink, mix(p.ink, p.near, 0.5))
    c.glow((800, 640), 620, p.sun, 0.85)
    c.veil([(800, -60), (420, 760), (1180, 760)], p.sun, 0.22)
    c.shaded([(150, 740), (1450, 740), (1600, 900), (0, 900)], mix(p.accent, p.sun, 0.25), p.ink)
    c.ellipse((800, 768), (360, 30), mix(p.sun, p.accent, 0.15))
    c.disc((800, 566), 23, p.ink)
    c.polygon([(780, 600), (820, 600), (826, 668), (872, 768), (728, 768), (774, 668)], p.ink)
    for side in (-1, 1):
        c.line([(800 + side * 18, 608), (800 + side * 58, 646), (800 + side * 112, 614)], p.ink, 11)
    for side in (-1, 1):
        for fold in range(7):
            _curtain_fold(c, side, fold)
    for swag in range(6):
        c.draw.chord(
            [(swag * 280 - 60) * 2, -170 * 2, (swag * 280 + 260) * 2, 170 * 2],
            0, 180, mix(p.accent, p.ink, 0.12 + 0.12 * (swag % 2)),
        )  # fmt: skip
    for seat in range(17):
        c.disc((seat * 100, 912), 54, p.ink)


def _curtain_fold(c: Canvas, side: int, fold: int) -> None:
    p = c.palette
    outer, inner = 800 - fold * 74, 800 - (fold + 1) * 74
    tone = mix(p.accent, p.ink, 0.12 if fold % 2 else 0.42)
    sweep = 12 * fold
    top = [(800 - side * inner, -10), (800 - side * outer, -10)]
    hem = [(800 - side * (outer + sweep), 820), (800 - side * (inner + sweep + 14), 820)]
    c.shaded([*top, *hem], tone, mix(tone, p.ink, 0.5))


def books(c: Canvas) -> None:
    """Shelves of books in lamplight."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), mix(p.near, p.ink, 0.5), p.ink)
    tones = (p.accent, p.middle, p.far, p.horizon, p.sun, p.sky, mix(p.accent, p.sun, 0.5))
    for shelf, foot in enumerate((290, 580, 870)):
        x = -30.0
        while x < WIDTH:
            width, height = c.rng.uniform(26, 64), c.rng.uniform(170, 238)
            if c.rng.random() < 0.07:
                x += width
                continue
            _book(
                c,
                (x, foot - height, x + width - 3, foot),
                mix(c.rng.choice(tones), p.ink, 0.14 * shelf),
            )
            x += width
        c.gradient((0, foot, WIDTH, foot + 26), mix(p.accent, p.ink, 0.55), p.ink)
    c.glow((c.rng.uniform(500, 1100), 300), 760, p.sun, 0.32)


def _book(c: Canvas, box: tuple[float, float, float, float], tone: Colour) -> None:
    left, top, right, foot = box
    c.rectangle(box, tone, 3)
    c.rectangle((right - 6, top, right, foot), mix(tone, c.palette.ink, 0.35), 2)
    band = mix(tone, c.palette.sun, 0.7) if sum(tone) < 400 else mix(tone, c.palette.ink, 0.6)
    for offset in (22, 32, foot - top - 34):
        c.rectangle((left + 4, top + offset, right - 8, top + offset + 4), band)


def strings(c: Canvas) -> None:
    """Lines of music with voices moving along them."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), p.horizon, mix(p.horizon, p.far, 0.6))
    c.glow((c.rng.uniform(400, 1200), 420), 700, p.sun, 0.8)
    phase = c.rng.uniform(0, 2 * pi)
    for line in range(5):
        c.line([(x, _stave(x, phase) + line * 62) for x in range(-10, WIDTH + 20, 12)], p.ink, 5)
    for index in range(9):
        x = 130 + index * 168 + c.rng.uniform(-26, 26)
        y = _stave(x, phase) + c.rng.randrange(9) * 31
        tone = p.accent if index % 3 == 1 else p.ink
        c.ellipse((x, y), (36, 26), tone)
        c.line([(x + 33, y - 6), (x + 33, y - 190)], tone, 7)
        if index % 2:
            c.shaded(
                [(x + 30, y - 192), (x + 96, y - 130), (x + 90, y - 84), (x + 34, y - 140)],
                tone,
                tone,
            )


def _stave(x: float, phase: float) -> float:
    return 330 + 90 * sin(x / 330 + phase) + 26 * sin(x / 140 + phase)


def lanes(c: Canvas) -> None:
    """The bend of a running track in long shadows."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), p.sky, p.horizon)
    c.sun((1290, 150), 70)
    c.gradient((0, 300, WIDTH, HEIGHT), p.middle, mix(p.middle, p.near, 0.6))
    centre = (1700 + c.rng.uniform(-80, 80), 1020.0)
    tone = p.accent
    for lane in range(7):
        reach = 1.0 - lane * 0.105
        c.ellipse(centre, (1640 * reach, 760 * reach), mix(p.sun, WHITE, 0.6))
        c.ellipse(centre, (1640 * reach - 7, 760 * reach - 5), mix(tone, p.ink, 0.06 * lane))
    c.ellipse(centre, (1640 * 0.265, 760 * 0.265), p.near)
    for x, y, size in ((560, 560, 1.0), (800, 480, 0.8), (385, 690, 1.2)):
        _runner(c, x, y, size)


def _runner(c: Canvas, x: float, y: float, s: float) -> None:
    ink = c.palette.ink
    c.veil(
        [
            (x - 10 * s, y + 96 * s),
            (x + 26 * s, y + 98 * s),
            (x - 190 * s, y + 178 * s),
            (x - 240 * s, y + 160 * s),
        ],
        ink,
        0.35,
    )
    c.disc((x + 22 * s, y - 98 * s), 20 * s, ink)
    c.line([(x + 14 * s, y - 76 * s), (x - 4 * s, y + 4 * s)], ink, 30 * s)
    c.line(
        [(x + 12 * s, y - 66 * s), (x - 34 * s, y - 34 * s), (x - 58 * s, y - 62 * s)], ink, 11 * s
    )
    c.line(
        [(x + 14 * s, y - 66 * s), (x + 42 * s, y - 26 * s), (x + 78 * s, y - 48 * s)], ink, 11 * s
    )
    c.line([(x - 2 * s, y), (x + 52 * s, y + 24 * s), (x + 40 * s, y + 90 * s)], ink, 15 * s)
    c.line([(x - 4 * s, y), (x - 24 * s, y + 54 * s), (x - 84 * s, y + 58 * s)], ink, 15 * s)


def kitchen(c: Canvas) -> None:
    """A pot, bread and bowls on a kitchen table by a window."""
    p = c.palette
    c.gradient((0, 0, WIDTH, HEIGHT), mix(p.horizon, p.far, 0.25), mix(p.horizon, p.middle, 0.35))
    c.rectangle((180, 90, 620, 520), mix(p.sun, WHITE, 0.4), 6)
    c.glow((400, 300), 520, p.sun, 0.55)
    for bar in ((394, 90, 406, 520), (180, 298, 620, 310)):
        c.rectangle(bar, mix(p.horizon, p.near, 0.35))
    c.gradient((0, 640, WIDTH, HEIGHT), p.near, p.ink)
    c.rectangle((0, 640, WIDTH, 662), mix(p.near, p.sun, 0.3))
    _pot(c, 1050, 640)
    for x in (300, 470):
        c.draw.chord(
            [(x - 92) * 2, 470 * 2, (x + 92) * 2, 660 * 2], 0, 180, mix(p.sun, p.middle, 0.2)
        )
        c.ellipse((x, 566), (92, 15), mix(p.accent, p.sun, 0.4))
    c.ellipse((700, 600), (130, 58), mix(p.accent, p.sun, 0.35))
    for slash in range(4):
        x = 620 + slash * 50
        c.line([(x, 588), (x + 34, 562)], mix(p.accent, p.ink, 0.3), 7)


def _pot(c: Canvas, x: float, foot: float) -> None:
    p = c.palette
    c.rectangle((x - 268, foot - 210, x + 268, foot - 168), p.ink, 20)
    c.rectangle((x - 220, foot - 250, x + 220, foot), p.accent, 38)
    c.rectangle((x - 190, foot - 232, x - 150, foot - 40), mix(p.accent, p.sun, 0.45), 20)
    c.rectangle((x - 236, foot - 274, x + 236, foot - 240), mix(p.accent, p.ink, 0.35), 16)
    c.disc((x, foot - 290), 24, p.ink)
    for plume in (-110, 0, 110):
        wave = [(x + plume + 26 * sin(y / 34 + plume), foot - 330 - y) for y in range(0, 190, 8)]
        c.line(wave, mix(p.sun, WHITE, 0.5), 11)
