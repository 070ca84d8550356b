"""Scenes by the water: the harbour, the lighthouse, boats and ice."""

from tools.demo.canvas import WIDTH, Canvas, Colour, mix


def harbour(c: Canvas) -> None:
    """A harbour at dawn, with a ferry coming in."""
    p = c.palette
    sun = c.rng.uniform(900, 1250)
    c.sky(520)
    c.sun((sun, 440), 78)
    c.shaded(c.ridge(470, 26, 1.4), mix(p.horizon, p.far, 0.5), p.far)
    c.water(520, sun)
    _quay(c)
    _ferry(c, c.rng.uniform(560, 760), 612)
    for x, lean in ((150, 8), (262, -6), (395, 4)):
        _mast(c, x, lean)


def _quay(c: Canvas) -> None:
    p = c.palette
    c.shaded([(0, 640), (520, 668), (560, 720), (540, 900), (0, 900)], p.near, p.ink)
    for x in range(40, 540, 92):
        c.rectangle((x, 628 + x * 0.05, x + 16, 690 + x * 0.05), p.ink, 5)


def _mast(c: Canvas, x: float, lean: float) -> None:
    p = c.palette
    c.line([(x, 690), (x + lean, 330)], p.ink, 7)
    c.line([(x - 74, 672), (x + lean, 342), (x + 86, 680)], p.ink, 2.4)
    c.polygon([(x - 92, 690), (x + 104, 686), (x + 72, 738), (x - 66, 738)], p.ink)
    c.rectangle((x - 66, 704, x + 76, 711), p.accent)


def _ferry(c: Canvas, x: float, y: float) -> None:
    p = c.palette
    hull = [(x - 150, y - 44), (x + 168, y - 44), (x + 140, y), (x - 132, y)]
    c.rectangle((x - 112, y - 88, x + 96, y - 42), mix(p.sun, p.horizon, 0.35), 6)
    c.rectangle((x - 66, y - 118, x + 40, y - 86), mix(p.sun, p.horizon, 0.15), 6)
    c.rectangle((x - 30, y - 158, x + 2, y - 112), p.accent, 3)
    c.polygon(hull, p.ink)
    for window in range(9):
        left = x - 98 + window * 21
        c.rectangle((left, y - 74, left + 11, y - 60), p.near, 2)


def lighthouse(c: Canvas) -> None:
    """A lighthouse on a rock above a heavy sea."""
    p = c.palette
    x = c.rng.uniform(980, 1180)
    c.sky(620)
    c.glow((x, 236), 420, p.sun, 0.75)
    c.veil([(x, 222), (-40, 40), (-40, 330), (x, 250)], p.sun, 0.26)
    c.veil([(x, 222), (WIDTH + 40, 110), (WIDTH + 40, 330), (x, 250)], p.sun, 0.2)
    for level, colour in ((590, p.far), (650, mix(p.far, p.middle, 0.7))):
        c.shaded(c.ridge(level, 22, 5), colour, mix(colour, p.near, 0.6))
    _tower(c, x)
    rock = [(x - 330, 800), (x - 190, 668), (x - 80, 628), (x + 96, 620), (x + 250, 700)]
    c.shaded([*rock, (x + 420, 830), (x + 420, 900), (x - 360, 900)], p.near, p.ink)
    c.shaded(c.ridge(770, 34, 4), mix(p.middle, p.near, 0.5), p.near)
    c.shaded(c.ridge(838, 26, 3), p.near, p.ink)


def _tower(c: Canvas, x: float) -> None:
    p = c.palette
    white = mix(p.sun, (255, 255, 255), 0.45)
    c.polygon([(x - 42, 266), (x + 42, 266), (x + 66, 640), (x - 66, 640)], white)
    for top in (330, 450, 570):
        spread = 42 + 24 * (top - 266) / 374
        c.polygon(
            [
                (x - spread, top),
                (x + spread, top),
                (x + spread + 3, top + 56),
                (x - spread - 3, top + 56),
            ],
            p.accent,
        )
    c.veil([(x + 6, 266), (x + 42, 266), (x + 66, 640), (x + 10, 640)], p.ink, 0.3)
    c.rectangle((x - 56, 254, x + 56, 270), p.ink, 4)
    c.rectangle((x - 28, 206, x + 28, 254), p.sun, 4)
    c.polygon([(x - 40, 208), (x + 40, 208), (x, 160)], p.ink)


def ice(c: Canvas) -> None:
    """Icebergs on a cold sea."""
    p = c.palette
    c.sky(560)
    sun = c.rng.uniform(300, 600)
    c.sun((sun, 380), 60)
    c.water(560, sun)
    white = mix(p.sun, (255, 255, 255), 0.75)
    for x, size in ((1080, 1.0), (560, 0.52), (250, 0.34)):
        _berg(c, x, 560 + size * 90, size, white)


def _berg(c: Canvas, x: float, y: float, size: float, white: Colour) -> None:
    p = c.palette
    shape = [
        (-360, 0),
        (-290, -180),
        (-170, -240),
        (-120, -380),
        (10, -430),
        (120, -290),
        (230, -240),
        (350, 0),
    ]
    points = [(x + dx * size, y + dy * size) for dx, dy in shape]
    c.shaded(points, white, mix(p.far, white, 0.45))
    ridge = [
        points[4],
        points[5],
        points[6],
        points[7],
        (x + 60 * size, y),
        (x - 20 * size, y - 190 * size),
    ]
    c.shaded(ridge, mix(p.far, white, 0.3), p.middle)
    c.shaded(
        [points[1], points[2], (x - 150 * size, y), points[0]],
        mix(p.far, white, 0.5),
        mix(p.far, white, 0.2),
    )
    c.veil(
        [points[0], points[7], (x + 220 * size, y + 110 * size), (x - 240 * size, y + 130 * size)],
        white,
        0.28,
    )


def sails(c: Canvas) -> None:
    """Sailing boats heeling in a fresh wind."""
    p = c.palette
    c.sky(560)
    sun = c.rng.uniform(250, 500)
    c.sun((sun, 300), 70)
    c.shaded(c.ridge(540, 18, 1.6), mix(p.horizon, p.far, 0.5), p.far)
    c.water(562, sun)
    for x, y, size in ((520, 620, 0.5), (1330, 640, 0.62), (930, 760, 1.15)):
        _sail(c, x, y, size)


def _sail(c: Canvas, x: float, y: float, size: float) -> None:
    p = c.palette
    white = mix(p.sun, (255, 255, 255), 0.6)
    c.shaded(
        [
            (x + 4 * size, y - 400 * size),
            (x + 190 * size, y - 30 * size),
            (x - 20 * size, y - 40 * size),
        ],
        white,
        mix(white, p.far, 0.3),
    )
    c.shaded(
        [
            (x - 8 * size, y - 360 * size),
            (x - 34 * size, y - 44 * size),
            (x - 150 * size, y - 20 * size),
        ],
        p.accent,
        mix(p.accent, p.ink, 0.3),
    )
    c.line([(x + 2 * size, y - 412 * size), (x - 26 * size, y)], p.ink, 6 * size)
    c.polygon(
        [
            (x - 150 * size, y - 14 * size),
            (x + 200 * size, y - 30 * size),
            (x + 150 * size, y + 38 * size),
            (x - 100 * size, y + 42 * size),
        ],
        p.ink,
    )
