"""The compare page: a list of all runs, and beside it the chosen ones side by side."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QWidget

from stl_tl_gui.engine.comparison import key_of
from stl_tl_gui.engine.events import EpochEnd, EvaluationEnd, Event, RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.compare.chosen_runs import ChosenRuns
from stl_tl_gui.gui.compare.comparison_view import ComparisonView
from stl_tl_gui.gui.compare.run_list import RunList
from stl_tl_gui.gui.compare.runs_reading import RunsReading
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.empty_state import EmptyState
from stl_tl_gui.gui.widgets.icons import icon

_NEWEST = 6
_LIST_WIDTH, _LIST_SHARE = 310, 3
"""The list of runs has these pixels, or this part of a narrower page."""


class ComparePage(QWidget):
    """Follows the queue and the run that is being trained in this window."""

    run_opened = Signal(object)
    """The Run to show."""
    evaluate_requested = Signal(object, str)
    """The Run to evaluate, and the split."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = ChosenRuns()
        self.reading = RunsReading(self, self.runs)
        self.run_list, self.comparison = RunList(), ComparisonView(self.reading.reader)
        self.empty = _Empty()
        self._states, self._halves = QStackedWidget(), QSplitter(Qt.Orientation.Horizontal)
        self._resized_by_user = False
        self._lay_out()
        self._connect()
        self._show()

    def compare(self, runs: Iterable[Run]) -> None:
        """Compare these, and no others."""
        self.runs.choose_runs(runs)
        self._show_chosen()
        self.reading.start()

    def compare_jobs(self, jobs: Iterable[QueuedJob]) -> None:
        """Compare the runs of the queue, also those that have not started, and no others."""
        self.runs.choose_jobs(jobs)
        self._show_chosen()
        self.reading.start()

    def set_jobs(self, jobs: Iterable[QueuedJob]) -> None:
        """Keep up with the queue."""
        self.runs.set_jobs(jobs)
        if self.isVisible():
            self._show()
            self.reading.start_soon()

    def on_event(self, event: Event) -> None:
        """Keep up with the run that is being trained in this window."""
        match event:
            case RunStart():
                self.runs.running_here = key_of(Run(Path(event.run)))
            case RunEnd():
                self.runs.running_here = None
            case EpochEnd() | EvaluationEnd():
                pass
            case _:
                return
        if self.isVisible():
            self.reading.start_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reading.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._resized_by_user:
            wide = min(_LIST_WIDTH, self.width() // _LIST_SHARE)
            self._halves.setSizes([wide, self.width() - wide])

    def _choose(self, keys: Iterable[str]) -> None:
        self.runs.choose(keys)
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._show()
        for key in self.runs.keys[:1]:
            self.run_list.bring_into_view(key)

    def _check(self, key: str, checked: bool) -> None:
        self.runs.check(key, checked)
        self._show()

    def _show(self) -> None:
        """Show the chosen runs as they are known now."""
        everything, shown = self.runs.everything(), self.runs.shown()
        self.run_list.show_runs(everything, {each.key: each.mark for each in shown})
        self._states.setCurrentIndex(0 if shown else 1)
        self.empty.say_of(self.runs.read, bool(everything) and (self.runs.read or not self.runs.keys))
        self.comparison.show_runs(shown)

    def _highlight(self, key: str) -> None:
        if key in self.runs.keys:
            self.comparison.highlight(key)

    def _keep_sizes(self) -> None:
        self._resized_by_user = True

    def _connect(self) -> None:
        self.reading.updated.connect(self._show)
        self.run_list.checked.connect(self._check)
        self.run_list.none_wanted.connect(lambda: self._choose([]))
        self.run_list.pointed_at.connect(self._highlight)
        for wanted in (self.run_list.newest_wanted, self.empty.newest.clicked):
            wanted.connect(lambda: self._choose(self.runs.newest(_NEWEST)))
        self.comparison.run_opened.connect(self.run_opened)
        self.comparison.evaluate_requested.connect(self.evaluate_requested)
        self._halves.splitterMoved.connect(self._keep_sizes)

    def _lay_out(self) -> None:
        self._states.addWidget(self.comparison)
        self._states.addWidget(self.empty)
        halves = self._halves
        halves.addWidget(self.run_list)
        halves.addWidget(self._states)
        halves.setStretchFactor(1, 1)
        halves.setCollapsible(1, False)
        layouts.column(theme.title("Compare"), (halves, 1), inside=self, spacing=theme.MEDIUM, margins=layouts.PAGE)


class _Empty(EmptyState):
    """What to do while nothing is compared."""

    def __init__(self) -> None:
        self.newest = QPushButton()
        super().__init__(self.newest)
        self.newest.setIcon(icon("compare"))
        self.newest.setText("Compare the newest runs")

    def say_of(self, read: bool, anything: bool) -> None:
        """`read`: whether the runs were looked at. `anything`: whether there are any to choose."""
        self.newest.setVisible(anything)
        if anything:
            self.say("Choose runs to compare", "Check them in the list on the left.")
        elif read:
            self.say("No runs yet", "Train two models, or queue variants on the Runs page. Then compare them here.")
        else:
            self.say("Reading the runs…", "")
