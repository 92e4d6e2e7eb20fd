"""ComparisonView: the chosen runs side by side, in tabs above a legend."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from stl_tl_gui.engine.comparison import RunReader
from stl_tl_gui.gui.compare.curves_view import CurvesView
from stl_tl_gui.gui.compare.legend import Legend, LegendArea
from stl_tl_gui.gui.compare.marked_run import MarkedRun
from stl_tl_gui.gui.compare.matrix_pair import MatrixPair
from stl_tl_gui.gui.compare.results_view import ResultsView
from stl_tl_gui.gui.compare.tradeoff import TradeoffView
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.remembered import remembered

_LEGEND_SHARE = 4
"""The legend takes no more than this part of the height."""
_TAB = "compare/tab"
_LEAST_HEIGHT = 400
"""Pixels of a tab with rows of buttons that wrap."""

View = CurvesView | ResultsView | TradeoffView | MatrixPair


class ComparisonView(QWidget):
    """Only the tab that is seen is kept up to date; the others when they are shown."""

    run_opened = Signal(object)
    """The Run to show."""
    evaluate_requested = Signal(object, str)
    """The Run to evaluate, and the split."""

    def __init__(self, reader: RunReader) -> None:
        super().__init__()
        self.highlighted: str | None = None
        """The key of the run that stands out in all tabs."""
        self._shown: Sequence[MarkedRun] = ()
        self.legend = Legend()
        self._legend_area = LegendArea(self.legend)
        self.curves, self.results = CurvesView(self.legend), ResultsView()
        self.tradeoff, self.matrices = TradeoffView(self.legend), MatrixPair(reader)
        self.tabs = QTabWidget()
        self._views: dict[str, View] = {
            "Curves": self.curves,
            "Table": self.results,
            "Accuracy and cost": self.tradeoff,
            "Confusion": self.matrices,
        }
        self._outdated: set[View] = set()
        self._lay_out()
        self._connect()

    def show_runs(self, shown: Sequence[MarkedRun]) -> None:
        """Compare these runs."""
        if not _same(shown, self._shown):
            self._shown = shown
            self.legend.show_runs(shown)
            self._legend_area.fit()
            self._outdated = set(self._views.values())
            self._update_view()
        self.highlight(self.highlighted if self.highlighted in {each.key for each in shown} else None)

    def highlight(self, key: str | None) -> None:
        """Make one of the compared runs stand out everywhere; None: none."""
        self.highlighted = key
        for each in (self.legend, *self._views.values()):
            each.highlight(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._legend_area.set_limit(self.height() // _LEGEND_SHARE)

    def _toggle(self, key: str) -> None:
        self.highlight(None if key == self.highlighted else key)

    def _update_view(self) -> None:
        view = list(self._views.values())[self.tabs.currentIndex()]
        if view in self._outdated:
            self._outdated.remove(view)
            view.show_runs(self._shown)
            view.highlight(self.highlighted)

    def _turn_to(self, tab: int) -> None:
        remembered().setValue(_TAB, tab)
        self._update_view()
        self._legend_area.setVisible(self.tabs.currentWidget() in (self.curves, self.tradeoff))

    def _connect(self) -> None:
        for clicked in (self.legend.chosen, self.curves.plot.chosen, self.tradeoff.plot.chosen):
            clicked.connect(self._toggle)
        self.results.chosen.connect(self.highlight)
        self.results.run_opened.connect(self.run_opened)
        self.matrices.evaluate_requested.connect(self.evaluate_requested)
        self.tabs.currentChanged.connect(self._turn_to)

    def _lay_out(self) -> None:
        for title, view in self._views.items():
            self.tabs.addTab(view, title)
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumHeight(_LEAST_HEIGHT)
        self.tabs.tabBar().setAccessibleName("Comparison")
        tab = str(remembered().value(_TAB, "0"))
        self.tabs.setCurrentIndex(int(tab) if tab.isdecimal() else 0)
        self._turn_to(self.tabs.currentIndex())
        layouts.column(
            (self.tabs, 1), self._legend_area, inside=self, spacing=theme.SMALL, margins=(theme.MEDIUM, 0, 0, 0)
        )


def _same(shown: Sequence[MarkedRun], before: Sequence[MarkedRun]) -> bool:
    """Whether nothing is new: runs that have not changed are not read again, so they are the very same."""
    if len(shown) != len(before):
        return False
    pairs = list(zip(shown, before, strict=True))
    alike = all((new.name, new.mark) == (old.name, old.mark) for new, old in pairs)
    return alike and all(new.run is old.run or (new.run.run is None and new.run == old.run) for new, old in pairs)
