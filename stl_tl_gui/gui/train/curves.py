"""Curves: loss, accuracy and learning rate of a run, live. Events are only stored; a slow timer draws them."""

from functools import partial
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stl_tl_gui.engine.events import Event, RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.plots.panel_stack import PanelStack
from stl_tl_gui.gui.plots.plot_panel import PlotPanel
from stl_tl_gui.gui.plots.stroke import Stroke
from stl_tl_gui.gui.train.curve_tools import CurveTools
from stl_tl_gui.gui.train.earlier_runs import EarlierRun, EarlierRuns
from stl_tl_gui.gui.train.points import Points
from stl_tl_gui.gui.train.run_points import RunPoints
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.picture import picture_of, save_picture
from stl_tl_gui.gui.widgets.table_text import save_csv, tab_separated

REDRAW_EVERY = 100
"""Milliseconds between redraws while events come."""

_WHOLE_RUN = 50
"""Up to so many epochs the time axis shows the whole run from the start; longer runs grow into view."""
_LOW = 25
"""Percent of accuracy below which there is no room for the number under its star."""
_LEAST = QSize(348, 400)
"""With less, the numbers at the axes of the three plots run into each other."""

_RATE_HEIGHT = 104
_DASHED, _DOTTED = Qt.PenStyle.DashLine, Qt.PenStyle.DotLine
_STROKES = {
    "batch_loss": Stroke("blue", width=1, opacity=0.4),
    "loss": Stroke("blue"),
    "val_loss": Stroke("vermilion", style=_DASHED, symbol="o"),
    "train_accuracy": Stroke("blue", symbol="s", size=6),
    "val_accuracy": Stroke("vermilion", style=_DASHED, symbol="o"),
    "best": Stroke("orange", width=0, symbol="star", size=17),
    "learning_rate": Stroke("muted", width=1),
    "earlier": Stroke("muted", width=1.5, style=Qt.PenStyle.DashDotLine, opacity=0.75),
}
_PHASE, _BEST_LINE = Stroke("muted", width=1, style=_DOTTED), Stroke("orange", width=1, style=_DOTTED)


class Curves(QWidget):
    """Three plots over the epochs of a run. `on_event` is cheap; drawing happens at most ten times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = RunPoints()
        self.tools = CurveTools()
        self.loss, self.accuracy, self.rate = (PlotPanel(title) for title in ("Loss", "Accuracy (%)", ""))
        self.rate.setMinimumHeight(_RATE_HEIGHT)
        self.stack = PanelStack([(self.loss, 5), (self.accuracy, 5), (self.rate, 2)], "Epoch", _LEAST)
        self.stack.setAccessibleName("Curves of the run")
        copyable(self.stack, self._data.table)
        self.earlier = EarlierRuns(self)
        self._references: list[EarlierRun] = []
        self._drawn_range: tuple[int, bool] | None = None
        self._zoomed = False
        self._highest_rate = 1.0
        self._make_curves()
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(REDRAW_EVERY)
        self._timer.timeout.connect(self.redraw)
        self._lay_out()
        self._connect()
        self.tools.restore()
        self.stack.restyle()
        self.redraw()

    def clear(self) -> None:
        """Forget all points."""
        self._data.clear()
        self._timer.start()

    def points(self, name: str) -> Points:
        """One of the curves: batch_loss, loss (smoothed), val_loss, train_accuracy, val_accuracy or learning_rate."""
        return self._data.of(name)

    def best(self) -> tuple[float, float] | None:
        """The epoch with the best validation accuracy, and that accuracy in percent."""
        return self._data.best()

    def on_event(self, event: Event) -> None:
        """Store what the event tells; it is drawn with the next tick."""
        if isinstance(event, RunStart):
            self.show_all()
            self.earlier.look_for(Run(Path(event.run)))
        if self._data.take(event) and not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Bring the plots up to date."""
        self._timer.stop()
        for panel in self.stack.panels:
            for name in panel.curves.keys() & set(_STROKES) - {"best", "earlier"}:
                points = self._data.of(name)
                panel.set_points(name, points.x, points.y)
        self._draw_best()
        self._mark_rates()
        self._draw_phases()
        self._draw_earlier()
        self.tools.smoothing.say(self._data.smoothed_over)
        shown = self._data.epochs, any(len(self._data.of(name)) for name in ("batch_loss", "val_accuracy"))
        if shown != self._drawn_range and not self._zoomed:
            self._drawn_range = shown
            self._show_range(*shown)
        self.stack.setAccessibleDescription(self._data.summary())
        self.stack.refresh()

    def show_all(self) -> None:
        """End a zoom: the axes follow the run again."""
        self._zoomed = False
        self._drawn_range = None
        self.tools.show_all.setEnabled(False)
        self._timer.start()

    def copy_table(self) -> None:
        """Put all points on the clipboard, for a spreadsheet."""
        QGuiApplication.clipboard().setText(tab_separated(self._data.table()))

    def copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(picture_of(self.stack))

    def save_picture(self, path: Path) -> None:
        """Save the plots as .png or .svg."""
        attempt(self, lambda: save_picture(self.stack, path))

    def save_table(self, path: Path) -> None:
        """Save all points as CSV."""
        attempt(self, lambda: save_csv(path, self._data.table()))

    def _make_curves(self) -> None:
        names = {
            "batch_loss": (self.loss, "each batch", "{:.3g}"),
            "loss": (self.loss, "training", "{:.3g}"),
            "val_loss": (self.loss, "validation", "{:.3g}"),
            "train_accuracy": (self.accuracy, "training", "{:.1f} %"),
            "val_accuracy": (self.accuracy, "validation", "{:.1f} %"),
            "best": (self.accuracy, "best epoch", ""),
            "learning_rate": (self.rate, "learning rate", "{:.2g}"),
        }
        for name, (panel, title, digits) in names.items():
            panel.add_curve(name, title, _STROKES[name], digits)
        for panel, digits in ((self.loss, "{:.3g}"), (self.accuracy, "{:.1f} %")):
            panel.add_curve("earlier", "earlier runs", _STROKES["earlier"], digits).button.hide()
        self.accuracy.plot.setYRange(-2, 108, padding=0)
        self.accuracy.plot.setLimits(yMin=-2, yMax=108)
        self._best_label = pg.TextItem(anchor=(0.5, 0))
        self.accuracy.plot.addItem(self._best_label, ignoreBounds=True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SMALL)
        layout.addWidget(self.tools)
        layout.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.stack.range_chosen.connect(self._keep_range)
        self.stack.reset_asked.connect(self.show_all)
        self.stack.read.connect(lambda text: self.stack.setAccessibleDescription(text or self._data.summary()))
        self.tools.show_all.clicked.connect(self.show_all)
        self.accuracy.curves["best"].button.toggled.connect(lambda _: self.redraw())
        self.tools.logarithmic_changed.connect(self._set_logarithmic)
        self.tools.smoothing_changed.connect(self._smooth)
        self.tools.references_changed.connect(lambda _: self.redraw())
        self.earlier.found.connect(self._set_references)
        menu = self.tools.menu
        menu.addAction(icon("copy"), "Copy as picture", self.copy_picture)
        menu.addAction(icon("copy"), "Copy as table", self.copy_table)
        menu.addSeparator()
        pictures = "Pictures (*.png *.svg)"
        tables = "CSV table (*.csv)"
        menu.addAction(icon("save"), "Save as picture…", partial(self._ask, "curves.png", pictures))
        menu.addAction(icon("save"), "Save as table…", partial(self._ask, "curves.csv", tables))

    def _ask(self, name: str, kinds: str) -> None:
        path = choose_new_file(self, "curves", "Save the curves", name, kinds)
        if path is not None:
            save = self.save_table if name.endswith(".csv") else self.save_picture
            save(path)

    def _smooth(self, over: int | None) -> None:
        self._data.smooth_over(over)
        self.redraw()

    def _set_logarithmic(self, logarithmic: bool) -> None:
        self.loss.set_logarithmic(logarithmic)
        self.show_all()

    def _set_references(self, found: list[EarlierRun]) -> None:
        self._references = found
        self.redraw()

    def _keep_range(self) -> None:
        self._zoomed = True
        self.tools.show_all.setEnabled(True)

    def _draw_best(self) -> None:
        best = self._data.best() if self.accuracy.curves["best"].button.isChecked() else None
        place = ([best[0]], [best[1]]) if best else ([], [])
        self.accuracy.curves["best"].item.setData(*place)
        self._best_label.setText(f"{best[1]:.1f} %" if best else "", color=theme.color("text"))
        if best:
            low = best[1] < _LOW
            self._best_label.setAnchor((0.5, 1 if low else 0))
            self._best_label.setPos(best[0], best[1] + (4 if low else -4))
        for panel in (self.loss, self.rate):
            if panel.marks().get("best") != (best[0] if best else None):
                panel.mark("best", best[0] if best else None, _BEST_LINE)

    def _mark_rates(self) -> None:
        """Zero and the highest rate at the axis: there is no room for more numbers."""
        rates = self._data.of("learning_rate").y
        highest = float(rates.max()) if len(rates) else 1.0
        if highest != self._highest_rate and highest > 0:
            self._highest_rate = highest
            self.rate.plot.getAxis("left").setTicks([[(0, "0"), (highest, f"{highest:.2g}")]])
            self._show_rates()

    def _show_rates(self) -> None:
        if not self._zoomed:
            self.rate.plot.setYRange(-0.25 * self._highest_rate, 1.25 * self._highest_rate, padding=0)

    def _draw_phases(self) -> None:
        wanted = {f"phase {x}": (x, text) for x, text in self._data.phases}
        for panel in self.stack.panels:
            for key in {key for key in panel.marks() if key.startswith("phase")} - wanted.keys():
                panel.mark(key, None, _PHASE)
            for key in wanted.keys() - panel.marks().keys():
                panel.mark(key, wanted[key][0], _PHASE, wanted[key][1] if panel is self.loss else "")

    def _draw_earlier(self) -> None:
        """The references in one curve per plot, with gaps between them."""
        chosen = {"none": 0, "best": 1, "all": len(self._references)}[str(self.tools.references.currentData())]
        runs = self._references[:chosen]
        for panel, name in ((self.loss, "val_loss"), (self.accuracy, "val_accuracy")):
            curve = panel.curves["earlier"]
            ends = np.cumsum([len(run.epochs) for run in runs])
            joined = np.ones(int(ends[-1]) if len(ends) else 0, np.int32)
            joined[ends - 1 if len(ends) else []] = 0
            curve.button.setVisible(bool(runs))
            curve.button.set_name(self._reference_name(runs))
            x, y = (
                np.concatenate([getattr(run, part) for run in runs]) if runs else np.empty(0)
                for part in ("epochs", name)
            )
            curve.item.setData(x, y, connect=joined)
            curve.x, curve.y = (x, y) if len(runs) == 1 else (np.empty(0), np.empty(0))

    def _reference_name(self, runs: list[EarlierRun]) -> str:
        if len(runs) == 1:
            return f"to beat: {runs[0].best:.1f} %"
        return f"{len(runs)} earlier runs"

    def _show_range(self, epochs: int, anything: bool) -> None:
        loss = self.loss.plot
        self.accuracy.plot.setYRange(-2, 108, padding=0)
        if not anything:
            loss.setRange(xRange=(0, epochs or 10), yRange=(0, 3))
            return
        if 0 < epochs <= _WHOLE_RUN:
            loss.setXRange(0, epochs, padding=0.01)
        else:
            loss.enableAutoRange(axis="x")
        loss.enableAutoRange(axis="y")
        self._show_rates()
