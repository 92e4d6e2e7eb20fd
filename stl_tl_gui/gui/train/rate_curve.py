"""RateCurve: the loss at increasing learning rates, live; a click chooses a rate."""

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.plots.themed_plot import style_axes
from stl_tl_gui.gui.train.curves import REDRAW_EVERY
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.table_text import Row
from stl_tl_gui.words.settings import shortest

_SIZE = QSize(620, 300)
_HEADROOM = 1.4
"""The plot is cut off above this many times the loss of the first steps, which would flatten the rest."""
_FIRST = 10
_HEIGHTS = {"now": 0.76, "suggested": 0.86, "chosen": 0.96}
"""Height of the lines' labels, one below the other, as a share of the plot's height."""


class RateCurve(pg.PlotWidget):  # type: ignore[misc]
    """Loss over learning rate on a logarithmic axis, with lines where rates are marked."""

    chosen = Signal(float)
    """The rate at the clicked position, to two digits."""

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates, self._losses, self._smoothed = list[float](), list[float](), list[float]()
        self._lines: dict[str, Any] = {}
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the field below the plot does the same by keyboard
        self.setAccessibleName("Loss at each learning rate")
        plot = self.getPlotItem()
        plot.setLogMode(x=True)
        plot.setMouseEnabled(False, False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.showGrid(x=True, y=True, alpha=0.15)
        plot.setXRange(math.log10(low), math.log10(high), padding=0.02)
        plot.setYRange(0, 3)
        plot.setLabel("bottom", "Learning rate")
        plot.setLabel("left", "Loss")
        self._legend = plot.addLegend(offset=(8, -8))
        self._dots = plot.plot(name="each step", pen=None, symbol="o", symbolSize=4)
        self._curve = plot.plot(name="smoothed")
        self._timer = make_timer(self, REDRAW_EVERY, self.redraw, once=True)
        self.scene().sigMouseClicked.connect(self._click)
        copyable(self, self.table)
        self._restyle()

    def table(self) -> list[Row]:
        """All steps: a header, then rate, loss and smoothed loss."""
        return [
            ["learning_rate", "loss", "smoothed_loss"],
            *(list(row) for row in zip(self._rates, self._losses, self._smoothed, strict=True)),
        ]

    def add(self, rate: float, loss: float, smoothed: float) -> None:
        """Add a step; it is drawn with the next tick."""
        if math.isfinite(loss):
            self._rates.append(rate)
            self._losses.append(loss)
            self._smoothed.append(smoothed)
        if not self._timer.isActive():
            self._timer.start()

    def show_all(self, rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float]) -> None:
        """Show all steps, smoothed in both directions."""
        points = [point for point in zip(rates, losses, smoothed, strict=True) if math.isfinite(point[1])]
        self._rates, self._losses, self._smoothed = (list(column) for column in zip(*points, strict=True))
        self.redraw()

    def mark(self, name: str, rate: float | None, text: str) -> None:
        """Draw a line at a rate: “now”, “suggested” or “chosen”. None removes it."""
        if name in self._lines:
            self.removeItem(self._lines.pop(name))
        if rate is None:
            return
        left = rate > 10 ** (sum(self.getPlotItem().viewRange()[0]) / 2)
        anchors = [(1, 0.5), (1, 0.5)] if left else [(0, 0.5), (0, 0.5)]  # labels go to the side with more room
        words = {"position": _HEIGHTS[name], "anchors": anchors}
        self._lines[name] = pg.InfiniteLine(math.log10(rate), label=f" {text} {shortest(rate)} ", labelOpts=words)
        self.addItem(self._lines[name], ignoreBounds=True)
        self._restyle()

    def redraw(self) -> None:
        """Bring the plot up to date."""
        self._timer.stop()
        self._dots.setData(self._rates, self._losses)
        self._curve.setData(self._rates, self._smoothed)
        if self._smoothed:
            top = min(max(self._losses), _HEADROOM * max(self._losses[:_FIRST]))
            self.setYRange(0, 1.05 * top, padding=0)

    def close(self) -> bool:
        """pyqtgraph takes the plot apart here: nothing may be drawn any more."""
        self._timer.stop()
        return bool(super().close())

    def sizeHint(self) -> QSize:
        return _SIZE

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_curve"):
            self._restyle()

    def _click(self, event: Any) -> None:
        box = self.getPlotItem().getViewBox()
        if event.button() == Qt.MouseButton.LeftButton and box.sceneBoundingRect().contains(event.scenePos()):
            self.chosen.emit(float(f"{10 ** box.mapSceneToView(event.scenePos()).x():.1e}"))

    def _restyle(self) -> None:
        """Take the colors of the current theme."""
        blue = QColor(theme.COLORS[4] if theme.is_dark() else theme.COLORS[0])
        faint, muted, text = QColor(blue), theme.color("muted"), theme.color("text")
        faint.setAlphaF(0.45)
        style_axes(self)
        self._dots.setSymbolBrush(faint)
        self._dots.setSymbolPen(None)
        self._dots.scatter.setBrush(faint)  # the legend looks here, also while there are no points
        self._dots.scatter.setPen(None)
        self._curve.setPen(pg.mkPen(blue, width=2))
        pens = {
            "now": pg.mkPen(muted, width=1, style=Qt.PenStyle.DotLine),
            "suggested": pg.mkPen(theme.color("good"), width=2, style=Qt.PenStyle.DashLine),
            "chosen": pg.mkPen(text, width=2),
        }
        for name, line in self._lines.items():
            line.setPen(pens[name])
            line.label.setColor(muted if name == "now" else pens[name].color())
            line.label.fill = pg.mkBrush(theme.color("base"))
        for _, label in self._legend.items:
            label.setText(label.text, color=muted)
