"""Curves: loss, accuracy and learning rate of a run, live. Events are only stored; a slow timer draws them."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.events import Event, Notice, Progress, RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.plots.panel_stack import PanelStack
from stl_tl_gui.gui.plots.stroke import Stroke
from stl_tl_gui.gui.train.curve_menu import CurveMenu
from stl_tl_gui.gui.train.curve_panels import CLASS_STROKES, AccuracyPanel, LossPanel, RatePanel
from stl_tl_gui.gui.train.curve_tools import CurveTools
from stl_tl_gui.gui.train.earlier_runs import EarlierRun, EarlierRuns, end_to_end, name_in_legend
from stl_tl_gui.gui.train.run_points import NAMES, Points, RunPoints
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.copying import copyable

REDRAW_EVERY = 100
"""Milliseconds between redraws while events come."""

_WHOLE_RUN = 50
"""Up to so many epochs the time axis shows the whole run from the start; longer runs grow into view."""
_LEAST = QSize(348, 364)
"""With less, the numbers at the axes of the three plots overlap."""
_PHASE = Stroke("muted", width=1, style=Qt.PenStyle.DotLine)
_BEST_LINE = Stroke("orange", width=1, style=Qt.PenStyle.DotLine)


class Curves(QWidget):
    """Three plots over the epochs of a run. `on_event` is cheap; drawing happens at most ten times a second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = RunPoints()
        self.tools = CurveTools()
        self.loss, self.accuracy, self.rate = LossPanel(), AccuracyPanel(), RatePanel()
        self.stack = PanelStack([(self.loss, 5), (self.accuracy, 5), (self.rate, 2)], "Epoch", _LEAST)
        self.stack.setAccessibleName("Curves of the run")
        copyable(self.stack, lambda: self._data.table())
        self.menu = CurveMenu(self.stack, lambda: self._data.table(), self, len(CLASS_STROKES))
        self._followed: list[str] = []
        self.tools.more.setMenu(self.menu)
        self.earlier = EarlierRuns(self)
        self._references: list[EarlierRun] = []
        self._drawn_range: tuple[int, bool] | None = None
        self._zoomed = False
        self._timer = make_timer(self, REDRAW_EVERY, self.redraw, once=True)
        layouts.column(self.tools, (self.stack, 1), inside=self, spacing=theme.SMALL)
        self._connect()
        self.tools.restore()
        self.stack.restyle()
        self.redraw()

    def clear(self) -> None:
        """Forget all points."""
        self.show_points(RunPoints(self.smoothing))

    def show_points(self, points: RunPoints) -> None:
        """Show another run."""
        if points.over != self._data.over:
            points.smooth_over(self._data.over)
        points.over_time = self._data.over_time
        self._data = points
        self.show_all()
        if points.start is not None:
            self.tools.suggest_axis(not points.start.epochs)
            self.earlier.look_for(Run(Path(points.start.run)))

    @property
    def smoothing(self) -> int | None:
        """Batches that the training loss is averaged over; None: automatic."""
        return self._data.over

    def points(self, name: str) -> Points:
        """One of the curves: batch_loss, loss (smoothed), val_loss, train_accuracy, val_accuracy or learning_rate."""
        return self._data.of(name)

    def on_event(self, event: Event) -> None:
        """Store what the event says; it is drawn with the next tick."""
        self._data.take(event)
        if isinstance(event, RunStart):
            self.show_all()
            self.tools.suggest_axis(not event.epochs)
            self.earlier.look_for(Run(Path(event.run)))
        if not isinstance(event, Notice | Progress) and not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Bring the plots up to date."""
        self._timer.stop()
        for panel in self.stack.panels:
            for name in panel.curves.keys() & NAMES:
                points = self._data.of(name)
                panel.set_points(name, points.x, points.y)
        self._draw_best()
        self.menu.offer_classes(self._data.class_names)
        self.accuracy.show_classes(self._followed, [self._data.of_class(name) for name in self._followed])
        if self.rate.mark_highest(self.rate.curves["learning_rate"].y) and not self._zoomed:
            self.rate.show_whole()
        self._draw_phases()
        self._draw_earlier()
        self.stack.set_unit(self._data.unit)
        self.tools.smoothing.say(self._data.smoothed_over)
        planned = 0 if self._data.over_time else self._data.planned_epochs
        shown = planned, bool(self._data.steps or self._data.epochs)
        if shown != self._drawn_range and not self._zoomed:
            self._drawn_range = shown
            self._show_range(*shown)
        self.stack.setAccessibleDescription(self._data.in_words())
        self.stack.refresh()

    def show_all(self) -> None:
        """End a zoom: the axes follow the run again."""
        self._zoomed = False
        self._drawn_range = None
        self.tools.show_all.setEnabled(False)
        self._timer.start()

    def _connect(self) -> None:
        self.stack.range_chosen.connect(self._keep_range)
        self.stack.reset_asked.connect(self.show_all)
        self.stack.read.connect(lambda text: self.stack.setAccessibleDescription(text or self._data.in_words()))
        self.tools.show_all.clicked.connect(self.show_all)
        self.accuracy.curves["best"].button.toggled.connect(lambda _: self.redraw())
        self.tools.logarithmic_changed.connect(self._set_logarithmic)
        self.tools.smoothing_changed.connect(self._smooth)
        self.tools.axis_changed.connect(self._set_over_time)
        self.tools.references_changed.connect(lambda _: self.redraw())
        self.earlier.found.connect(self._set_references)
        self.menu.classes_changed.connect(self._follow_classes)

    def _follow_classes(self, names: list[str]) -> None:
        if names != self._followed:
            self._followed = list(names)
            self._timer.start()

    def _smooth(self, over: int | None) -> None:
        self._data.smooth_over(over)
        self.redraw()

    def _set_logarithmic(self, logarithmic: bool) -> None:
        self.loss.set_logarithmic(logarithmic)
        self.show_all()

    def _set_over_time(self, over_time: bool) -> None:
        if over_time != self._data.over_time:
            self._data.over_time = over_time
            self.show_all()

    def _set_references(self, found: list[EarlierRun]) -> None:
        self._references = found
        self.redraw()

    def _keep_range(self) -> None:
        self._zoomed = True
        self.tools.show_all.setEnabled(True)

    def _draw_best(self) -> None:
        best = self._data.best_point() if self.accuracy.curves["best"].button.isChecked() else None
        self.accuracy.show_best(best)
        for panel in (self.loss, self.rate):
            if panel.marks().get("best") != (best[0] if best else None):
                panel.mark("best", best[0] if best else None, _BEST_LINE)

    def _draw_phases(self) -> None:
        wanted = {f"phase {number} {change[1]}": change for number, change in enumerate(self._data.changes())}
        for panel in self.stack.panels:
            for key in {key for key in panel.marks() if key.startswith("phase")} - wanted.keys():
                panel.mark(key, None, _PHASE)
            marks = panel.marks()
            for key, (place, said) in wanted.items():
                if marks.get(key) != place:
                    panel.mark(key, None, _PHASE)
                    panel.mark(key, place, _PHASE, said if panel is self.loss else "")

    def _draw_earlier(self) -> None:
        chosen = {"none": 0, "best": 1, "all": len(self._references)}[str(self.tools.references.currentData())]
        runs = self._references[:chosen]
        for panel, name in ((self.loss, "val_loss"), (self.accuracy, "val_accuracy")):
            curve = panel.curves["earlier"]
            x, y, joined = end_to_end(runs, name, "seconds" if self._data.over_time else "epochs")
            x = x / self._data.seconds_per_unit if self._data.over_time else x
            curve.button.setVisible(bool(runs))
            curve.button.set_name(name_in_legend(runs))
            curve.item.setData(x, y, connect=joined)
            curve.x, curve.y = (x, y) if len(runs) == 1 else (x[:0], y[:0])

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
        self.rate.show_whole()
