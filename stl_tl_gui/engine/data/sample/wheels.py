"""Drawings of cars and trucks. Those seen from the side face right."""

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import GLASS, STEEL, TIRE, WHITE, Color, paint, shade, vary
from stl_tl_gui.engine.data.sample.pen import Drawing, Pen


def _wheel(pen: Pen, x: float, y: float, radius: float, hub: Color = (196, 200, 204)) -> None:
    pen.dot(x, y, radius, TIRE)
    pen.dot(x, y, radius * 0.55, hub)
    pen.dot(x, y, radius * 0.2, STEEL)


# Cars


def _car(pen: Pen, rng: Random) -> None:
    body = paint(rng)
    back, roof, front = rng.uniform(-0.72, -0.46), rng.uniform(-0.52, -0.4), rng.uniform(0.18, 0.34)
    rear = rng.uniform(-0.92, -0.84)
    hood = [(front + 0.3, -0.06), (0.84, 0.02), (0.97, 0.18), (0.9, 0.36), (0, 0.38)]
    roofline = [(rear - 0.06, 0.12), (rear, -0.02), (back, -0.12), (back + 0.2, roof), (front - 0.08, roof)]
    pen.blob([*roofline, *hood, (rear - 0.04, 0.36)], body)
    middle = (back + front) / 2 + 0.08
    pane = [(back + 0.1, -0.08), (back + 0.24, roof + 0.08), (middle - 0.03, roof + 0.07), (middle - 0.03, -0.07)]
    pen.poly(pane, GLASS)
    pane = [(middle + 0.04, roof + 0.07), (front - 0.06, roof + 0.08), (front + 0.2, -0.06), (middle + 0.04, -0.07)]
    pen.poly(pane, GLASS)
    pen.line([(middle, roof + 0.1), (middle, 0.3)], 0.025, shade(body, 0.6))
    pen.line([(middle - 0.16, 0.04), (middle - 0.06, 0.04)], 0.035, shade(body, 0.5))
    pen.dot(0.88, 0.12, 0.065, (255, 236, 150))
    pen.dot(rear, 0.1, 0.055, (190, 30, 36))
    pen.line([(rear, 0.36), (0.9, 0.36)], 0.06, shade(body, 0.45))
    radius = rng.uniform(0.17, 0.22)
    _wheel(pen, -0.54, 0.38, radius)
    _wheel(pen, 0.56, 0.38, radius)


def _sports_car(pen: Pen, rng: Random) -> None:
    body = paint(rng)
    pen.blob([(-0.96, 0.04), (-0.7, -0.08), (0.3, -0.04), (0.8, 0.06), (1, 0.2), (0.92, 0.32), (-0.9, 0.32)], body)
    pen.poly([(-0.42, -0.06), (0.02, -0.36), (0.1, -0.36), (0.34, -0.04)], shade(GLASS, 0.8))
    pen.line([(0.08, -0.36), (0.34, -0.03)], 0.05, shade(body, 0.6))
    if chance(rng, 0.5):
        pen.dot(-0.1, -0.22, 0.12, (224, 176, 140))
        pen.dot(-0.13, -0.27, 0.1, vary(rng, (90, 60, 40)))
        pen.box(-0.24, -0.12, 0.04, 0.0, paint(rng))
    else:
        pen.blob([(-0.8, -0.06), (-0.3, -0.36), (0.06, -0.4), (0.12, -0.34), (-0.3, -0.06)], body)
    if chance(rng, 0.6):
        pen.poly([(-0.98, -0.2), (-0.72, -0.2), (-0.78, -0.06), (-0.84, -0.06)], shade(body, 0.7))
    pen.line([(-0.86, 0.12), (0.9, 0.16)], 0.06, paint(rng))
    pen.dot(0.88, 0.14, 0.05, (255, 236, 150))
    _wheel(pen, -0.58, 0.3, 0.2)
    _wheel(pen, 0.6, 0.3, 0.18)


def _car_from_front(pen: Pen, rng: Random) -> None:
    body = paint(rng)
    tall = rng.uniform(-0.62, -0.48)
    for side in (-1, 1):
        pen.box(side * 0.6 - 0.13, 0.2, side * 0.6 + 0.13, 0.62, TIRE)
        pen.oval(side * 0.74, -0.12, 0.11, 0.07, shade(body, 0.7))
    pen.poly([(-0.68, 0.0), (-0.46, tall), (-0.36, tall - 0.06), (0.36, tall - 0.06), (0.46, tall), (0.68, 0.0)], body)
    pen.poly([(-0.55, -0.04), (-0.38, tall + 0.05), (0.38, tall + 0.05), (0.55, -0.04)], GLASS)
    pen.poly([(-0.3, -0.04), (-0.12, tall + 0.05), (0.02, tall + 0.05), (-0.16, -0.04)], shade(GLASS, 1.5))
    pen.blob([(-0.78, 0.12), (-0.62, -0.05), (0.62, -0.05), (0.78, 0.12), (0.76, 0.44), (-0.76, 0.44)], body)
    pen.box(-0.34, 0.12, 0.34, 0.24, shade(body, 0.35))
    for side in (-1, 1):
        pen.dot(side * 0.54, 0.14, 0.12, shade(body, 0.55))
        pen.dot(side * 0.54, 0.14, 0.09, (255, 240, 180))
    pen.box(-0.76, 0.34, 0.76, 0.46, STEEL)
    pen.box(-0.2, 0.33, 0.2, 0.44, WHITE)


# Trucks


def _cab(pen: Pen, body: Color, left: float = 0.4) -> None:
    outline = [(left, -0.34), (left + 0.3, -0.34), (left + 0.4, -0.06), (0.94, 0.0), (0.98, 0.1), (0.98, 0.36)]
    pen.poly([*outline, (left, 0.36)], body)
    pen.poly([(left + 0.07, -0.26), (left + 0.26, -0.26), (left + 0.34, -0.02), (left + 0.07, -0.02)], GLASS)
    pen.line([(left + 0.08, 0.1), (left + 0.16, 0.1)], 0.035, shade(body, 0.5))
    pen.dot(0.92, 0.17, 0.055, (255, 236, 150))
    pen.box(0.84, 0.28, 1.02, 0.38, STEEL)


def _wheels(pen: Pen, rng: Random) -> None:
    for x in pick(rng, ((-0.66, 0.64), (-0.74, -0.42, 0.64), (-0.8, -0.5, 0.02, 0.64))):
        _wheel(pen, x, 0.42, 0.165)


def _box_truck(pen: Pen, rng: Random) -> None:
    box, body = paint(rng), paint(rng)
    top = rng.uniform(-0.8, -0.55)
    pen.box(-0.96, 0.26, 0.9, 0.4, STEEL)
    _cab(pen, body)
    pen.box(-0.98, top, 0.36, 0.3, box, 0.02)
    sign = int(rng.integers(4))
    if sign == 0:
        pen.dot(-0.3, (top + 0.3) / 2, 0.22, paint(rng))
    elif sign == 1:
        pen.poly([(-0.96, 0.28), (-0.96, -0.1), (0.34, top + 0.1), (0.34, 0.05)], paint(rng))
    elif sign == 2:
        for i in range(6):
            pen.line([(-0.86 + i * 0.22, top + 0.04), (-0.86 + i * 0.22, 0.26)], 0.025, shade(box, 0.75))
    else:
        pen.box(-0.98, -0.12, 0.36, 0.06, paint(rng), 0.0)
    _wheels(pen, rng)


def _tank_truck(pen: Pen, rng: Random) -> None:
    tank, body = pick(rng, ((214, 218, 222), (190, 196, 204), paint(rng))), paint(rng)
    pen.box(-0.96, 0.24, 0.9, 0.38, STEEL)
    _cab(pen, body)
    drum = [(-0.94, -0.36), (-0.3, -0.44), (0.3, -0.36), (0.37, -0.06), (0.28, 0.24), (-0.9, 0.24), (-0.98, -0.06)]
    pen.blob(drum, tank)
    pen.line([(-0.84, -0.22), (0.22, -0.22)], 0.07, shade(tank, 1.6))
    for x in (-0.64, -0.02):
        pen.line([(x, -0.4), (x, 0.24)], 0.035, shade(tank, 0.7))
    pen.line([(-0.9, 0.02), (0.3, 0.02)], 0.07, paint(rng))
    _wheels(pen, rng)


def _tipper(pen: Pen, rng: Random) -> None:
    bucket, body = paint(rng), paint(rng)
    pen.box(-0.92, 0.24, 0.9, 0.38, STEEL)
    tipped = pen.moved(-0.9, 0.22, turn=-rng.uniform(0, 28))
    load = vary(rng, pick(rng, ((132, 92, 58), (150, 146, 140), (214, 184, 120))))
    tipped.blob([(0.06, -0.3), (0.3, -0.62), (0.6, -0.54), (0.9, -0.7), (1.18, -0.3)], load)
    tipped.poly([(-0.1, -0.42), (1.3, -0.42), (1.18, 0.0), (0.0, 0.0)], bucket)
    for i in range(4):
        tipped.line([(0.16 + i * 0.28, -0.4), (0.18 + i * 0.26, -0.02)], 0.045, shade(bucket, 0.7))
    _cab(pen, body)
    _wheels(pen, rng)


def _truck_from_front(pen: Pen, rng: Random) -> None:
    body, box = paint(rng), paint(rng)
    for side in (-1, 1):
        pen.box(side * 0.46 - 0.13, 0.5, side * 0.46 + 0.13, 0.95, TIRE)
    pen.box(-0.68, -0.98, 0.68, 0.4, box, 0.02)
    pen.box(-0.6, -0.66, 0.6, 0.76, body, 0.08)
    pen.box(-0.52, -0.54, 0.52, -0.06, GLASS, 0.06)
    pen.line([(0, -0.54), (0, -0.06)], 0.04, shade(body, 0.6))
    for i in range(4):
        pen.line([(-0.3, 0.1 + i * 0.1), (0.3, 0.1 + i * 0.1)], 0.05, shade(body, 0.4))
    for side in (-1, 1):
        pen.dot(side * 0.44, 0.46, 0.09, (255, 240, 180))
        pen.box(side * 0.73 - 0.07, -0.46, side * 0.73 + 0.07, -0.12, TIRE)
        pen.dot(side * 0.4, -0.6, 0.035, (255, 190, 80))
    pen.box(-0.64, 0.6, 0.64, 0.78, STEEL)


WHEELS: dict[str, tuple[Drawing, ...]] = {
    "car": (Drawing(_car), Drawing(_car), Drawing(_sports_car), Drawing(_car_from_front, 8)),
    "truck": (Drawing(_box_truck), Drawing(_tank_truck), Drawing(_tipper), Drawing(_truck_from_front, 8)),
}
