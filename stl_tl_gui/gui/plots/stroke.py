"""Stroke: how a curve is drawn. Curves differ by colour, by line style and by symbol, in both themes."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap

from stl_tl_gui.gui import theme

_SAMPLE = QSize(30, 14)
_LINE = 25
"""How long the line in a sample is; the rest keeps it away from the name."""
_OKABE_ITO = {"blue": 0, "orange": 1, "green": 2, "vermilion": 3, "purple": 5}


def on_screen(width: float) -> float:
    """The width of a line for pyqtgraph, which counts pixels of the screen and not logical ones."""
    return width * QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr, no-any-return]


@dataclass(frozen=True)
class Stroke:
    """A colour by its name here or in theme.Colors, a line, and a symbol at each point."""

    color: str
    width: float = 2
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    symbol: str | None = None
    size: float = 7
    opacity: float = 1.0

    def shown_color(self) -> QColor:
        """The colour in the theme shown now."""
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
        pixmap = QPixmap(_SAMPLE * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = _SAMPLE.height() / 2
        if self.width:
            painter.setPen(self.pen())
            painter.drawLine(QLineF(0, middle, _LINE, middle))
        if self.symbol is not None:
            painter.translate(QPointF(_LINE / 2, middle))
            painter.scale(min(self.size, 12), min(self.size, 12))
            edge = self.edge()
            edge.setCosmetic(True)
            painter.setPen(edge)
            painter.setBrush(self.shown_color())
            painter.drawPath(pg.graphicsItems.ScatterPlotItem.Symbols[self.symbol])
        painter.end()
        return QIcon(pixmap)


SAMPLE_SIZE = _SAMPLE
