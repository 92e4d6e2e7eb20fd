"""Overlay: the curves of all chosen runs in one plot, each with its own color, line style and symbol."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QComboBox, QWidget

from stl_tl_gui.gui.compare.legend import Legend
from stl_tl_gui.gui.compare.marked_run import MarkedRun
from stl_tl_gui.gui.compare.run_plot import Numbers, RunPlot
from stl_tl_gui.gui.compare.view_layout import copy_button, lay_out_view
from stl_tl_gui.gui.plots.themed_plot import EPOCH
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.words.comparison import listed
from stl_tl_gui.words.quantities import duration

_SIGNS = 12
"""About so many signs stand on a curve, however many epochs it has."""
_THIN, _THICK = 2, 4


class Overlay(RunPlot):
    """One curve of each run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Curves of the chosen runs")
        self._curves: dict[str, tuple[MarkedRun, Any, Any]] = {}

    def show_curves(self, shown: Sequence[MarkedRun], curve: str, over_time: bool) -> None:
        """Draw a curve of History over epochs or over training time. Values that are not finite are left out."""
        self.clear()
        self._curves = {}
        xs, ys, owners = [np.empty(0)], [np.empty(0)], list[MarkedRun]()
        for each in shown:
            x, y = points_of(each, curve, over_time)
            line = self.plot(x, y)
            every = max(1, -(-len(x) // _SIGNS))
            first = each.mark.number % every  # signs of curves that lie on each other stand beside each other
            signs = pg.ScatterPlotItem(x[first::every], y[first::every], symbol=each.mark.sign, size=each.mark.size(9))
            self.addItem(signs)
            self._curves[each.key] = each, line, signs
            xs.append(x)
            ys.append(y)
            owners += [each] * len(x)
        all_x, all_y = np.concatenate(xs), np.concatenate(ys)
        self.set_points(
            all_x,
            all_y,
            lambda index: owners[index].key,
            lambda index: _sentence(owners[index].name, all_x[index], all_y[index], curve, over_time),
        )
        ends = (f"{each.name}: {value_words(y[-1], curve)}" for each, y in zip(shown, ys[1:], strict=True) if len(y))
        self.setAccessibleDescription("; ".join(ends))
        plot = self.getPlotItem()
        plot.setLabel("left", axis_title(curve))
        unit = "Training time (s)" if over_time else EPOCH
        plot.setLabel("bottom", unit)
        self.count(unit)
        self.show_all_if_new((curve, over_time, {each.key for each in shown}))
        self.restyle()

    def restyle(self) -> None:
        for key, (each, line, signs) in self._curves.items():
            highlighted = key == self._highlighted
            line.setPen(each.mark.pen(_THICK if highlighted else _THIN))
            signs.setBrush(each.mark.color)
            signs.setPen(pg.mkPen(theme.color("text" if highlighted else "base")))
            line.setZValue(2 if highlighted else 0)
            signs.setZValue(3 if highlighted else 1)

    def drawn(self, key: str) -> tuple[Numbers, Numbers]:
        """The points of a run's curve as drawn."""
        x, y = self._curves[key][1].getOriginalDataset()
        return (np.empty(0), np.empty(0)) if x is None else (x, y)


class CurvesView(QWidget):
    """The plot with the choice of what it shows."""

    def __init__(self, legend: Legend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Sequence[MarkedRun] = ()
        self.plot = Overlay()
        self.curve, self.over = QComboBox(), QComboBox()
        for name in ("val_accuracy", "val_loss", "train_loss", "train_accuracy"):
            self.curve.addItem(curve_title(name), name)
        self.over.addItem("over epochs", False)
        self.over.addItem("over training time", True)
        self.curve.setAccessibleName("Curve")
        self.over.setAccessibleName("Horizontal axis")
        self.copy, self.note = copy_button(legend, self.plot), theme.muted("")
        lay_out_view(self, (self.curve, self.over), self.copy, self.plot, self.note)
        for combo in (self.curve, self.over):
            combo.currentIndexChanged.connect(self._draw)

    def show_runs(self, shown: Sequence[MarkedRun]) -> None:
        self._shown = shown
        self._draw()

    def highlight(self, key: str | None) -> None:
        self.plot.highlight(key)

    def _draw(self) -> None:
        self.plot.show_curves(self._shown, self.curve.currentData(), self.over.currentData())
        without = [each.name for each in self._shown if not each.run.history.epochs]
        self.note.setText(f"No finished epoch yet: {listed(without)}." if without else "")
        self.note.setVisible(bool(without))


def points_of(each: MarkedRun, curve: str, over_time: bool) -> tuple[Numbers, Numbers]:
    """The finite points of a curve, accuracies in percent."""
    history = each.run.history
    x = np.array(history.seconds() if over_time else history.numbers(), np.float64)
    y = np.array(history.curve(curve), np.float64) * (100 if curve.endswith("accuracy") else 1)
    finite = np.isfinite(x) & np.isfinite(y)
    return x[finite], y[finite]


def curve_title(curve: str) -> str:
    return {
        "val_accuracy": "Validation accuracy",
        "val_loss": "Validation loss",
        "train_loss": "Training loss",
        "train_accuracy": "Training accuracy",
    }[curve]


def axis_title(curve: str) -> str:
    return f"{curve_title(curve)} (%)" if curve.endswith("accuracy") else curve_title(curve)


def value_words(value: float, curve: str) -> str:
    return f"{value:.1f} %" if curve.endswith("accuracy") else f"{value:.3g}"


def _sentence(name: str, x: float, y: float, curve: str, over_time: bool) -> str:
    where = f"after {duration(x)}" if over_time else f"epoch {x:.0f}"
    return f"{name}\n{curve_title(curve)}, {where}: {value_words(y, curve)}"
