"""The table of runs as a widget: sortable, and several rows can be selected."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QTableView, QWidget

from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.engine.runs.run_table import plain_rows
from stl_tl_gui.gui.runs.runs_model import (
    DATE_COLUMN,
    NAME_COLUMN,
    STAR_COLUMN,
    STATE_COLUMN,
    SUMMARY_ROLE,
    TEST_COLUMN,
    VAL_COLUMN,
    RunsModel,
    SortedRuns,
)
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.quick_scrolling import scroll_quickly
from stl_tl_gui.gui.widgets.remembered import hidden_columns, remember_hidden_columns
from stl_tl_gui.gui.widgets.table_text import tab_separated
from stl_tl_gui.gui.widgets.table_view import set_up_table

_WIDEST = 136
_NARROWEST_NAME, _WIDEST_NAME = 120, 260
_ROUND_TITLE = 20
"""Padding and the sort arrow."""


class RunsTable(QTableView):
    """All runs, newest first until the user sorts otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunsModel(self)
        self.shown = SortedRuns(self.runs, self)
        self.setModel(self.shown)
        self.setSortingEnabled(True)
        self.sortByColumn(DATE_COLUMN, Qt.SortOrder.DescendingOrder)
        set_up_table(self, "Runs")
        scroll_quickly(self)
        copyable(self, keys=False)  # Ctrl+C copies the rows
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._arrange()
        self.clicked.connect(self._toggle_star)

    def set_summaries(self, summaries: Iterable[RunSummary]) -> None:
        """Show these runs; those that were selected and are still there stay selected."""
        kept = {summary.run for summary in self.selected()}
        place = self.verticalScrollBar().value()
        self.runs.set_summaries(summaries)
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
        """Put the selected rows, or all, on the clipboard to paste into a spreadsheet."""
        QGuiApplication.clipboard().setText(tab_separated(plain_rows(self.selected() or self.summaries())))

    def edit_cell(self, column: int) -> None:
        """Let the user write into a column of the first selected run."""
        rows = self.selectionModel().selectedRows(column)
        if rows:
            self.setColumnHidden(column, False)
            self.setCurrentIndex(rows[0])
            self.edit(rows[0])

    def toggle_stars(self) -> None:
        """Star the selected runs, or take the stars away where all have one."""
        selected = self.selected()
        starred = not all(summary.notes.starred for summary in selected)
        for summary in selected:
            self.runs.write(summary, starred=starred)

    def _toggle_star(self, index: QModelIndex) -> None:
        if index.column() == STAR_COLUMN:
            summary = index.data(SUMMARY_ROLE)
            self.runs.write(summary, starred=not summary.notes.starred)

    def _arrange(self) -> None:
        """What matters most stands beside the name; on a narrow screen others are out of sight first.

        The header's context menu chooses the columns, which are remembered.
        """
        header = self.horizontalHeader()
        for place, column in enumerate((STAR_COLUMN, NAME_COLUMN, TEST_COLUMN, VAL_COLUMN, STATE_COLUMN, DATE_COLUMN)):
            header.moveSection(header.visualIndex(column), place)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        hidden = hidden_columns()
        for column in range(self.model().columnCount()):
            title = self.model().headerData(column, Qt.Orientation.Horizontal)
            self.setColumnHidden(column, title in hidden)
            if column != NAME_COLUMN:
                action = QAction(title, header, checkable=True, checked=title not in hidden)
                action.toggled.connect(lambda on, column=column: self._show_column(column, on))
                header.addAction(action)

    def _show_column(self, column: int, shown: bool) -> None:
        self.setColumnHidden(column, not shown)
        titles = (
            self.model().headerData(each, Qt.Orientation.Horizontal) for each in range(self.model().columnCount())
        )
        remember_hidden_columns([title for each, title in enumerate(titles) if self.isColumnHidden(each)])
        self._fit_names()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_names()

    def _fit_columns(self) -> None:
        """As wide as the contents, up to a limit."""
        title = self.horizontalHeader().fontMetrics().horizontalAdvance
        for column in range(self.model().columnCount()):
            wanted = title(self.model().headerData(column, Qt.Orientation.Horizontal)) + _ROUND_TITLE
            self.setColumnWidth(column, min(max(self.sizeHintForColumn(column), wanted), _WIDEST))
        self._fit_names()

    def _fit_names(self) -> None:
        """Names get the rest of the width, or what they need; then the table scrolls."""
        shown = (column for column in range(1, self.model().columnCount()) if not self.isColumnHidden(column))
        others = sum(map(self.columnWidth, shown))
        needed = min(max(self.sizeHintForColumn(0), _NARROWEST_NAME), _WIDEST_NAME)
        self.setColumnWidth(0, max(needed, self.viewport().width() - others))
