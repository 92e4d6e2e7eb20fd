"""Drawings of airplanes and ships. Those seen from the side face right."""

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import BLACK, GLASS, PAINTS, STEEL, TIRE, WHITE, mix, paint, shade, vary
from stl_tl_gui.engine.data.sample.pen import Drawing, Pen

# Airplanes


def _airliner(pen: Pen, rng: Random) -> None:
    body = vary(rng, pick(rng, (WHITE, WHITE, (206, 212, 220), pick(rng, PAINTS))))
    accent, wing = paint(rng), shade(body, 0.78)
    sweep = rng.uniform(0.3, 0.5)
    pen.poly([(0.15, -0.08), (-0.1 - sweep / 2, -0.5), (-0.28 - sweep / 2, -0.5), (-0.2, -0.08)], shade(body, 0.6))
    pen.poly([(-0.94, -0.08), (-1.05, -0.56), (-0.84, -0.56), (-0.5, -0.12)], accent)
    hull = [(-1.02, -0.1), (-0.6, -0.19), (0.5, -0.19), (0.86, -0.1), (0.98, 0.03), (0.8, 0.14), (0, 0.18), (-0.6, 0.1)]
    pen.blob(hull, body)
    pen.line([(-0.9, 0.02), (0.9, 0.04)], 0.05, accent)
    for i in range(8):
        pen.dot(-0.56 + i * 0.15, -0.07, 0.036, shade(GLASS, 0.55))
    pen.poly([(0.7, -0.12), (0.84, -0.08), (0.88, -0.01), (0.72, -0.02)], shade(GLASS, 0.45))
    pen.poly([(-0.66, 0.0), (-1.04, 0.16), (-1.14, 0.14), (-0.9, -0.04)], wing)
    pen.oval(0.02 - sweep / 3, 0.32, 0.16, 0.08, accent)
    pen.poly([(0.2, 0.06), (-0.12 - sweep / 2, 0.64), (-0.3 - sweep / 2, 0.64), (-0.22, 0.08)], wing)


def _plane_from_above(pen: Pen, rng: Random) -> None:
    body = vary(rng, pick(rng, (WHITE, (206, 212, 220), (120, 130, 140), pick(rng, PAINTS))))
    accent, wing, sweep = paint(rng), shade(body, 0.84), rng.uniform(-0.02, 0.5)
    for side in (-1, 1):
        pen.oval(side * 0.42, sweep * 0.45 - 0.16, 0.07, 0.15, accent)
        tip = 0.96 * side
        pen.poly([(side * 0.06, -0.28), (tip, sweep), (tip, sweep + 0.16), (side * 0.06, 0.16)], wing)
        edge = [(tip * 0.86, sweep * 0.86 - 0.03), (tip, sweep), (tip, sweep + 0.16), (tip * 0.86, sweep + 0.1)]
        pen.poly(edge, accent)
        pen.poly([(side * 0.04, 0.6), (side * 0.4, 0.82), (side * 0.4, 0.95), (side * 0.04, 0.86)], wing)
    pen.blob([(0, -1), (0.11, -0.78), (0.13, 0.3), (0.05, 0.94), (-0.05, 0.94), (-0.13, 0.3), (-0.11, -0.78)], body)
    pen.poly([(-0.07, -0.8), (0, -0.88), (0.07, -0.8), (0.05, -0.7), (-0.05, -0.7)], shade(GLASS, 0.5))
    pen.line([(0, 0.5), (0, 0.96)], 0.05, accent)


def _propeller_plane(pen: Pen, rng: Random) -> None:
    body, accent = paint(rng), paint(rng)
    pen.line([(0.4, 0.2), (0.46, 0.42)], 0.05, STEEL)
    pen.dot(0.48, 0.44, 0.1, TIRE)
    pen.poly([(-0.98, -0.02), (-1.04, -0.44), (-0.84, -0.44), (-0.62, -0.06)], accent)
    hull = [(-1, -0.06), (-0.3, -0.16), (0.06, -0.36), (0.4, -0.34), (0.56, -0.14), (0.8, -0.1), (0.84, 0.08)]
    pen.blob([*hull, (0.5, 0.22), (-0.2, 0.16)], body)
    pen.poly([(0.08, -0.28), (0.36, -0.28), (0.48, -0.1), (0.02, -0.1)], GLASS)
    pen.line([(-0.8, 0.02), (0.76, 0.04)], 0.06, accent)
    pen.poly([(-0.72, -0.04), (-1.1, 0.06), (-1.12, 0.12), (-0.7, 0.06)], shade(body, 0.75))
    pen.poly([(0.4, -0.34), (0.1, -0.4), (-0.36, 0.24), (-0.1, 0.32)], shade(accent, 0.85))
    pen.line([(0.16, 0.16), (0.3, -0.24)], 0.03, STEEL)
    pen.oval(0.9, -0.02, 0.03, 0.4, (176, 176, 178), turn=rng.uniform(-8, 8))
    pen.oval(0.88, -0.02, 0.08, 0.07, shade(accent, 0.7))


def _biplane_from_front(pen: Pen, rng: Random) -> None:
    body, accent = paint(rng), paint(rng)
    for side in (-1, 1):
        pen.line([(side * 0.12, 0.16), (side * 0.26, 0.46)], 0.05, STEEL)
        pen.oval(side * 0.27, 0.5, 0.06, 0.13, TIRE)
        pen.line([(side * 0.66, -0.3), (side * 0.62, 0.1)], 0.04, STEEL)
        pen.line([(side * 0.2, -0.3), (side * 0.16, 0.0)], 0.04, STEEL)
    pen.box(-0.98, -0.38, 0.98, -0.26, body, 0.06)
    pen.box(-0.9, 0.06, 0.9, 0.17, shade(body, 0.85), 0.06)
    pen.dot(0, 0.02, 0.27, accent)
    pen.dot(0, 0.02, 0.17, shade(accent, 0.55))
    spin = pen.moved(0, 0.02, turn=rng.uniform(0, 180))
    spin.oval(0, 0, 0.5, 0.05, (150, 104, 62))
    pen.dot(0, 0.02, 0.07, WHITE)


# Ships


def _waves(pen: Pen, rng: Random, level: float) -> None:
    if chance(rng, 0.3):
        return
    water = vary(rng, (66, 132, 178), 30)
    crests = [(-1.1 + i * 0.22, level + (0.06 if i % 2 else -0.02)) for i in range(11)]
    pen.poly([*crests, (1.0, level + 0.26), (-1.0, level + 0.26)], water)
    pen.curve([(x, y + 0.1) for x, y in crests[2:9]], 0.035, shade(water, 1.5))


def _sailboat(pen: Pen, rng: Random) -> None:
    hull, sail = paint(rng), vary(rng, pick(rng, (WHITE, WHITE, (240, 226, 196), pick(rng, PAINTS))))
    belly = rng.uniform(0.05, 0.2)
    pen.line([(0, 0.4), (0, -0.98)], 0.045, (110, 74, 46))
    pen.blob([(0.05, -0.9), (0.3 + belly, -0.4), (0.68, 0.2), (0.3, 0.23), (0.05, 0.22), (0.05, -0.3)], sail)
    pen.blob([(-0.05, -0.74), (-0.2 - belly, -0.2), (-0.56, 0.22), (-0.2, 0.22), (-0.06, 0.14)], shade(sail, 0.86))
    if chance(rng, 0.5):
        pen.line([(0.06, -0.22), (0.42 + belly / 2, -0.2)], 0.08, paint(rng))
    pen.poly([(0, -0.98), (0.26, -0.92), (0, -0.84)], paint(rng))
    pen.poly([(-0.76, 0.3), (0.8, 0.3), (0.56, 0.7), (-0.5, 0.7)], hull)
    pen.line([(-0.68, 0.42), (0.72, 0.42)], 0.07, shade(hull, 1.6))
    _waves(pen, rng, 0.64)


def _cargo_ship(pen: Pen, rng: Random) -> None:
    hull = paint(rng)
    for column in range(5):
        for row in range(int(rng.integers(1, 4))):
            left, bottom = -0.4 + column * 0.23, 0.16 - row * 0.16
            pen.box(left, bottom - 0.16, left + 0.21, bottom, paint(rng), 0.01)
    pen.box(-0.84, -0.34, -0.5, 0.2, WHITE)
    pen.box(-0.9, -0.44, -0.46, -0.32, shade(WHITE, 0.85))
    for i in range(3):
        pen.line([(-0.78, -0.2 + i * 0.13), (-0.56, -0.2 + i * 0.13)], 0.045, shade(GLASS, 0.55))
    pen.box(-0.78, -0.66, -0.62, -0.44, paint(rng))
    pen.poly([(-1, 0.12), (0.8, 0.16), (1.02, 0.0), (0.84, 0.6), (-0.9, 0.6)], hull)
    pen.poly([(-0.94, 0.44), (0.88, 0.44), (0.84, 0.6), (-0.9, 0.6)], mix(hull, (150, 40, 40), 0.75))
    _waves(pen, rng, 0.54)


def _steamer(pen: Pen, rng: Random) -> None:
    hull, funnel = paint(rng), paint(rng)
    count = int(rng.integers(1, 4))
    for i in range(count):
        x = -0.3 + i * 0.34
        for puff in range(int(rng.integers(0, 4))):
            pen.dot(x - 0.14 - puff * 0.16, -0.74 - puff * 0.07, 0.1 + puff * 0.03, (206 - puff * 8,) * 3)
        pen.poly([(x - 0.02, -0.64), (x + 0.16, -0.64), (x + 0.18, -0.2), (x, -0.2)], funnel)
        pen.poly([(x - 0.02, -0.64), (x + 0.16, -0.64), (x + 0.165, -0.54), (x - 0.015, -0.54)], BLACK)
    pen.box(-0.56, -0.24, 0.6, -0.02, WHITE)
    pen.box(-0.74, -0.04, 0.7, 0.2, shade(WHITE, 0.9))
    for i in range(7):
        pen.dot(-0.56 + i * 0.18, 0.06, 0.045, shade(GLASS, 0.5))
    pen.line([(-0.46, -0.13), (0.5, -0.13)], 0.07, shade(GLASS, 0.6))
    pen.line([(0.76, 0.2), (0.76, -0.5)], 0.035, STEEL)
    pen.blob([(-0.96, 0.16), (0, 0.2), (1.0, 0.08), (0.8, 0.5), (0.6, 0.62), (-0.7, 0.62), (-0.9, 0.5)], hull)
    _waves(pen, rng, 0.54)


def _galleon(pen: Pen, rng: Random) -> None:
    wood, sail = vary(rng, (122, 78, 46)), vary(rng, pick(rng, (WHITE, (238, 222, 190), (206, 60, 56))))
    for x, top in ((-0.52, -0.74), (0.02, -0.96), (0.54, -0.7)):
        pen.line([(x, 0.3), (x, top)], 0.05, shade(wood, 0.7))
        for upper, lower, wide, tone in ((top + 0.12, top + 0.46, 0.17, 1.0), (top + 0.5, 0.1, 0.21, 0.88)):
            middle = (upper + lower) / 2
            left, right = x - wide, x + wide
            luff, leech = [(left, lower), (left + 0.07, middle)], [(right + 0.07, middle), (right, lower)]
            pen.poly([(left, upper), (right, upper), *leech, *luff], shade(sail, tone))
        pen.poly([(x, top), (x + 0.2, top + 0.04), (x, top + 0.1)], paint(rng))
    pen.line([(0.7, 0.24), (1.04, 0.02)], 0.05, shade(wood, 0.7))
    pen.poly([(-0.96, 0.0), (-0.6, 0.04), (-0.54, 0.26), (0.6, 0.26), (0.92, 0.14), (0.66, 0.68), (-0.76, 0.68)], wood)
    pen.line([(-0.86, 0.36), (0.74, 0.38)], 0.05, shade(wood, 1.5))
    for i in range(5):
        pen.dot(-0.56 + i * 0.26, 0.5, 0.05, BLACK)
    _waves(pen, rng, 0.6)


CRAFT: dict[str, tuple[Drawing, ...]] = {
    "airplane": (
        Drawing(_airliner, 30),
        Drawing(_plane_from_above, 180),
        Drawing(_propeller_plane, 25),
        Drawing(_biplane_from_front, 25),
    ),
    "ship": (Drawing(_sailboat), Drawing(_cargo_ship, 8), Drawing(_steamer, 8), Drawing(_galleon)),
}
