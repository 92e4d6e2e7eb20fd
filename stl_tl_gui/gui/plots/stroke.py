"""Stroke: how a curve is drawn. Curves differ by color, line style, and symbol in both themes."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QLineF, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap

from stl_tl_gui.gui.widgets import theme

SAMPLE_SIZE = QSize(30, 14)
_LINE = 25
"""How long the line in a sample is; the rest keeps it away from the name."""
_OKABE_ITO = {"blue": 0, "orange": 1, "green": 2, "vermilion": 3, "purple": 5}


def on_screen(width: float) -> float:
    """The width of a line for pyqtgraph, which counts pixels of the screen and not logical ones."""
    return width * QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr, no-any-return]


@dataclass(frozen=True)
class Stroke:
    """A color by its name here or in theme.Colors, a line, and a symbol at each point."""

    color: str
    width: float = 2
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    symbol: str | None = None
    size: float = 7
    opacity: float = 1.0

    def shown_color(self) -> QColor:
        """The color in the current theme."""
        if self.color in _OKABE_ITO:
            sky = self.color == "blue" and theme.is_dark()
            shown = QColor(theme.COLORS[4 if sky else _OKABE_ITO[self.color]])
        else:
            shown = theme.color(self.color)
        shown.setAlphaF(self.opacity)
        return shown

    def pen(self) -> Any:
        """A pyqtgraph pen; None for symbols without a line."""
        if not self.width:
            return None
        return pg.mkPen(self.shown_color(), width=on_screen(self.width), style=self.style)

    def edge(self) -> Any:
        """Around a symbol."""
        return pg.mkPen(theme.color("text" if self.symbol == "star" else "base"))

    def sample(self, ratio: float) -> QIcon:
        """A short piece of the curve, for its name in a legend."""
        line = self.pen() if self.width else None
        sign = (self.symbol, min(self.size, 12)) if self.symbol is not None else None
        return QIcon(drawn_sample(SAMPLE_SIZE, ratio, (0, _LINE), line, sign, self.edge(), self.shown_color()))


def drawn_sample(
    size: QSize,
    ratio: float,
    ends: tuple[float, float],
    line: Any,
    sign: tuple[str, float] | None,
    edge: Any,
    filling: QColor,
) -> QPixmap:
    """A piece of a curve between two horizontal places, with a sign (pyqtgraph's name, pixels) in its middle.

    `ratio`: pixels of the device per pixel.
    """
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = size.height() / 2
    if line is not None:
        painter.setPen(line)
        painter.drawLine(QLineF(ends[0], middle, ends[1], middle))
    if sign is not None:
        name, pixels = sign
        painter.translate(QPointF(sum(ends) / 2, middle))
        painter.scale(pixels, pixels)
        painter.setPen(edge)
        painter.setBrush(filling)
        painter.drawPath(Symbols[name])
    painter.end()
    return pixmap
