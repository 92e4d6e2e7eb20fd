"""Accuracy against cost: each run is a point, and a stepped line joins the Pareto front."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from stl_tl_gui.engine.comparison import pareto_front, same_data
from stl_tl_gui.gui.compare.legend import Legend
from stl_tl_gui.gui.compare.marked_run import MarkedRun
from stl_tl_gui.gui.compare.run_plot import Numbers, RunPlot
from stl_tl_gui.gui.compare.view_layout import copy_button, lay_out_view
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.words.comparison import different_data, fact_words, listed

_SIZE, _RING, _HIGHLIGHTED = 13, 23, 19
"""Pixels of a point, of the ring around one on the front, and of the point that is highlighted."""
_DECADES = 4
"""With more, only powers of ten are written at the axis."""
_MARGIN = 0.12
"""Of the plot's width and height, around the points."""


class Tradeoff(RunPlot):
    """Accuracy over cost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Accuracy and cost of the chosen runs")
        self.front: list[str] = []
        """Keys of the runs on the Pareto front, the cheapest first."""
        self.logarithmic = False
        self._points: list[tuple[MarkedRun, Any]] = []
        self._line: Any = None
        self._rings: Any = None

    def show_points(self, shown: Sequence[MarkedRun], cost: str, accuracy: str) -> None:
        """Draw the runs whose two facts are known."""
        self.clear()
        known = [each for each in shown if known_point(each, cost, accuracy) is not None]
        points = [point for each in shown if (point := known_point(each, cost, accuracy)) is not None]
        costs = np.array([point[0] for point in points], np.float64)
        unit, title = _unit(cost, costs)
        self.logarithmic = bool(len(costs)) and costs.min() > 0 and costs.max() > 10 * costs.min()
        x = np.log10(costs / unit) if self.logarithmic else costs / unit
        y = 100 * np.array([point[1] for point in points], np.float64)
        front = pareto_front(points)
        self.front = [known[place].key for place in front]
        self._draw_front(x[front], y[front], x)
        self._points = [(each, self._point(each, *place)) for each, *place in zip(known, x, y, strict=True)]
        self.set_points(
            x, y, lambda index: known[index].key, lambda index: self._sentence(known[index], cost, accuracy)
        )
        plot = self.getPlotItem()
        plot.getAxis("bottom").setTicks([decade_ticks(x.min(), x.max())] if self.logarithmic else None)
        plot.setLabel("bottom", title)
        plot.setLabel("left", _accuracy_title(accuracy))
        self.show_all_if_new((cost, accuracy, {each.key for each in known}))
        self.restyle()

    def restyle(self) -> None:
        for each, point in self._points:
            highlighted = each.key == self._highlighted
            point.setSize(each.mark.size(_HIGHLIGHTED if highlighted else _SIZE))
            point.setBrush(each.mark.color)
            point.setPen(pg.mkPen(theme.color("text" if highlighted else "base"), width=2 if highlighted else 1))
        if self._line is not None:
            self._line.setPen(pg.mkPen(theme.color("muted"), width=2, style=Qt.PenStyle.DashLine))
            self._rings.setPen(pg.mkPen(theme.color("text"), width=1.5))

    def steps(self) -> tuple[Numbers, Numbers]:
        """The stepped line as drawn."""
        x, y = self._line.getData()
        return (np.empty(0), np.empty(0)) if x is None else (x, y)

    def _draw_front(self, x: Numbers, y: Numbers, all_x: Numbers) -> None:
        """From the cheapest run to the right; each step up is a more accurate run."""
        along, up = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        if len(x):
            along, up = np.append(along, max(all_x)), np.append(up, y[-1])
        self._line = pg.PlotCurveItem(along, up)
        self._rings = pg.ScatterPlotItem(x, y, symbol="o", size=_RING, brush=None)
        self.addItem(self._line)
        self.addItem(self._rings)

    def _point(self, each: MarkedRun, x: float, y: float) -> Any:
        point = pg.ScatterPlotItem([x], [y], symbol=each.mark.sign)
        self.addItem(point)
        return point

    def show_all(self) -> None:
        """All points, with room around them."""
        x, y = self._x, self._y
        if not len(x):
            self.setRange(xRange=(0, 1), yRange=(0, 100))
            return
        wide, high = max(float(np.ptp(x)), 0.1), max(float(np.ptp(y)), 1.0)
        self.setXRange(min(x) - _MARGIN * wide, max(x) + _MARGIN * wide, padding=0)
        self.setYRange(min(y) - _MARGIN * high, max(y) + _MARGIN * high, padding=0)

    def _sentence(self, each: MarkedRun, cost: str, accuracy: str) -> str:
        worth = "Best accuracy for its cost." if each.key in self.front else ""
        figures = f"{fact_words(accuracy, getattr(each.run, accuracy))}, {fact_words(cost, getattr(each.run, cost))}"
        return "\n".join(filter(None, (each.name, figures, worth)))


class TradeoffView(QWidget):
    """The plot with its choice of axes, and the Pareto front in words."""

    def __init__(self, legend: Legend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Sequence[MarkedRun] = ()
        self._asked = False
        self.plot = Tradeoff()
        self.accuracy, self.cost = QComboBox(), QComboBox()
        self.accuracy.addItem("Test accuracy", "test_accuracy")
        self.accuracy.addItem("Validation accuracy", "best_val_accuracy")
        self.cost.addItem("against parameters", "parameters")
        self.cost.addItem("against training time", "seconds")
        self.cost.addItem("against checkpoint size", "checkpoint_bytes")
        self.accuracy.setAccessibleName("Accuracy")
        self.cost.setAccessibleName("Cost")
        self.copy, self.note = copy_button(legend, self.plot), theme.muted("")
        self.note.setToolTip("The Pareto front: no other run is more accurate at the same cost or less")
        lay_out_view(self, (self.accuracy, self.cost), self.copy, self.plot, self.note)
        self.accuracy.activated.connect(self._remember_choice)
        for combo in (self.accuracy, self.cost):
            combo.currentIndexChanged.connect(self._draw)

    def show_runs(self, shown: Sequence[MarkedRun]) -> None:
        self._shown = shown
        if not self._asked:  # the accuracy that more runs have, until the user chooses
            tested = sum(each.run.test_accuracy is not None for each in shown)
            validated = sum(each.run.best_val_accuracy is not None for each in shown)
            self.accuracy.setCurrentIndex(self.accuracy.findData(_more(tested, validated)))
        self._draw()

    def highlight(self, key: str | None) -> None:
        self.plot.highlight(key)

    def _remember_choice(self) -> None:
        self._asked = True

    def _draw(self) -> None:
        cost, accuracy = self.cost.currentData(), self.accuracy.currentData()
        self.plot.show_points(self._shown, cost, accuracy)
        names = {each.key: each.name for each in self._shown}
        said = [] if same_data(each.run for each in self._shown) else [different_data()]
        if self.plot.front:
            said.append(f"Ringed: best accuracy for its cost: {listed([names[key] for key in self.plot.front])}.")
        without = [each.name for each in self._shown if known_point(each, cost, accuracy) is None]
        if without:
            said.append(f"Not shown, values still missing: {listed(without)}.")
        self.note.setText(" ".join(said))
        self.plot.setAccessibleDescription(self.note.text())


def known_point(each: MarkedRun, cost: str, accuracy: str) -> tuple[float, float] | None:
    """Cost and accuracy of a run, where both are known."""
    point = getattr(each.run, cost), getattr(each.run, accuracy)
    return point if None not in point and all(map(math.isfinite, point)) else None


def decade_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Places and labels along a logarithmic axis from 10**low to 10**high, and a bit beyond: 0.5, 1, 2, 5, 10, ..."""
    steps = (1, 2, 5) if high - low < _DECADES else (1,)
    values = [step * 10.0**power for power in range(math.floor(low) - 1, math.ceil(high) + 2) for step in steps]
    return [(math.log10(value), f"{value:g}") for value in values]


def _more(tested: int, validated: int) -> str:
    return "best_val_accuracy" if validated > tested else "test_accuracy"


def _accuracy_title(accuracy: str) -> str:
    return "Test accuracy (%)" if accuracy == "test_accuracy" else "Best validation accuracy (%)"


def _unit(cost: str, values: Numbers) -> tuple[float, str]:
    """What to divide a cost by, and the title of its axis."""
    most = float(values.max()) if len(values) else 1.0
    if cost == "parameters":
        return 1e6, "Parameters (millions)"
    if cost == "checkpoint_bytes":
        return 1e6, "Checkpoint (MB)"
    if most >= 7200:
        return 3600, "Training time (hours)"
    return (60, "Training time (minutes)") if most >= 300 else (1, "Training time (seconds)")
