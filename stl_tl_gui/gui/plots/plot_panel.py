"""PlotPanel: one plot below its legend, in the theme's colors, with a readout at the crosshair."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QSize, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.plots.legend_button import LegendButton
from stl_tl_gui.gui.plots.stroke import Stroke
from stl_tl_gui.gui.plots.themed_plot import ThemedPlot, style_axes
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

Numbers = npt.NDArray[np.float64]

_AXIS_WIDTH = 58
_LEAST_SIZE = QSize(120, 60)
_LEAST = 1e-9
"""On a logarithmic axis, values of zero and below are drawn here."""
_REACH = 0.51
"""How far from a point its value is still read out, in units of the horizontal axis."""


def _none() -> Numbers:
    return np.empty(0)


@dataclass
class Curve:
    """A curve of a panel: what draws it, its name in the legend, and its points."""

    item: Any
    button: LegendButton
    stroke: Stroke
    digits: str
    """How its values are written in the read-out, as a format: “{:.3g}”."""
    x: Numbers = field(default_factory=_none)
    y: Numbers = field(default_factory=_none)

    def value_at(self, x: float) -> float | None:
        """The value of the point nearest to x; None where there is none near, or the curve is hidden."""
        if not len(self.x) or not self.button.isChecked():
            return None
        index = int(np.clip(np.searchsorted(self.x, x), 0, len(self.x) - 1))
        if index and abs(self.x[index - 1] - x) <= abs(self.x[index] - x):
            index -= 1
        return float(self.y[index]) if abs(self.x[index] - x) <= _REACH else None


class PlotPanel(QWidget):
    """Curves over a horizontal axis that panels can share."""

    pointed = Signal(object)
    """Where on the horizontal axis the mouse is; None when it has left."""
    range_chosen = Signal()
    """The user has zoomed or moved the plot."""
    reset_asked = Signal()
    """The plot was double-clicked."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves: dict[str, Curve] = {}
        self.legend = WrappingRow()
        self.legend.setSpacing(0)
        self.view = _View()
        self.plot = self.view.getPlotItem()
        self._marks: dict[str, tuple[Any, Stroke]] = {}
        self._logarithmic = False
        self._set_up(title)
        self._cross = pg.InfiniteLine(0)
        self._words = pg.TextItem()
        for item in (self._cross, self._words):
            item.setZValue(50)
            item.hide()
            self.plot.addItem(item, ignoreBounds=True)
        layouts.column(self.legend, (self.view, 1), inside=self, spacing=0)

    def add_curve(self, key: str, name: str, stroke: Stroke, digits: str = "{:.3g}") -> Curve:
        """A curve without points yet."""
        item = self.plot.plot(symbol=stroke.symbol, symbolSize=stroke.size)
        button = LegendButton(name, stroke)
        button.toggled.connect(item.setVisible)
        self.legend.addWidget(button)
        self.curves[key] = Curve(item, button, stroke, digits)
        return self.curves[key]

    def set_points(self, key: str, x: Numbers, y: Numbers) -> None:
        """Draw a curve through finite points."""
        curve = self.curves[key]
        curve.x, curve.y = x, y
        curve.item.setData(x, np.maximum(y, _LEAST) if self._logarithmic else y)

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draw values by their logarithm."""
        self._logarithmic = logarithmic
        self.plot.setLogMode(x=False, y=logarithmic)
        for key, curve in self.curves.items():
            self.set_points(key, curve.x, curve.y)

    def mark(self, key: str, x: float | None, stroke: Stroke, text: str = "") -> None:
        """Draw a vertical line with a text at its top; None removes it."""
        if key in self._marks:
            self.plot.removeItem(self._marks.pop(key)[0])
        if x is not None:
            words = {"position": 0.92, "anchors": [(0, 0), (1, 0)]}
            line = pg.InfiniteLine(x, label=text or None, labelOpts=words)
            self.plot.addItem(line, ignoreBounds=True)
            self._marks[key] = (line, stroke)
            self._restyle_mark(line, stroke)

    def marks(self) -> dict[str, float]:
        """Where the vertical lines are."""
        return {key: float(line.value()) for key, (line, _) in self._marks.items()}

    def read_out(self, x: float | None) -> list[tuple[str, str]]:
        """Show a line at x and beside it the values there, which are returned as (name, value). None hides it."""
        for item in (self._cross, self._words):
            item.setVisible(x is not None)
        if x is None:
            return []
        values = [(curve, curve.value_at(x)) for curve in self.curves.values()]
        said = [(curve, curve.digits.format(value)) for curve, value in values if value is not None]
        self._cross.setValue(x)
        self._place_words(x, said)
        return [(curve.button.text(), text) for curve, text in said]

    def restyle(self) -> None:
        """Use the colors of the current theme."""
        style_axes(self.view)
        for curve in self.curves.values():
            curve.item.setPen(curve.stroke.pen())
            if curve.stroke.symbol is not None:
                curve.item.setSymbolBrush(curve.stroke.shown_color())
                curve.item.setSymbolPen(curve.stroke.edge())
            curve.button.restyle()
        for line, stroke in self._marks.values():
            self._restyle_mark(line, stroke)
        self._cross.setPen(pg.mkPen(theme.color("text"), width=1))

    def _restyle_mark(self, line: Any, stroke: Stroke) -> None:
        line.setPen(stroke.pen())
        if getattr(line, "label", None) is not None:
            line.label.setColor(theme.color("muted"))

    def _place_words(self, x: float, said: list[tuple[Curve, str]]) -> None:
        """The values beside the line, on the side with more room."""
        rows = "".join(
            f"<tr><td style='color:{curve.stroke.shown_color().name()}'>●&nbsp;</td>"
            f"<td>{curve.button.text()}&nbsp;&nbsp;</td><td align='right'><b>{text}</b></td></tr>"
            for curve, text in said
        )
        (left, right), (_, top) = self.plot.viewRange()
        self._words.setHtml(f"<table style='color:{theme.colors().text}'>{rows}</table>" if said else "")
        self._words.fill = pg.mkBrush(theme.color("window"))
        self._words.border = pg.mkPen(theme.color("border"))
        self._words.setAnchor((-0.05, 0) if x < (left + right) / 2 else (1.05, 0))
        self._words.setPos(x, top)
        self._words.setVisible(bool(said))

    def _set_up(self, title: str) -> None:
        plot = self.plot
        plot.setLabel("left", title or None)
        plot.getAxis("left").setWidth(_AXIS_WIDTH)
        for side in ("left", "bottom"):
            plot.getAxis(side).setStyle(maxTickLevel=1)  # a third level of grid lines takes three times as long
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.setLimits(xMin=0)
        plot.getViewBox().setMouseMode(pg.ViewBox.RectMode)
        plot.getViewBox().sigRangeChangedManually.connect(self.range_chosen)
        self.view.scene().sigMouseMoved.connect(self._point)
        self.view.viewport().installEventFilter(self)
        self.view.doubled.connect(self.reset_asked)

    def _point(self, position: Any) -> None:
        box = self.plot.getViewBox()
        if box.sceneBoundingRect().contains(position):
            x = float(box.mapSceneToView(position).x())
            self.pointed.emit(x if math.isfinite(x) else None)
        else:
            self.pointed.emit(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(None)
        return False


class _View(ThemedPlot):
    """Takes the remaining space and asks for none."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(_LEAST_SIZE)

    def sizeHint(self) -> QSize:
        return _LEAST_SIZE
