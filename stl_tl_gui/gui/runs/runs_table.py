"""The table of runs as a widget: sortable, with as many rows selected as one likes."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.engine.runs.run_table import plain_rows
from stl_tl_gui.gui.runs.runs_model import DATE_COLUMN, STATE_COLUMN, SUMMARY_ROLE, RunsModel, sorted_runs
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.quick_scrolling import scroll_quickly
from stl_tl_gui.gui.widgets.table_text import tab_separated

_WIDEST = 136
_NARROWEST_NAME, _WIDEST_NAME = 120, 260
_ROUND_TITLE = 20
"""Padding and the sort arrow."""


class RunsTable(QTableView):
    """All runs, newest first until the user sorts otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = RunsModel(self)
        self.setModel(sorted_runs(self._runs, self))
        self.setSortingEnabled(True)
        self.sortByColumn(DATE_COLUMN, Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        scroll_quickly(self)
        self.setAccessibleName("Runs")
        copyable(self, keys=False)  # Ctrl+C copies the rows
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        self.horizontalHeader().setStyleSheet("QHeaderView::section { padding: 5px 4px; }")  # in line with the cells
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().moveSection(STATE_COLUMN, 1)  # on a narrow screen others are out of sight first

    def set_summaries(self, summaries: Iterable[RunSummary]) -> None:
        """Show these runs; those that were selected and are still there stay selected."""
        kept = {summary.run for summary in self.selected()}
        place = self.verticalScrollBar().value()
        self._runs.set_summaries(summaries)
        chosen = QItemSelection()
        for row, summary in enumerate(self.summaries()):
            if summary.run in kept:
                index = self.model().index(row, 0)
                chosen.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        self.verticalScrollBar().setValue(place)
        self._fit_columns()

    def summaries(self) -> list[RunSummary]:
        """The runs as shown, from top to bottom."""
        model = self.model()
        return [model.index(row, 0).data(SUMMARY_ROLE) for row in range(model.rowCount())]

    def selected(self) -> list[RunSummary]:
        """The selected runs, from top to bottom."""
        rows = sorted(self.selectionModel().selectedRows(), key=QModelIndex.row)
        return [row.data(SUMMARY_ROLE) for row in rows]

    def copy(self) -> None:
        """Put the selected rows, or all, on the clipboard for a spreadsheet."""
        QGuiApplication.clipboard().setText(tab_separated(plain_rows(self.selected() or self.summaries())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_names()

    def _fit_columns(self) -> None:
        """As wide as the contents ask for, within reason."""
        title = self.horizontalHeader().fontMetrics().horizontalAdvance
        for column in range(self.model().columnCount()):
            wanted = title(self.model().headerData(column, Qt.Orientation.Horizontal)) + _ROUND_TITLE
            self.setColumnWidth(column, min(max(self.sizeHintForColumn(column), wanted), _WIDEST))
        self._fit_names()

    def _fit_names(self) -> None:
        """Names get what the other columns leave, or what they need; beyond that one scrolls."""
        others = sum(self.columnWidth(column) for column in range(1, self.model().columnCount()))
        needed = min(max(self.sizeHintForColumn(0), _NARROWEST_NAME), _WIDEST_NAME)
        self.setColumnWidth(0, max(needed, self.viewport().width() - others))
