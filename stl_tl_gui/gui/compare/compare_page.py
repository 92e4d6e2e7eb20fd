"""The compare page: the runs that are ticked, side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from stl_tl_gui.engine.comparison import ComparedRun, RunReader, key_of
from stl_tl_gui.engine.events import EpochEnd, EvaluationEnd, Event, RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.compare.chosen_runs import ChosenRuns
from stl_tl_gui.gui.compare.compare_jobs import read_job
from stl_tl_gui.gui.compare.legend import Legend, LegendArea
from stl_tl_gui.gui.compare.matrix_pair import MatrixPair
from stl_tl_gui.gui.compare.overlay import CurvesView
from stl_tl_gui.gui.compare.results_view import ResultsView
from stl_tl_gui.gui.compare.run_ticks import RunTicks
from stl_tl_gui.gui.compare.shown import Shown
from stl_tl_gui.gui.compare.tradeoff import TradeoffView
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.dialogs import show_error
from stl_tl_gui.gui.widgets.empty_state import EmptyState
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.remembered import remembered

_PAUSE = 400
"""Milliseconds between two looks at the runs while events come, however fast they do."""
_NEWEST = 6
_LEGEND_SHARE = 4
"""The legend takes no more than this part of the page's height."""
_LIST_WIDTH, _LIST_SHARE = 280, 3
"""The list of runs has these pixels, or this part of a narrower page."""
_TAB = "compare/tab"
_LEAST_HEIGHT = 400
"""Pixels of a tab with rows of buttons that wrap."""


View = CurvesView | ResultsView | TradeoffView | MatrixPair


class ComparePage(QWidget):
    """Reads all runs in the background, each again only when its files have changed, and follows the queue."""

    run_opened = Signal(object)
    """The Run to show."""
    evaluate_requested = Signal(object, str)
    """The Run to evaluate, and the split."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = ChosenRuns()
        self.picked: str | None = None
        """The key of the run that is picked out in all parts."""
        reader = RunReader()
        self._reader = reader
        self.reading = LatestJob(self)
        self._read, self._again = False, False
        self._running_here: str | None = None
        self._shown: list[Shown] = []
        self._others: list[Run] = []
        """Runs that were asked for and need not be in the default place."""
        self.ticks, self.legend = RunTicks(), Legend()
        self._legend_area = LegendArea(self.legend)
        self.curves, self.results = CurvesView(self.legend), ResultsView()
        self.tradeoff, self.matrices = TradeoffView(self.legend), MatrixPair(reader)
        self._views: tuple[View, ...] = (self.curves, self.results, self.tradeoff, self.matrices)
        self._stale: set[View] = set()
        """Those that do not show what `_shown` is now."""
        self.tabs = QTabWidget()
        self.empty = _Empty()
        self._states, self._halves = QStackedWidget(), QSplitter(Qt.Orientation.Horizontal)
        self._moved = False
        """Whether the user has chosen how wide the list is."""
        self._soon = QTimer(self, singleShot=True)
        self._soon.setInterval(_PAUSE)
        self._lay_out()
        self._connect()
        self._show()

    def compare(self, runs: Iterable[Run]) -> None:
        """Compare these, and no others."""
        self._others, self._read = list(runs), False
        self._choose([key_of(run) for run in self._others])
        self.refresh()

    def compare_jobs(self, jobs: Iterable[QueuedJob]) -> None:
        """Compare the runs of the queue, also those that have yet to begin, and no others."""
        self.runs.choose_jobs(jobs)
        self._read = False
        self._choose(self.runs.keys)
        self.refresh()

    def set_jobs(self, jobs: Iterable[QueuedJob]) -> None:
        """Keep up with the queue."""
        self.runs.set_jobs(jobs)
        if self.isVisible():
            self._show()
            self._refresh_soon()

    def refresh(self) -> None:
        """Look at the runs again, in the background."""
        if self.reading.busy:
            self._again = True
        else:
            self.reading.start(read_job(self._reader, [*self._others, *self.runs.runs_of_jobs()]))

    def on_event(self, event: Event) -> None:
        """Keep up with the run that goes on in this window."""
        match event:
            case RunStart():
                self._running_here = key_of(Run(Path(event.run)))
            case RunEnd():
                self._running_here = None
            case EpochEnd() | EvaluationEnd():
                pass
            case _:
                return
        self._refresh_soon()

    def pick_out(self, key: str | None) -> None:
        """Make one of the compared runs stand out everywhere. The same once more: it is let go."""
        self._pick(None if key == self.picked else key)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._legend_area.set_limit(self.height() // _LEGEND_SHARE)
        if not self._moved:
            wide = min(_LIST_WIDTH, self.width() // _LIST_SHARE)
            self._halves.setSizes([wide, self.width() - wide])

    def _refresh_soon(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _take(self, found: list[ComparedRun]) -> None:
        self._read = True
        self.runs.set_read(map(self._with_state, found))
        self._show()

    def _with_state(self, run: ComparedRun) -> ComparedRun:
        """A run of this window goes on until it ends, however long it is paused and writes nothing."""
        here = run.key == self._running_here and run.settings is not None
        return replace(run, state="running", seconds=None) if here else run

    def _over(self) -> None:
        if self._again:
            self._again = False
            self._soon.start()

    def _choose(self, keys: Iterable[str]) -> None:
        self.runs.choose(keys)
        self._show()
        for key in self.runs.keys[:1]:
            self.ticks.bring_into_view(key)

    def _tick(self, key: str, ticked: bool) -> None:
        self.runs.tick(key, ticked)
        self._show()

    def _show(self) -> None:
        """Show the chosen runs as they are known now."""
        everything, shown = self.runs.everything(), self.runs.shown()
        self.ticks.show_runs(everything, [each.key for each in shown])
        self._states.setCurrentIndex(0 if shown else 1)
        self.empty.say_of(self._read, bool(everything) and (self._read or not self.runs.keys))
        if not _same(shown, self._shown):
            self._shown = shown
            self.legend.show_runs(shown)
            self._legend_area.fit()
            self._stale = set(self._views)
            self._show_view()
        self._pick(self.picked if self.picked in {each.key for each in shown} else None)

    def _show_view(self) -> None:
        """Bring the tab that is seen up to date; the others follow when they are turned to."""
        view = self._views[self.tabs.currentIndex()]
        if view in self._stale:
            self._stale.remove(view)
            view.show_runs(self._shown)
            view.pick_out(self.picked)

    def _pick(self, key: str | None) -> None:
        self.picked = key
        for part in (self.legend, *self._views):
            part.pick_out(key)

    def _point_at(self, key: str) -> None:
        if key in self.runs.keys:
            self._pick(key)

    def _turn_to(self, tab: int) -> None:
        remembered().setValue(_TAB, tab)
        self._show_view()
        self._legend_area.setVisible(self.tabs.currentWidget() in (self.curves, self.tradeoff))

    def _keep_widths(self) -> None:
        self._moved = True

    def _connect(self) -> None:
        self._soon.timeout.connect(self.refresh)
        self.reading.result.connect(self._take)
        self.reading.failed.connect(lambda error: show_error(self, error))
        self.reading.ended.connect(self._over)
        self.ticks.ticked.connect(self._tick)
        self.ticks.none_wanted.connect(lambda: self._choose([]))
        self.ticks.pointed_at.connect(self._point_at)
        for wanted in (self.ticks.newest_wanted, self.empty.newest_wanted):
            wanted.connect(lambda: self._choose(self.runs.newest(_NEWEST)))
        for chosen in (self.legend.chosen, self.curves.plot.chosen, self.tradeoff.plot.chosen):
            chosen.connect(self.pick_out)
        self.results.chosen.connect(self._pick)
        self.results.run_opened.connect(self.run_opened)
        self.matrices.evaluate_requested.connect(self.evaluate_requested)
        self._halves.splitterMoved.connect(self._keep_widths)
        self.tabs.currentChanged.connect(self._turn_to)

    def _lay_out(self) -> None:
        titles = ("Curves", "Table", "Accuracy and cost", "Confusion")
        for view, title in zip(self._views, titles, strict=True):
            self.tabs.addTab(view, title)
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumHeight(_LEAST_HEIGHT)
        self.tabs.tabBar().setAccessibleName("Ways to compare")
        tab = str(remembered().value(_TAB, "0"))
        self.tabs.setCurrentIndex(int(tab) if tab.isdecimal() else 0)
        self._turn_to(self.tabs.currentIndex())
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.MEDIUM, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self._legend_area)
        column.addWidget(self.tabs, 1)
        self._states.addWidget(right)
        self._states.addWidget(self.empty)
        halves = self._halves
        halves.addWidget(self.ticks)
        halves.addWidget(self._states)
        halves.setStretchFactor(1, 1)
        halves.setCollapsible(1, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.MEDIUM)
        layout.setSpacing(theme.MEDIUM)
        layout.addWidget(theme.title("Compare"))
        layout.addWidget(halves, 1)


def _same(shown: Sequence[Shown], before: Sequence[Shown]) -> bool:
    """Whether nothing is new: runs that have not changed are not read again, so they are the very same."""
    if len(shown) != len(before):
        return False
    pairs = list(zip(shown, before, strict=True))
    alike = all((new.name, new.mark) == (old.name, old.mark) for new, old in pairs)
    return alike and all(new.run is old.run or (new.run.run is None and new.run == old.run) for new, old in pairs)


class _Empty(EmptyState):
    """What to do while nothing is compared."""

    newest_wanted = Signal()

    def __init__(self) -> None:
        self.newest = QPushButton()
        super().__init__(self.newest)
        self.newest.setIcon(icon("compare"))
        self.newest.setText("Compare the newest runs")
        self.newest.clicked.connect(self.newest_wanted)

    def say_of(self, read: bool, anything: bool) -> None:
        """`read`: whether the runs were looked at. `anything`: whether there are any to tick."""
        self.newest.setVisible(anything)
        if anything:
            text = (
                "Tick the runs to compare at the left, or select several on the Runs page and press Compare. Of "
                "the queue, “Compare these” brings all runs here, also those that have yet to begin."
            )
            self.say("Nothing is ticked", text)
            return
        text = "Train two models, or line up variants in the queue on the Runs page. Then compare them here."
        self.say("No runs yet" if read else "Reading the runs…", text if read else "")
