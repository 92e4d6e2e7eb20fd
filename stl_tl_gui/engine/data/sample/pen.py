"""Draws simple shapes in an object's own coordinates (about -1..1, y down) onto a larger picture, in any pose."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageDraw

from stl_tl_gui.engine.data.sample.choices import Random
from stl_tl_gui.engine.data.sample.colors import BLACK, WHITE, Color

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]

_CIRCLE = [(math.cos(math.tau * i / 20), math.sin(math.tau * i / 20)) for i in range(20)]


def _spline_weights(steps: int) -> list[tuple[float, float, float, float]]:
    """Catmull-Rom weights of four neighboring points, at `steps` places between the middle two."""
    places = [i / steps for i in range(steps)]
    return [
        (
            (-t + 2 * t**2 - t**3) / 2,
            (2 - 5 * t**2 + 3 * t**3) / 2,
            (t + 4 * t**2 - 3 * t**3) / 2,
            (t**3 - t**2) / 2,
        )
        for t in places
    ]


_SPLINE = _spline_weights(5)


@dataclass(frozen=True)
class Pose:
    """How an object stands in the picture. `x`, `y`, `scale` in pixels; `turn` in degrees; `stretch` of the width."""

    x: float
    y: float
    scale: float
    turn: float = 0.0
    stretch: float = 1.0
    lean: float = 0.0
    flipped: bool = False

    def matrix(self) -> Matrix:
        """The affine map (a, b, c, d, e, f): x' = a x + b y + c, y' = d x + e y + f."""
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        wide = self.scale * self.stretch * (-1 if self.flipped else 1)
        tall = self.scale / self.stretch
        lean = self.lean * tall
        return (wide * cos, lean * cos - tall * sin, self.x, wide * sin, lean * sin + tall * cos, self.y)


class Pen:
    """Fills shapes. With an `ink` color it also draws their outline, as in a picture book."""

    def __init__(self, image: Image.Image, matrix: Matrix, ink: Color | None = None) -> None:
        self._image = image
        self._draw = ImageDraw.Draw(image)
        self._matrix = matrix
        self._ink = ink
        a, b, _, d, e, _ = matrix
        self._unit = math.sqrt(abs(a * e - b * d))

    def moved(self, x: float, y: float, scale: float = 1.0, turn: float = 0.0, flipped: bool = False) -> "Pen":
        """A pen whose origin is at x, y of this one: for a head on a body."""
        a, b, c, d, e, f = self._matrix
        p, q, _, r, s, _ = Pose(0, 0, scale, turn, flipped=flipped).matrix()
        combined = (a * p + b * r, a * q + b * s, a * x + b * y + c, d * p + e * r, d * q + e * s, d * x + e * y + f)
        return Pen(self._image, combined, self._ink)

    def poly(self, points: Sequence[Point], color: Color) -> None:
        """A filled polygon."""
        placed = self._placed(points)
        self._draw.polygon(placed, fill=color)
        if self._ink is not None:
            self._draw.line([*placed, placed[0]], fill=self._ink, width=2)

    def blob(self, points: Sequence[Point], color: Color) -> None:
        """A filled smooth shape through the points."""
        self.poly(_smooth([points[-1], *points, points[0], points[1]]), color)

    def oval(self, x: float, y: float, rx: float, ry: float, color: Color, turn: float = 0.0) -> None:
        """A filled ellipse."""
        if turn:
            cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
            self.poly([(x + u * rx * cos - v * ry * sin, y + u * rx * sin + v * ry * cos) for u, v in _CIRCLE], color)
        else:
            self.poly([(x + u * rx, y + v * ry) for u, v in _CIRCLE], color)

    def dot(self, x: float, y: float, radius: float, color: Color) -> None:
        """A filled circle without outline: eyes, lamps, knees."""
        self._draw.polygon(self._placed([(x + u * radius, y + v * radius) for u, v in _CIRCLE]), fill=color)

    def box(self, left: float, top: float, right: float, bottom: float, color: Color, corner: float = 0.04) -> None:
        """A filled rectangle with its corners taken off."""
        c = min(corner, (right - left) / 2, (bottom - top) / 2)
        xs, ys = (left, left + c, right - c, right), (top, top + c, bottom - c, bottom)
        around = ((0, 1), (1, 0), (2, 0), (3, 1), (3, 2), (2, 3), (1, 3), (0, 2))
        self.poly([(xs[i], ys[j]) for i, j in around], color)

    def line(self, points: Sequence[Point], width: float, color: Color) -> None:
        """A line with straight pieces, `width` in the object's units."""
        self._draw.line(self._placed(points), fill=color, width=max(1, round(width * self._unit)), joint="curve")

    def curve(self, points: Sequence[Point], width: float, color: Color, end: float | None = None) -> None:
        """A smooth line, as thick as a rope or a tail; `end` is the width at its end when it tapers."""
        self.limb([*_smooth([points[0], *points, points[-1]]), points[-1]], width, width if end is None else end, color)

    def limb(self, points: Sequence[Point], start: float, end: float, color: Color) -> None:
        """A tapering line with round joints: legs, necks, branches."""
        pieces = len(points) - 1
        outline_left: list[Point] = []
        outline_right: list[Point] = []
        for i, (x, y) in enumerate(points):
            (x0, y0), (x1, y1) = points[max(i - 1, 0)], points[min(i + 1, pieces)]
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            half = (start + (end - start) * i / pieces) / 2
            nx, ny = (y0 - y1) / length * half, (x1 - x0) / length * half
            outline_left.append((x + nx, y + ny))
            outline_right.append((x - nx, y - ny))
        self.poly([*outline_left, *reversed(outline_right)], color)
        self.dot(*points[0], start / 2, color)
        self.dot(*points[-1], end / 2, color)

    def eye(self, x: float, y: float, radius: float, iris: Color | None = None) -> None:
        """A round eye with a spark of light."""
        if iris is not None:
            self.dot(x, y, radius, iris)
            self.dot(x, y, radius * 0.62, BLACK)
        else:
            self.dot(x, y, radius, BLACK)
        self.dot(x + radius * 0.3, y - radius * 0.35, radius * 0.32, WHITE)

    def _placed(self, points: Sequence[Point]) -> list[Point]:
        a, b, c, d, e, f = self._matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]


def _smooth(points: Sequence[Point]) -> list[Point]:
    """The Catmull-Rom curve from the second point to the last but one (which is not part of it)."""
    curve = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(points, points[1:], points[2:], points[3:], strict=False):
        for p, q, r, s in _SPLINE:
            curve.append((p * ax + q * bx + r * cx + s * dx, p * ay + q * by + r * cy + s * dy))
    return curve


class Drawing(NamedTuple):
    """One way to draw a class, and how far it may be turned (degrees to either side)."""

    draw: Callable[[Pen, Random], None]
    turn: float = 9.0
