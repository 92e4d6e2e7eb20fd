"""MatrixDifference: a second confusion matrix minus a first; blue for more, orange for fewer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtGui import QColor, QImage

from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.gui.evaluate.matrix_canvas import Cell, Matrix
from stl_tl_gui.gui.evaluate.matrix_drawing import Cells, Counts, Shares, mixed, shares
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.words.prediction import answer_in_words

_MORE, _LESS = {False: 0, True: 4}, {False: 3, True: 1}
"""Places in theme.COLORS on light and dark: blue and orange, which color-blind people can tell apart."""
_STEPS = 128


@dataclass(frozen=True)
class MatrixDifference(Matrix):
    """`counts` is the second minus the first; both have the same classes in the same order."""

    first: Counts = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    second: Counts = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    titles: Sequence[str] = ("A", "B")

    @property
    def same_pictures(self) -> bool:
        """Whether both count as many pictures of each class, so that counts may be subtracted."""
        return bool((self.first.sum(axis=1) == self.second.sum(axis=1)).all())

    def points(self) -> Shares:
        """The difference of the shares of each row, in percentage points."""
        result: Shares = 100 * (shares(self.second) - shares(self.first))
        return result

    def cells(self, normalized: bool) -> Cells:
        """Signed counts, or percentage points, also where the two count different pictures."""
        in_points = normalized or not self.same_pictures
        values = self.points() if in_points else self.counts.astype(np.float64)
        texts = [[signed(value) if value else "·" for value in row] for row in values.tolist()]
        return Cells(difference_image(values), texts, values == 0)

    def sentence(self, cell: Cell) -> str:
        true, predicted = self.names[cell[0]], self.names[cell[1]]
        pairs = zip(self.titles, (self.first, self.second), strict=True)
        figures = "; ".join(f"{title} {counts[cell]} of {counts[cell[0]].sum()}" for title, counts in pairs)
        points = f"{signed(float(self.points()[cell]), 1)} percentage points"
        return f"{answer_in_words(predicted, true)}: {figures} ({points})."


def difference_of(first: Confusion, second: Confusion) -> MatrixDifference | None:
    """Second minus first, in the order of the first's classes; None where the classes are not the same."""
    other = second.in_order_of(first.class_names)
    if other is None:
        return None
    return MatrixDifference(other.counts - first.counts, first.class_names, first.counts, other.counts)


def signed(value: float, digits: int = 0) -> str:
    """With its sign, a minus as wide as a plus: “+5”, “−3”."""
    return f"{value:+.{digits}f}".replace("-", "\u2212")


def difference_color(strength: float) -> QColor:
    """Color of a value in [-1, 1] on the theme shown now: orange below 0, blue above."""
    dark = theme.is_dark()
    full = QColor(theme.COLORS[(_MORE if strength > 0 else _LESS)[dark]])
    # the square root keeps small differences visible beside large ones
    part = 0.0 if strength == 0 else 0.08 + 0.92 * min(abs(strength), 1.0) ** 0.5
    return mixed(theme.color("base"), full, part)


def difference_image(values: Shares) -> QImage:
    """One pixel per cell; the largest difference has the full color."""
    most = max(float(np.abs(values).max(initial=0)), 1e-12)
    table = np.array([difference_color(step / _STEPS).rgb() for step in range(-_STEPS, _STEPS + 1)], np.uint32)
    steps = np.sign(values) * np.ceil(np.abs(values) / most * _STEPS)
    pixels = np.ascontiguousarray(table[steps.astype(np.int64) + _STEPS])
    rows, columns = pixels.shape
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
