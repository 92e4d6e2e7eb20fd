"""Drawings of birds and monkeys. Those seen from the side face right."""

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import FURS, PAINTS, WHITE, Color, fur, mix, shade, vary
from stl_tl_gui.engine.data.sample.pen import Drawing, Pen

_BEAK: Color = (240, 166, 48)
_MONKEYS: tuple[Color, ...] = ((112, 70, 44), (150, 92, 54))


def _feather(rng: Random) -> Color:
    return vary(rng, pick(rng, (*PAINTS, *FURS[:4])))


# Birds


def _songbird(pen: Pen, rng: Random) -> None:
    coat, breast = _feather(rng), vary(rng, pick(rng, (WHITE, (232, 140, 70), (238, 214, 150))))
    if chance(rng, 0.6):
        pen.curve([(-0.9, 0.84), (0, 0.76), (0.9, 0.86)], 0.11, (112, 78, 50), 0.07)
    for x in (-0.06, 0.12):
        pen.line([(x, 0.4), (x + 0.04, 0.78)], 0.045, shade(_BEAK, 0.8))
    pen.poly([(-0.4, 0.1), (-1.0, 0.36), (-0.94, 0.56), (-0.3, 0.36)], shade(coat, 0.7))
    pen.blob([(-0.5, 0.2), (-0.2, -0.2), (0.3, -0.24), (0.56, 0.1), (0.3, 0.48), (-0.16, 0.5)], coat)
    pen.blob([(0.2, -0.06), (0.54, 0.06), (0.36, 0.42), (0.02, 0.48), (0.1, 0.2)], breast)
    pen.poly([(0.66, -0.46), (0.98, -0.32), (0.66, -0.26)], _BEAK)
    pen.dot(0.42, -0.36, 0.32, coat)
    if chance(rng, 0.35):
        pen.poly([(0.2, -0.56), (0.14, -0.92), (0.34, -0.72), (0.44, -0.9), (0.52, -0.64)], shade(coat, 0.8))
    pen.eye(0.52, -0.42, 0.07)
    pen.blob([(0.12, -0.06), (0.1, 0.22), (-0.3, 0.38), (-0.62, 0.34), (-0.3, 0.0)], shade(coat, 0.66))


def _flying_bird(pen: Pen, rng: Random) -> None:
    coat, beat = _feather(rng), rng.uniform(-0.35, 0.35)
    far, near = shade(coat, 0.62), shade(coat, 0.8)
    pen.blob([(0.2, -0.06), (0.34, -0.44 - beat), (0.2, -0.86 - beat), (-0.02, -0.6 - beat), (-0.14, -0.06)], far)
    pen.poly([(-0.4, -0.06), (-1.0, -0.2), (-0.92, 0.0), (-1.02, 0.16), (-0.4, 0.12)], near)
    pen.blob([(-0.56, 0.02), (-0.1, -0.16), (0.36, -0.16), (0.5, 0.02), (0.2, 0.2), (-0.2, 0.18)], coat)
    pen.poly([(0.68, -0.14), (0.96, -0.02), (0.68, 0.04)], _BEAK)
    pen.dot(0.54, -0.08, 0.21, coat)
    pen.eye(0.6, -0.12, 0.05)
    tips = [(0.26, 0.0), (0.16, -0.5 - beat), (-0.22, -0.94 - beat), (-0.32, -0.72 - beat), (-0.52, -0.72 - beat)]
    pen.poly([*tips, (-0.5, -0.5 - beat), (-0.62, -0.42 - beat), (-0.46, -0.26), (-0.2, 0.06)], near)
    pen.line([(0.14, -0.06), (-0.34, -0.62 - beat)], 0.03, far)


def _owl(pen: Pen, rng: Random) -> None:
    coat = vary(rng, pick(rng, (*FURS, FURS[0], FURS[3])))
    pen.curve([(-0.9, 0.8), (0, 0.74), (0.9, 0.82)], 0.12, (112, 78, 50), 0.08)
    for side in (-1, 1):
        pen.poly([(side * 0.5, -0.42), (side * 0.56, -0.96), (side * 0.12, -0.66)], shade(coat, 0.75))
    pen.blob([(-0.54, -0.4), (0, -0.76), (0.54, -0.4), (0.56, 0.3), (0.26, 0.78), (-0.26, 0.78), (-0.56, 0.3)], coat)
    belly = shade(coat, 1.5)
    pen.oval(0, 0.34, 0.32, 0.38, belly)
    for row in range(3):
        for x in (-0.16, 0, 0.16):
            pen.line([(x - 0.06, 0.14 + row * 0.17), (x, 0.2 + row * 0.17), (x + 0.06, 0.14 + row * 0.17)], 0.03, coat)
    for side in (-1, 1):
        pen.blob([(side * 0.4, -0.06), (side * 0.66, 0.2), (side * 0.52, 0.64), (side * 0.36, 0.4)], shade(coat, 0.7))
        pen.dot(side * 0.24, -0.32, 0.24, shade(coat, 1.7))
        pen.eye(side * 0.22, -0.32, 0.15, (246, 190, 40))
        pen.line([(side * 0.14, 0.72), (side * 0.14, 0.86)], 0.1, _BEAK)
    pen.poly([(-0.09, -0.24), (0.09, -0.24), (0, -0.02)], _BEAK)


def _water_bird(pen: Pen, rng: Random) -> None:
    coat, neck = _feather(rng), rng.uniform(-0.72, -0.3)
    head = shade(coat, pick(rng, (1.0, 0.6, 1.5)))
    legs = chance(rng, 0.4)
    if legs:
        for x in (-0.14, 0.06):
            pen.line([(x, 0.4), (x + 0.03, 0.92), (x + 0.18, 0.94)], 0.045, _BEAK)
    pen.curve([(0.3, 0.2), (0.52, -0.02), (0.42, neck / 2), (0.5, neck)], 0.26, head, 0.17)
    pen.poly([(0.6, neck - 0.12), (0.98, neck + 0.04), (0.62, neck + 0.1)], _BEAK)
    pen.dot(0.54, neck - 0.02, 0.18, head)
    pen.eye(0.6, neck - 0.06, 0.05)
    pen.blob([(-0.92, -0.06), (-0.5, 0.06), (0, -0.06), (0.46, 0.14), (0.4, 0.44), (0, 0.56), (-0.5, 0.46)], coat)
    pen.blob([(-0.78, 0.02), (-0.2, 0.02), (0.16, 0.18), (-0.1, 0.34), (-0.5, 0.3)], shade(coat, 0.75))
    if not legs:
        water = vary(rng, (74, 140, 180), 26)
        pen.blob([(-1.1, 0.56), (-0.5, 0.42), (0, 0.48), (0.5, 0.42), (1.05, 0.54), (0.4, 0.68), (-0.5, 0.68)], water)
        pen.curve([(-0.5, 0.56), (-0.2, 0.52), (0.1, 0.57), (0.4, 0.53)], 0.03, shade(water, 1.5))


# Monkeys


def _monkey_face(pen: Pen, rng: Random, coat: Color, skin: Color) -> None:
    for side in (-1, 1):
        pen.dot(side * 0.68, -0.06, 0.28, coat)
        pen.dot(side * 0.7, -0.04, 0.18, skin)
    pen.dot(0, -0.06, 0.64, coat)
    if chance(rng, 0.4):
        pen.poly([(-0.14, -0.64), (-0.06, -0.9), (0.02, -0.7), (0.12, -0.88), (0.16, -0.62)], coat)
    for side in (-1, 1):
        pen.dot(side * 0.2, -0.14, 0.27, skin)
    pen.oval(0, 0.26, 0.46, 0.32, skin)
    for side in (-1, 1):
        pen.eye(side * 0.2, -0.12, 0.1)
        pen.dot(side * 0.06, 0.12, 0.035, shade(skin, 0.4))
    pen.curve([(-0.24, 0.3), (0, 0.42), (0.24, 0.3)], 0.05, shade(skin, 0.4))


def _monkey_colors(rng: Random) -> tuple[Color, Color]:
    coat = fur(rng, _MONKEYS)
    light = (236, 196, 156)
    return coat, mix(light, vary(rng, pick(rng, (light, (214, 160, 124), (250, 222, 190)))), 0.8)


def _monkey_head(pen: Pen, rng: Random) -> None:
    coat, skin = _monkey_colors(rng)
    if chance(rng, 0.5):
        pen.blob([(-0.36, 0.4), (0.36, 0.4), (0.6, 1.2), (-0.6, 1.2)], shade(coat, 0.85))
    _monkey_face(pen, rng, coat, skin)


def _sitting_monkey(pen: Pen, rng: Random) -> None:
    coat, skin = _monkey_colors(rng)
    reach = rng.uniform(-0.1, 0.4)
    pen.curve([(0.26, 0.72), (0.7, 0.8), (0.9, 0.46), (0.74, 0.14), (0.54, 0.3), (0.68, 0.46)], 0.11, coat, 0.08)
    for side in (-1, 1):
        pen.curve([(side * 0.2, 0.66), (side * 0.56, 0.6), (side * 0.46, 0.92)], 0.2, shade(coat, 0.85), 0.16)
        pen.oval(side * 0.5, 0.94, 0.15, 0.07, skin)
    pen.blob([(-0.26, 0.0), (0.26, 0.0), (0.4, 0.5), (0.26, 0.88), (-0.26, 0.88), (-0.4, 0.5)], coat)
    pen.oval(0, 0.5, 0.24, 0.3, skin)
    for side, y in ((-1, 0.6), (1, 0.6 - reach * 1.6)):
        pen.curve([(side * 0.22, 0.14), (side * 0.52, 0.3), (side * 0.6, y)], 0.16, coat, 0.13)
        pen.dot(side * 0.6, y, 0.1, skin)
    _monkey_face(pen.moved(0, -0.38, 0.58), rng, coat, skin)


def _hanging_monkey(pen: Pen, rng: Random) -> None:
    coat, skin = _monkey_colors(rng)
    pen.curve([(-0.96, -0.84), (0, -0.92), (0.96, -0.82)], 0.12, (104, 72, 46), 0.09)
    pen.curve([(-0.1, 0.66), (-0.46, 0.9), (-0.8, 0.66), (-0.7, 0.34), (-0.54, 0.46), (-0.62, 0.58)], 0.1, coat, 0.07)
    pen.curve([(0.14, 0.1), (0.5, -0.2), (0.46, -0.86)], 0.15, coat, 0.12)
    pen.dot(0.46, -0.88, 0.1, skin)
    for x, bend in ((-0.12, -0.2), (0.18, 0.16)):
        pen.curve([(x, 0.56), (x + bend, 0.76), (x + bend / 2, 0.96)], 0.16, shade(coat, 0.85), 0.12)
        pen.oval(x + bend / 2, 0.97, 0.12, 0.06, skin)
    pen.blob([(-0.2, 0.02), (0.24, 0.02), (0.32, 0.42), (0.14, 0.74), (-0.14, 0.74), (-0.28, 0.42)], coat)
    pen.oval(0.03, 0.42, 0.17, 0.24, skin)
    pen.curve([(-0.16, 0.14), (-0.48, 0.2), (-0.52, rng.uniform(-0.3, 0.5))], 0.14, coat, 0.11)
    _monkey_face(pen.moved(-0.04, -0.28, 0.5, rng.uniform(-20, 20)), rng, coat, skin)


WILD: dict[str, tuple[Drawing, ...]] = {
    "bird": (Drawing(_songbird), Drawing(_flying_bird, 30), Drawing(_owl), Drawing(_water_bird)),
    "monkey": (Drawing(_monkey_head, 22), Drawing(_sitting_monkey), Drawing(_hanging_monkey)),
}
