"""What is around the objects: backgrounds, things that distract, and things that stand in front."""

import numpy as np
from PIL import Image

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import PAINTS, Color, mix, shade, vary
from stl_tl_gui.engine.data.sample.pen import Pen, Pose

_GREENS: tuple[Color, ...] = ((98, 150, 72), (70, 120, 66), (140, 168, 84), (170, 160, 90))
_SKIES: tuple[tuple[Color, Color], ...] = (
    ((104, 164, 222), (206, 228, 242)),
    ((150, 186, 214), (226, 230, 228)),
    ((44, 54, 96), (226, 140, 104)),
    ((30, 36, 66), (70, 84, 120)),
    ((176, 180, 186), (214, 214, 212)),
)


def _gradient(size: int, top: Color, bottom: Color, tilt: Color | None = None) -> Image.Image:
    """A smooth change of color from top to bottom; with `tilt`, also toward a third color at one corner."""
    corners = np.array([[top, tilt or top], [bottom, bottom]], dtype=np.uint8)
    return Image.fromarray(corners).resize((size, size), Image.Resampling.BILINEAR, box=(0.25, 0.25, 1.75, 1.75))


def _tree(pen: Pen, rng: Random) -> None:
    leaf = vary(rng, pick(rng, _GREENS))
    pen.box(-0.1, 0.0, 0.1, 0.9, (104, 76, 54))
    if chance(rng, 0.5):
        for i in range(3):
            pen.poly([(-0.6 + i * 0.1, 0.3 - i * 0.4), (0, -0.4 - i * 0.36), (0.6 - i * 0.1, 0.3 - i * 0.4)], leaf)
    else:
        for x, y in ((-0.3, -0.1), (0.3, -0.15), (0, -0.45)):
            pen.dot(x, y, 0.42, leaf)


def _house(pen: Pen, rng: Random) -> None:
    wall = vary(rng, pick(rng, PAINTS), 40)
    height = rng.uniform(-1.4, 0.0)
    pen.box(-0.6, height, 0.6, 0.9, wall, 0.0)
    if chance(rng, 0.5):
        pen.poly([(-0.72, height), (0, height - 0.5), (0.72, height)], shade(wall, 0.6))
    for row in range(3):
        for x in (-0.34, 0.1):
            pen.box(x, height + 0.16 + row * 0.4, x + 0.24, height + 0.4 + row * 0.4, shade(wall, 1.5), 0.0)


def _cloud(pen: Pen, rng: Random) -> None:
    color = shade((220, 224, 230), rng.uniform(0.85, 1.6))
    for x in (-0.5, 0.0, 0.5):
        pen.oval(x, rng.uniform(-0.2, 0.1), 0.5, 0.3, color)


def _ball(pen: Pen, rng: Random) -> None:
    paint = vary(rng, pick(rng, PAINTS))
    pen.dot(0, 0, 0.5, paint)
    pen.oval(0, 0, 0.2, 0.5, shade(paint, 1.5))


def _crate(pen: Pen, rng: Random) -> None:
    paint = vary(rng, pick(rng, (*PAINTS, (160, 116, 70))))
    pen.box(-0.5, -0.5, 0.5, 0.5, paint, 0.0)
    pen.line([(-0.5, -0.5), (0.5, 0.5)], 0.1, shade(paint, 0.7))


def _rock(pen: Pen, rng: Random) -> None:
    gray = vary(rng, (130, 126, 122))
    pen.blob([(-0.6, 0.4), (-0.4, -0.2), (0.1, rng.uniform(-0.5, -0.2)), (0.6, 0.0), (0.6, 0.4)], gray)


def _triangle(pen: Pen, rng: Random) -> None:
    points = [(rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8)) for _ in range(3)]
    pen.poly(points, vary(rng, pick(rng, PAINTS)))


def _smudge(pen: Pen, rng: Random) -> None:
    around = ((-1, 0), (0, -0.6), (1, 0), (0, 0.6))
    points = [(x + rng.uniform(-0.3, 0.3), y + rng.uniform(-0.3, 0.3)) for x, y in around]
    pen.blob(points, vary(rng, pick(rng, PAINTS), 50))


_THINGS = (_tree, _house, _cloud, _ball, _crate, _rock, _triangle, _smudge)


def scatter(image: Image.Image, rng: Random, count: int, low: float = 0.0) -> None:
    """Small things that distract, centered below `low` (a share of the height)."""
    size = image.width
    for _ in range(count):
        place = Pose(
            x=rng.uniform(0, size),
            y=rng.uniform(low * size, size),
            scale=size * rng.uniform(0.06, 0.17),
            turn=rng.uniform(-15, 15),
        )
        pick(rng, _THINGS)(Pen(image, place.matrix()), rng)


def _row(image: Image.Image, rng: Random, thing: int, horizon: float) -> None:
    """Trees or houses along the horizon."""
    size = image.width
    for i in range(int(rng.integers(2, 6))):
        scale = size * rng.uniform(0.1, 0.22)
        x = size * (rng.uniform(-0.05, 0.2) + i * 0.22)
        _THINGS[thing](Pen(image, Pose(x, size * horizon - 0.7 * scale, scale).matrix()), rng)


def _page(image: Image.Image) -> Pen:
    """A pen for the whole picture: 0..1 from left to right and top to bottom."""
    return Pen(image, (image.width, 0, 0, 0, image.height, 0))


def _sky(rng: Random, size: int) -> Image.Image:
    top, bottom = pick(rng, _SKIES)
    image = _gradient(size, vary(rng, top), vary(rng, bottom), vary(rng, top, 50))
    if chance(rng, 0.3):
        _page(image).dot(rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.4), rng.uniform(0.05, 0.1), (250, 236, 180))
    for _ in range(int(rng.integers(0, 4))):
        place = Pose(rng.uniform(0, size), rng.uniform(0, size * 0.8), size * rng.uniform(0.1, 0.26))
        _cloud(Pen(image, place.matrix()), rng)
    return image


def _field(rng: Random, size: int) -> Image.Image:
    image, horizon, green = _sky(rng, size), rng.uniform(0.35, 0.75), vary(rng, pick(rng, _GREENS))
    page = _page(image)
    if chance(rng, 0.5):
        hills = [(i / 4 - 0.1, horizon - rng.uniform(0.0, 0.25)) for i in range(6)]
        page.blob([*hills, (1.2, horizon + 0.2), (-0.2, horizon + 0.2)], mix(green, (150, 170, 200), 0.5))
    _row(image, rng, 0, horizon)
    page.box(0, horizon, 1, 1, green, 0.0)
    for _ in range(int(rng.integers(0, 14))):
        x, y = rng.uniform(0, 1), rng.uniform(horizon, 1)
        page.line([(x, y), (x + rng.uniform(-0.02, 0.02), y - 0.05)], 0.012, shade(green, pick(rng, (0.75, 1.3))))
    return image


def _sea(rng: Random, size: int) -> Image.Image:
    image, horizon, water = _sky(rng, size), rng.uniform(0.3, 0.7), vary(rng, (62, 122, 166), 40)
    page = _page(image)
    page.box(0, horizon, 1, 1, water, 0.0)
    for _ in range(int(rng.integers(3, 10))):
        x, y, length = rng.uniform(0, 1), rng.uniform(horizon + 0.03, 1), rng.uniform(0.05, 0.2)
        page.line([(x, y), (x + length / 2, y - 0.015), (x + length, y)], 0.012, shade(water, 1.35))
    return image


def _street(rng: Random, size: int) -> Image.Image:
    image, horizon = _sky(rng, size), rng.uniform(0.4, 0.75)
    _row(image, rng, 1, horizon)
    page, tar = _page(image), vary(rng, (104, 104, 108))
    page.box(0, horizon, 1, 1, shade(tar, 1.35), 0.0)
    page.box(0, horizon + 0.05, 1, 1, tar, 0.0)
    for i in range(4):
        page.box(i * 0.28, horizon + 0.16, i * 0.28 + 0.14, horizon + 0.19, (224, 220, 200), 0.0)
    return image


def _room(rng: Random, size: int) -> Image.Image:
    wall = shade(vary(rng, pick(rng, PAINTS), 40), rng.uniform(0.8, 1.7))
    image, horizon = _gradient(size, wall, shade(wall, 0.8)), rng.uniform(0.5, 0.85)
    floor = vary(rng, (150, 108, 72), 40)
    page = _page(image)
    if chance(rng, 0.5):
        for i in range(8):
            page.line([(i / 8 + 0.05, 0), (i / 8 + 0.05, horizon)], 0.02, shade(wall, 0.9))
    x, y = rng.uniform(0, 0.7), rng.uniform(0.02, 0.25)
    page.box(x, y, x + 0.28, y + 0.24, (236, 232, 220), 0.0)
    page.box(x + 0.03, y + 0.03, x + 0.25, y + 0.21, vary(rng, (150, 196, 224), 50), 0.0)
    page.box(0, horizon, 1, 1, floor, 0.0)
    for i in range(6):
        page.line([(i / 5, horizon), (i / 5 * 1.6 - 0.3, 1)], 0.008, shade(floor, 0.8))
    return image


def _forest(rng: Random, size: int) -> Image.Image:
    green = shade(vary(rng, pick(rng, _GREENS)), rng.uniform(0.5, 1.1))
    image = _gradient(size, shade(green, 1.3), shade(green, 0.7))
    page = _page(image)
    for _ in range(int(rng.integers(2, 7))):
        x, width = rng.uniform(0, 1), rng.uniform(0.02, 0.09)
        page.box(x, 0, x + width, rng.uniform(0.6, 1), vary(rng, (96, 76, 58)), 0.0)
    for _ in range(int(rng.integers(3, 9))):
        page.dot(rng.uniform(0, 1), rng.uniform(0, 0.3), rng.uniform(0.06, 0.16), shade(green, rng.uniform(0.7, 1.3)))
    return image


def _nowhere(rng: Random, size: int) -> Image.Image:
    """Random colors that flow into each other."""
    side = int(rng.integers(2, 6))
    colors = rng.integers(70, 220, (side, side, 3)) * 3 // 5 + rng.integers(70, 220, (side, side, 1)) * 2 // 5
    return Image.fromarray(colors.astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC)


_SCENES = (_sky, _field, _sea, _street, _room, _forest, _nowhere, _nowhere)

_HOMES = {
    "airplane": _sky, "bird": _sky, "car": _street, "cat": _room, "deer": _forest, "dog": _room, "horse": _field,
    "monkey": _forest, "ship": _sea, "truck": _street,
}  # fmt: skip


def scene(rng: Random, size: int, class_name: str) -> Image.Image:
    """A background, RGB, size x size: somewhat more often the class's usual one than any other."""
    build = _HOMES[class_name] if chance(rng, 0.35) else pick(rng, _SCENES)
    return build(rng, size)


def _leaves(pen: Pen, rng: Random) -> None:
    green = vary(rng, pick(rng, _GREENS), 30)
    pen.curve([(-1, 0.3), (0, 0), (1, -0.4)], 0.06, (96, 72, 50))
    for i in range(6):
        pen.oval(-0.8 + i * 0.32, 0.2 - i * 0.12, 0.26, 0.1, shade(green, 0.8 + i % 3 * 0.2), turn=60 if i % 2 else -80)


def _post(pen: Pen, rng: Random) -> None:
    width = rng.uniform(0.1, 0.22)
    pen.box(-width, -3, width, 3, vary(rng, pick(rng, ((104, 80, 60), (130, 130, 134), (200, 196, 186)))), 0.0)


def _grass(pen: Pen, rng: Random) -> None:
    green = vary(rng, pick(rng, _GREENS), 30)
    for i in range(9):
        x = -1.2 + i * 0.3
        pen.poly([(x - 0.1, 0.6), (x + rng.uniform(-0.3, 0.3), rng.uniform(-1.0, -0.2)), (x + 0.1, 0.6)], green)


def _wires(pen: Pen, rng: Random) -> None:
    color = vary(rng, (70, 70, 74), 40)
    for i in range(3):
        pen.line([(-3, -0.6 + i * 0.6), (3, -0.4 + i * 0.6)], 0.07, color)


_COVERS = (_leaves, _post, _grass, _wires, _crate, _smudge)


def cover(image: Image.Image, rng: Random) -> None:
    """Put something in front of a part of the object."""
    size = image.width
    place = Pose(
        x=size * rng.uniform(0.15, 0.85),
        y=size * rng.uniform(0.45, 1.0),
        scale=size * rng.uniform(0.14, 0.26),
        turn=rng.uniform(-25, 25),
    )
    pick(rng, _COVERS)(Pen(image, place.matrix()), rng)
