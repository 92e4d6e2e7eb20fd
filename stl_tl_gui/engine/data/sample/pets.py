"""Drawings of cats and dogs. Those seen from the side face right."""

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import BLACK, PAINTS, WHITE, Color, fur, shade, vary
from stl_tl_gui.engine.data.sample.pen import Drawing, Pen

_PINK: Color = (238, 164, 164)
_CATS: tuple[Color, ...] = ((224, 140, 62), (120, 122, 130), (72, 68, 76))
_DOGS: tuple[Color, ...] = ((226, 204, 168), (190, 146, 98), (236, 232, 224))


# Cats


def _cat_face(pen: Pen, rng: Random, coat: Color) -> None:
    for side in (-1, 1):
        pen.poly([(side * 0.66, -0.16), (side * 0.62, -0.94), (side * 0.1, -0.54)], coat)
        pen.poly([(side * 0.56, -0.34), (side * 0.55, -0.76), (side * 0.26, -0.52)], _PINK)
    pen.blob([(-0.72, 0.1), (-0.46, -0.42), (0.46, -0.42), (0.72, 0.1), (0.36, 0.58), (-0.36, 0.58)], coat)
    if chance(rng, 0.6):
        for x in (-0.16, 0.0, 0.16):
            pen.line([(x, -0.5), (x * 0.7, -0.26)], 0.06, shade(coat, 0.55))
    pen.oval(0, 0.34, 0.32, 0.2, shade(coat, 1.6))
    iris = pick(rng, ((126, 190, 84), (236, 190, 60), (96, 166, 216)))
    for side in (-1, 1):
        pen.oval(side * 0.3, 0.0, 0.15, 0.17, iris)
        pen.oval(side * 0.3, 0.0, 0.06, 0.15, BLACK)
        pen.dot(side * 0.3 + 0.05, -0.06, 0.04, WHITE)
        for i in range(3):
            pen.line([(side * 0.2, 0.32 + i * 0.04), (side * 0.88, 0.16 + i * 0.16)], 0.022, WHITE)
        pen.line([(0, 0.3), (0, 0.36), (side * 0.08, 0.43), (side * 0.18, 0.38)], 0.035, BLACK)
    pen.poly([(-0.08, 0.22), (0.08, 0.22), (0, 0.32)], (226, 110, 120))


def _cat_head(pen: Pen, rng: Random) -> None:
    coat = fur(rng, _CATS)
    if chance(rng, 0.5):
        pen.blob([(-0.4, 0.4), (0.4, 0.4), (0.62, 1.2), (-0.62, 1.2)], shade(coat, 0.85))
    _cat_face(pen, rng, coat)


def _sitting_cat(pen: Pen, rng: Random) -> None:
    coat = fur(rng, _CATS)
    bend = rng.uniform(-0.2, 0.3)
    pen.curve(
        [(0.3, 0.8), (0.74, 0.72), (0.84, 0.3), (0.68 + bend, 0.0), (0.86 + bend, -0.16)], 0.17, shade(coat, 0.8), 0.1
    )
    pen.blob([(-0.24, -0.2), (0.24, -0.2), (0.48, 0.5), (0.44, 0.9), (-0.44, 0.9), (-0.48, 0.5)], coat)
    pen.oval(0, 0.2, 0.17, 0.3, shade(coat, 1.6))
    for side in (-1, 1):
        pen.box(side * 0.15 - 0.11, 0.36, side * 0.15 + 0.11, 0.94, shade(coat, 1.15), 0.09)
    _cat_face(pen.moved(0, -0.4, 0.58), rng, coat)


def _walking_cat(pen: Pen, rng: Random) -> None:
    coat = fur(rng, _CATS)
    bend = rng.uniform(-0.3, 0.1)
    pen.curve([(-0.6, 0.08), (-0.88, -0.16), (-0.8, -0.56), (-0.92 + bend / 2, -0.86 + bend)], 0.16, coat, 0.1)
    _walk(pen, rng, coat, (-0.56, 0.3), 0.2, 0.78, 0.17)
    pen.blob([(-0.7, 0.12), (-0.4, -0.12), (0.2, -0.06), (0.5, 0.04), (0.42, 0.34), (0, 0.4), (-0.56, 0.38)], coat)
    if chance(rng, 0.5):
        for i in range(4):
            pen.line([(-0.42 + i * 0.18, -0.1), (-0.38 + i * 0.18, 0.14)], 0.06, shade(coat, 0.55))
    _cat_face(pen.moved(0.56, -0.14, 0.46), rng, coat)


def _walk(pen: Pen, rng: Random, coat: Color, at: tuple[float, float], top: float, ground: float, width: float) -> None:
    """Four legs of an animal that stands or walks."""
    middle = (top + ground) / 2
    for x in at:
        stride = rng.uniform(-0.12, 0.16)
        far = [(x + 0.1, top), (x + 0.12 + stride, middle), (x + 0.1 + stride, ground)]
        pen.limb(far, width, width * 0.7, shade(coat, 0.65))
        stride = rng.uniform(-0.16, 0.12)
        near = [(x - 0.06, top), (x - 0.04 + stride, middle), (x - 0.06 + stride, ground)]
        pen.limb(near, width, width * 0.75, shade(coat, 0.9))


# Dogs


def _dog_face(pen: Pen, rng: Random, coat: Color, ear: Color) -> None:
    pen.blob([(-0.52, -0.2), (-0.3, -0.6), (0.3, -0.6), (0.52, -0.2), (0.42, 0.3), (0, 0.56), (-0.42, 0.3)], coat)
    if chance(rng, 0.45):
        pen.oval(0.24, -0.16, 0.22, 0.24, ear)
    if chance(rng, 0.6):
        pen.blob([(-0.12, 0.44), (0.12, 0.44), (0.14, 0.74), (0, 0.84), (-0.14, 0.74)], (232, 104, 118))
    pen.blob([(-0.3, 0.3), (-0.16, 0.02), (0.16, 0.02), (0.3, 0.3), (0.16, 0.54), (-0.16, 0.54)], shade(coat, 1.55))
    droop = rng.uniform(0.2, 0.55)
    for side in (-1, 1):
        fold = [(side * 0.3, -0.62), (side * 0.62, -0.52)]
        pen.blob([*fold, (side * 0.8, droop - 0.1), (side * 0.62, droop + 0.1), (side * 0.46, -0.14)], ear)
        pen.eye(side * 0.22, -0.14, 0.09)
        pen.line([(0, 0.22), (0, 0.36), (side * 0.1, 0.43), (side * 0.2, 0.37)], 0.035, BLACK)
    pen.oval(0, 0.14, 0.16, 0.11, BLACK)
    pen.dot(0.04, 0.1, 0.03, WHITE)


def _dog_colors(rng: Random) -> tuple[Color, Color]:
    coat = fur(rng, _DOGS)
    return coat, pick(rng, (shade(coat, 0.6), shade(coat, 0.6), fur(rng, _DOGS)))


def _dog_head(pen: Pen, rng: Random) -> None:
    coat, ear = _dog_colors(rng)
    if chance(rng, 0.6):
        pen.blob([(-0.36, 0.2), (0.36, 0.2), (0.6, 1.2), (-0.6, 1.2)], shade(coat, 0.85))
        pen.line([(-0.4, 0.66), (0, 0.76), (0.4, 0.66)], 0.12, vary(rng, pick(rng, PAINTS)))
    _dog_face(pen, rng, coat, ear)


def _sitting_dog(pen: Pen, rng: Random) -> None:
    coat, ear = _dog_colors(rng)
    pen.curve([(0.3, 0.8), (0.66, 0.7), (0.84, rng.uniform(0.2, 0.5))], 0.15, ear, 0.07)
    pen.blob([(-0.26, -0.2), (0.26, -0.2), (0.5, 0.5), (0.5, 0.9), (-0.5, 0.9), (-0.5, 0.5)], coat)
    pen.oval(0, 0.2, 0.18, 0.28, shade(coat, 1.5))
    for side in (-1, 1):
        pen.box(side * 0.17 - 0.13, 0.3, side * 0.17 + 0.13, 0.95, shade(coat, 1.12), 0.1)
    pen.line([(-0.26, -0.08), (0, 0.0), (0.26, -0.08)], 0.1, vary(rng, pick(rng, PAINTS)))
    _dog_face(pen.moved(0, -0.46, 0.62), rng, coat, ear)


def _dog_from_side(pen: Pen, rng: Random) -> None:
    coat, ear = _dog_colors(rng)
    wag, leg = rng.uniform(-0.2, 0.3), rng.uniform(0.66, 0.86)
    pen.curve([(-0.56, 0.0), (-0.78, -0.2), (-0.86 + wag, -0.52)], 0.13, coat, 0.06)
    _walk(pen, rng, coat, (-0.48, 0.22), 0.16, leg, 0.2)
    pen.blob([(-0.64, 0.06), (-0.4, -0.14), (0.1, -0.1), (0.42, -0.2), (0.44, 0.24), (0, 0.3), (-0.54, 0.34)], coat)
    if chance(rng, 0.4):
        pen.blob([(-0.36, -0.12), (0.06, -0.1), (0.0, 0.14), (-0.26, 0.16)], ear)
    pen.limb([(0.3, 0.06), (0.5, -0.36)], 0.42, 0.32, coat)
    pen.line([(0.26, -0.14), (0.58, -0.02)], 0.09, vary(rng, pick(rng, PAINTS)))
    pen.blob(
        [(0.36, -0.66), (0.6, -0.72), (0.74, -0.52), (1.0, -0.42), (0.98, -0.26), (0.7, -0.22), (0.42, -0.26)], coat
    )
    pen.oval(1.0, -0.4, 0.08, 0.07, BLACK)
    pen.eye(0.68, -0.54, 0.06)
    pen.line([(0.96, -0.28), (0.76, -0.3)], 0.03, BLACK)
    pen.blob([(0.4, -0.7), (0.54, -0.62), (0.5, -0.26), (0.34, -0.14), (0.26, -0.36)], ear)


PETS: dict[str, tuple[Drawing, ...]] = {
    "cat": (Drawing(_cat_head, 22), Drawing(_sitting_cat), Drawing(_walking_cat)),
    "dog": (Drawing(_dog_head, 22), Drawing(_sitting_dog), Drawing(_dog_from_side)),
}
