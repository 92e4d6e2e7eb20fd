"""MarkedRun: a chosen run with its own color, line style and symbol, the same everywhere on the compare page."""

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon

from stl_tl_gui.engine.comparison import ComparedRun
from stl_tl_gui.gui.plots.stroke import drawn_sample, on_screen
from stl_tl_gui.gui.widgets import theme

_LIGHT, _DARK = (0, 3, 2, 5, 1, 4, 6), (4, 1, 2, 5, 3, 0, 6)
"""Places in theme.COLORS, those that are seen best on each ground first."""
_STYLE = Qt.PenStyle
_LINES = (_STYLE.SolidLine, _STYLE.DashLine, _STYLE.DashDotLine, _STYLE.DotLine)
_SIGNS = {"o": 1.0, "s": 0.95, "t": 1.1, "d": 1.25, "star": 1.6}
"""Symbols of pyqtgraph, and how many times larger each is drawn, so that all look equally large."""
SAMPLE = QSize(40, 16)
"""Of a line with its sign, in a legend."""


@dataclass(frozen=True)
class Mark:
    """How a run is drawn. Up to 140 runs look different, and no two neighbors share color, line or symbol."""

    number: int

    @property
    def color(self) -> QColor:
        """On the theme shown now."""
        order = _DARK if theme.is_dark() else _LIGHT
        return QColor(theme.COLORS[order[self.number % len(order)]])

    @property
    def line(self) -> Qt.PenStyle:
        return _LINES[self.number % len(_LINES)]

    @property
    def sign(self) -> str:
        """The name of a symbol of pyqtgraph."""
        return list(_SIGNS)[self.number % len(_SIGNS)]

    def size(self, pixels: float) -> float:
        """Of the sign, to look as large as a dot of so many pixels."""
        return pixels * _SIGNS[self.sign]

    def pen(self, width: float) -> object:
        """For pyqtgraph."""
        return pg.mkPen(self.color, width=on_screen(width), style=self.line)


@dataclass(frozen=True)
class MarkedRun:
    """A chosen run, its short name, which distinguishes it from the other chosen ones, and how it is drawn."""

    run: ComparedRun
    name: str
    mark: Mark

    @property
    def key(self) -> str:
        return self.run.key


def sample(mark: Mark, ratio: float) -> QIcon:
    """A piece of a run's line with its sign. `ratio`: pixels of the device per pixel."""
    ends, sign = (1.0, SAMPLE.width() - 1.0), (mark.sign, mark.size(10))
    pixmap = drawn_sample(SAMPLE, ratio, ends, mark.pen(2), sign, pg.mkPen(theme.color("base")), mark.color)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Disabled)
    return icon
