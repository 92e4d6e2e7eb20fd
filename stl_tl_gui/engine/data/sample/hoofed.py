"""Drawings of deer and horses. Those seen from the side face right."""

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import BLACK, PAINTS, WHITE, Color, fur, shade, vary
from stl_tl_gui.engine.data.sample.pen import Drawing, Pen

_ANTLER: Color = (206, 172, 124)
_DEER: tuple[Color, ...] = ((172, 106, 62), (186, 132, 84), (150, 84, 48))
_HORSES: tuple[Color, ...] = ((104, 60, 38), (64, 46, 42), (232, 228, 222))


def _legs(pen: Pen, rng: Random, coat: Color, hoof: Color, width: float, gallop: float) -> None:
    """Four long legs, hips at x = -0.45 and shoulders at 0.25; `gallop` 0 stands, 1 flies."""
    for x, ahead in ((-0.45, -1.0), (0.25, 1.0)):
        for near in (False, True):
            swing = gallop * ahead * rng.uniform(0.25, 0.55) + rng.uniform(-0.08, 0.08)
            color = coat if near else shade(coat, 0.62)
            x0 = x - 0.05 if near else x + 0.1
            knee, foot = (x0 + swing * 0.6, 0.5), (x0 + swing, 0.9 - gallop * 0.1)
            pen.limb([(x0, 0.1), knee, foot], width, width * 0.5, color)
            pen.limb([(foot[0], foot[1] - 0.03), (foot[0] + 0.03, foot[1] + 0.05)], width * 0.6, width * 0.75, hoof)


# Deer


def _antler(pen: Pen, side: int, size: float, color: Color) -> None:
    """One antler that grows from the origin."""
    beam = [(0.0, 0.0), (side * 0.3, -0.24), (side * 0.46, -0.6), (side * 0.36, -0.98)]
    pen.curve([(x * size, y * size) for x, y in beam], 0.1, color, 0.05)
    for start, end in (((0.28, -0.22), (0.12, -0.54)), ((0.42, -0.44), (0.74, -0.66)), ((0.45, -0.6), (0.22, -0.84))):
        pen.limb([(side * start[0] * size, start[1] * size), (side * end[0] * size, end[1] * size)], 0.08, 0.04, color)


def _deer_face(pen: Pen, rng: Random, coat: Color, antlers: float) -> None:
    for side in (-1, 1):
        if antlers:
            _antler(pen.moved(side * 0.16, -0.34), side, antlers, vary(rng, _ANTLER))
        pen.oval(side * 0.58, -0.2, 0.28, 0.13, shade(coat, 0.85), turn=side * -20)
        pen.oval(side * 0.58, -0.19, 0.18, 0.07, (236, 190, 170), turn=side * -20)
    pen.blob([(-0.34, -0.2), (0, -0.44), (0.34, -0.2), (0.24, 0.24), (0.17, 0.6), (-0.17, 0.6), (-0.24, 0.24)], coat)
    pen.blob([(-0.15, 0.36), (0.15, 0.36), (0.18, 0.56), (0, 0.68), (-0.18, 0.56)], shade(coat, 1.65))
    for side in (-1, 1):
        pen.eye(side * 0.22, -0.06, 0.085)
    pen.oval(0, 0.5, 0.11, 0.08, BLACK)


def _deer_head(pen: Pen, rng: Random) -> None:
    coat = fur(rng, _DEER)
    low = pen.moved(0, 0.22, 0.95)
    low.blob([(-0.2, 0.1), (0.2, 0.1), (0.44, 1.0), (-0.44, 1.0)], shade(coat, 0.85))
    _deer_face(low, rng, coat, rng.uniform(0.7, 1.0))


def _deer(pen: Pen, rng: Random) -> None:
    coat, antlers = fur(rng, _DEER), not chance(rng, 0.15)
    _legs(pen, rng, coat, BLACK, 0.13, gallop=pick(rng, (0.0, 0.0, 0.5, 0.9)))
    pen.blob([(-0.58, -0.08), (-0.8, -0.2), (-0.76, 0.06), (-0.6, 0.14)], WHITE)
    pen.blob([(-0.62, -0.04), (-0.3, -0.18), (0.3, -0.16), (0.42, 0.08), (0.2, 0.24), (-0.2, 0.2), (-0.54, 0.24)], coat)
    if chance(rng, 0.55):
        for i in range(7):
            pen.dot(-0.46 + i * 0.11, -0.06 + (i % 3) * 0.075, 0.03, shade(coat, 1.75))
    pen.limb([(0.26, 0.02), (0.46, -0.3), (0.52, -0.48)], 0.32, 0.17, coat)
    head = pen.moved(0.54, -0.5, turn=rng.uniform(-15, 15))
    if antlers:
        color = vary(rng, _ANTLER)
        _antler(head.moved(-0.02, -0.1, turn=-14), -1, 0.5, shade(color, 0.8))
        _antler(head.moved(0.02, -0.1, turn=-8), 1, 0.5, color)
    head.oval(-0.2, -0.08, 0.16, 0.07, shade(coat, 0.8), turn=24)
    head.blob([(-0.12, -0.08), (0.08, -0.14), (0.36, 0.06), (0.38, 0.14), (0.3, 0.18), (0.0, 0.12)], coat)
    head.dot(0.37, 0.1, 0.05, BLACK)
    head.eye(0.08, -0.03, 0.05)


def _lying_deer(pen: Pen, rng: Random) -> None:
    coat = fur(rng, _DEER)
    pen.blob([(-0.8, 0.5), (-0.5, 0.06), (0.1, 0.06), (0.4, 0.3), (0.36, 0.66), (-0.7, 0.7)], coat)
    pen.curve([(0.2, 0.6), (0.56, 0.5), (0.5, 0.68), (0.26, 0.72)], 0.12, shade(coat, 0.8), 0.09)
    pen.curve([(-0.5, 0.5), (-0.2, 0.44), (-0.3, 0.7), (-0.6, 0.72)], 0.15, shade(coat, 0.8), 0.09)
    for i in range(7):
        pen.dot(-0.56 + i * 0.12, 0.2 + (i % 3) * 0.1, 0.035, shade(coat, 1.75))
    pen.limb([(0.2, 0.4), (0.34, -0.1)], 0.36, 0.22, coat)
    _deer_face(pen.moved(0.4, -0.28, 0.58, rng.uniform(-12, 12)), rng, coat, pick(rng, (0.0, 0.9, 0.9)))


# Horses


def _horse_colors(rng: Random) -> tuple[Color, Color]:
    coat = fur(rng, _HORSES)
    return coat, pick(rng, (shade(coat, 0.4), shade(coat, 0.5), (240, 228, 200), BLACK))


def _horse_profile(pen: Pen, rng: Random, coat: Color, mane: Color) -> None:
    """Neck and head of a horse; the neck starts at the origin and goes up to the right."""
    pen.poly([(0.36, -0.78), (0.44, -1.0), (0.52, -0.76)], shade(coat, 0.8))
    pen.blob([(-0.26, -0.06), (0.06, -0.5), (0.3, -0.8), (0.5, -0.78), (0.52, -0.56), (0.36, -0.3), (0.3, 0.14)], coat)
    crown = [(0.3, -0.78), (0.54, -0.8), (0.78, -0.5), (0.96, -0.28)]
    pen.blob([*crown, (0.92, -0.14), (0.76, -0.14), (0.52, -0.38), (0.36, -0.46)], coat)
    pen.blob([(0.78, -0.42), (0.97, -0.28), (0.92, -0.14), (0.77, -0.15)], shade(coat, 0.72))
    pen.dot(0.89, -0.27, 0.03, BLACK)
    strands = [(0.46, -0.9), (0.2, -0.86), (0.08, -0.66), (-0.1, -0.56), (-0.14, -0.36), (-0.32, -0.24), (-0.3, 0.02)]
    pen.poly([*strands, (-0.12, -0.06), (0.0, -0.28), (0.16, -0.44), (0.3, -0.64), (0.44, -0.7)], mane)
    pen.eye(0.58, -0.6, 0.055)
    if chance(rng, 0.4):
        strap = vary(rng, pick(rng, PAINTS))
        pen.line([(0.8, -0.44), (0.7, -0.22)], 0.04, strap)
        pen.line([(0.52, -0.76), (0.46, -0.44), (0.72, -0.3)], 0.04, strap)


def _horse_from_side(pen: Pen, rng: Random, gallop: float) -> None:
    coat, mane = _horse_colors(rng)
    lift = 0.2 * gallop
    tail = [(-0.56, -0.08), (-0.84, -0.02 - lift), (-0.9 - lift / 2, 0.34 - lift * 1.6)]
    pen.curve([*tail, (-0.98 - lift / 2, 0.62 - lift * 2)], 0.16, mane, 0.2)
    _legs(pen, rng, coat, shade(mane, 0.6), 0.19, gallop)
    back = [(-0.66, 0.0), (-0.44, -0.22), (0, -0.15), (0.34, -0.22)]
    pen.blob([*back, (0.48, 0.06), (0.2, 0.26), (-0.2, 0.26), (-0.56, 0.28)], coat)
    if chance(rng, 0.25):
        pen.blob([(-0.2, -0.2), (0.02, -0.15), (0.16, -0.2), (0.14, 0.08), (-0.18, 0.08)], vary(rng, pick(rng, PAINTS)))
    _horse_profile(pen.moved(0.3, -0.02, 0.78, gallop * 14 + rng.uniform(-8, 14)), rng, coat, mane)


def _horse(pen: Pen, rng: Random) -> None:
    _horse_from_side(pen, rng, 0.0)


def _galloping_horse(pen: Pen, rng: Random) -> None:
    _horse_from_side(pen, rng, 1.0)


def _horse_head(pen: Pen, rng: Random) -> None:
    coat, mane = _horse_colors(rng)
    pen.blob([(-0.98, 1.0), (-0.74, 0.2), (-0.3, 0.0), (0.2, 0.5), (0.1, 1.1)], coat)
    _horse_profile(pen.moved(-0.4, 0.62, 1.42), rng, coat, mane)


def _horse_face(pen: Pen, rng: Random) -> None:
    coat, mane = _horse_colors(rng)
    pen.blob([(-0.1, -0.6), (-0.36, -0.3), (-0.7, 0.4), (-0.98, 1.1), (0.2, 1.1), (0.2, 0.0)], shade(coat, 0.78))
    strands = [(-0.1, -0.7), (-0.4, -0.46), (-0.62, 0.0), (-0.8, 0.2), (-0.84, 0.5), (-1.02, 0.7), (-1.04, 1.1)]
    pen.poly([*strands, (-0.8, 1.1), (-0.3, 0.0)], mane)
    for side in (-1, 1):
        pen.poly([(side * 0.26, -0.5), (side * 0.3, -1.0), (side * 0.06, -0.68)], shade(coat, 0.85))
        pen.poly([(side * 0.23, -0.6), (side * 0.27, -0.88), (side * 0.13, -0.68)], (226, 176, 160))
    face = [(-0.3, -0.4), (0, -0.72), (0.3, -0.4), (0.19, 0.16), (0.22, 0.64), (0, 0.86), (-0.22, 0.64), (-0.19, 0.16)]
    pen.blob(face, coat)
    if chance(rng, 0.6):
        pen.blob([(-0.07, -0.4), (0.07, -0.4), (0.05, 0.3), (0, 0.46), (-0.05, 0.3)], WHITE)
    pen.oval(0, 0.66, 0.21, 0.18, shade(coat, 0.65))
    for side in (-1, 1):
        pen.eye(side * 0.22, -0.26, 0.07)
        pen.oval(side * 0.1, 0.62, 0.04, 0.06, BLACK)
    lock = rng.uniform(-0.2, 0.2)
    forelock = [(-0.2, -0.8), (0.2, -0.8), (0.2 + lock, -0.36)]
    pen.poly([*forelock, (0.06, -0.5), (lock / 2, -0.22), (-0.08, -0.5), (-0.2 + lock, -0.34)], mane)


HOOFED: dict[str, tuple[Drawing, ...]] = {
    "deer": (Drawing(_deer_head, 16), Drawing(_deer), Drawing(_deer), Drawing(_lying_deer)),
    "horse": (Drawing(_horse), Drawing(_galloping_horse), Drawing(_horse_head), Drawing(_horse_face)),
}
