"""ThemedPlot: what zoomable plots have in common, and axes in the theme's colors."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.widgets import theme


def style_axes(view: Any) -> None:
    """Give a plot's background and axes the colors of the current theme."""
    view.setBackground(theme.color("base"))
    for side in ("left", "bottom"):
        axis = view.getPlotItem().getAxis(side)
        axis.setPen(pg.mkPen(theme.color("border")))
        axis.setTextPen(pg.mkPen(theme.color("muted")))


EPOCH = "Epoch"
"""The title of an axis that counts epochs, of which there are no halves."""


class _Counting(pg.AxisItem):  # type: ignore[misc]
    """A horizontal axis without ticks between whole epochs."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:  # pyqtgraph's name
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        if not self.counts:
            return levels
        return [(spacing, offset) for spacing, offset in levels if spacing >= 1] or [(1.0, 0.0)]

    counts = False


class ThemedPlot(pg.PlotWidget):  # type: ignore[misc]
    """A grid, plain numbers, no menu. Zooms with Ctrl and the wheel only: scrolling past it must not.

    It takes no focus: the widgets around it offer the same by keyboard.
    """

    doubled = Signal()
    """It was double-clicked, which ends a zoom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False, axisItems={"bottom": _Counting("bottom")})
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.showGrid(x=True, y=True, alpha=0.15)
        for side in ("left", "bottom"):
            plot.getAxis(side).enableAutoSIPrefix(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def count(self, unit: str) -> None:
        """What the horizontal axis is about: its ticks are whole numbers if that is epochs."""
        self.getPlotItem().getAxis("bottom").counts = unit == EPOCH

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        super().mouseDoubleClickEvent(event)
        self.doubled.emit()
