"""RunPlot: a plot whose points belong to runs; pointing at one names its run, a click highlights it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.plots.themed_plot import ThemedPlot, style_axes
from stl_tl_gui.gui.widgets import theme

Numbers = npt.NDArray[np.float64]
_REACH = 14
"""Pixels within which a point is meant."""


class RunPlot(ThemedPlot):
    """Draws only axes by itself. `set_points` says what the points are."""

    chosen = Signal(str)
    """The key of the run whose point was clicked."""
    described = Signal(str)
    """A sentence about the point under the mouse; empty where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._x, self._y = np.empty(0), np.empty(0)
        self._key: Callable[[int], str] = str
        self._sentence_of: Callable[[int], str] = str
        self._under: int | None = None
        self._highlighted: str | None = None
        self._drawn: object = None
        self._label = pg.TextItem()
        self._label.setZValue(100)
        self.doubled.connect(lambda: self.show_all())
        self.scene().sigMouseMoved.connect(self._move)
        self.scene().sigMouseClicked.connect(self._click)
        self._style_axes()

    def show_all(self) -> None:
        """End a zoom."""
        self.getPlotItem().enableAutoRange()

    def show_all_if_new(self, drawn: object) -> None:
        """Show all where something else is drawn than before; else what the user has zoomed into stays."""
        if drawn != self._drawn:
            self._drawn = drawn
            self.show_all()

    def highlight(self, key: str | None) -> None:
        """Make one run stand out; None: none."""
        self._highlighted = key
        self.restyle()

    def set_points(self, x: Numbers, y: Numbers, key: Callable[[int], str], sentence: Callable[[int], str]) -> None:
        """Points that can be pointed at, in the coordinates of the plot; which run each is of, and its sentence."""
        assert len(x) == len(y)
        self._x, self._y, self._key, self._sentence_of = x, y, key, sentence
        self._under = None
        self.removeItem(self._label)
        self._label.hide()
        self.addItem(self._label, ignoreBounds=True)

    def nearest(self, position: QPointF) -> int | None:
        """The point at a place of the scene, or None where none is near."""
        if not len(self._x):
            return None
        box = self.getPlotItem().getViewBox()
        (left, right), (low, high) = box.viewRange()
        rect = box.sceneBoundingRect()
        if not rect.contains(position):
            return None
        x = rect.left() + (self._x - left) / (right - left) * rect.width()
        y = rect.bottom() - (self._y - low) / (high - low) * rect.height()
        distance = np.hypot(x - position.x(), y - position.y())
        found = int(np.argmin(distance))
        return found if distance[found] <= _REACH else None

    def place_of(self, index: int) -> QPoint:
        """Where a point is in the viewport."""
        box = self.getPlotItem().getViewBox()
        place: QPoint = self.mapFromScene(box.mapViewToScene(QPointF(self._x[index], self._y[index])))
        return place

    def sizeHint(self) -> QSize:
        return QSize(560, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 220)

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        super().leaveEvent(event)
        self._point_at(None)

    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_under"):
            self._style_axes()
            self.restyle()

    def restyle(self) -> None:
        """Take colors from the theme shown now."""

    def _style_axes(self) -> None:
        style_axes(self)
        self._label.setColor(theme.color("text"))
        self._label.fill = pg.mkBrush(theme.color("base"))
        self._label.border = pg.mkPen(theme.color("border"))

    def _move(self, position: QPointF) -> None:
        found = self.nearest(position)
        if found == self._under:
            return
        self._point_at(found)

    def _point_at(self, found: int | None) -> None:
        """Say what a point is, beside it; None: nothing."""
        self._under = found
        text = self._sentence_of(found) if found is not None else ""
        self.setCursor(Qt.CursorShape.PointingHandCursor if text else Qt.CursorShape.ArrowCursor)
        self.described.emit(text)
        self._label.setVisible(found is not None)
        if found is None:
            return
        (left, right), (low, high) = self.getPlotItem().viewRange()
        x, y = self._x[found], self._y[found]
        beyond = (1.03 if x > (left + right) / 2 else -0.03, -0.1 if y > (low + high) / 2 else 1.1)
        self._label.setAnchor(beyond)  # toward the middle, where there is room
        self._label.setText(text)
        self._label.setPos(x, y)

    def _click(self, event: Any) -> None:
        found = self.nearest(event.scenePos())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._key(found))
