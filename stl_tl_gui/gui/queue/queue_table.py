"""The jobs of the queue as a table that is as high as its rows, which can be dragged."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from stl_tl_gui.engine.queue.queue import QueuedJob
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.gui.queue.queue_model import NOTE, STATE, TEST, TITLE, VAL, QueueModel
from stl_tl_gui.gui.widgets.copying import copyable, texts_of
from stl_tl_gui.gui.widgets.table_view import set_up_table

_MOST_ROWS = 6
_WIDEST = 340
_LEAST_NOTE = 140


class QueueTable(QTableView):
    """Shows up to six jobs; scroll to see more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.queue_model = QueueModel(self)
        self.setModel(self.queue_model)
        set_up_table(self, "Queue")
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropOverwriteMode(False)
        copyable(self, lambda: texts_of(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def set_jobs(self, jobs: Sequence[QueuedJob], here: QueuedJob | None, so_far: RunSoFar) -> None:
        """Show these jobs; the selection stays."""
        chosen, place = [job.id for job in self.selected()], self.verticalScrollBar().value()
        self.queue_model.set_jobs(jobs, here, so_far)
        if chosen != [job.id for job in self.selected()]:
            self.select(chosen)
            self.verticalScrollBar().setValue(place)
        self._fit()

    def selected(self) -> list[QueuedJob]:
        """The selected jobs, from top to bottom."""
        rows = sorted(self.selectionModel().selectedRows(), key=QModelIndex.row)
        return [self.queue_model.jobs[row.row()] for row in rows]

    def select(self, ids: Iterable[str]) -> None:
        """Select the jobs with these ids, if they are in the table, and scroll to the first."""
        wanted, chosen = set(ids), QItemSelection()
        rows = [row for row, job in enumerate(self.queue_model.jobs) if job.id in wanted]
        for row in rows:
            chosen.select(self.queue_model.index(row, 0), self.queue_model.index(row, TEST))
        flags = QItemSelectionModel.SelectionFlag
        if rows:
            self.setCurrentIndex(self.queue_model.index(rows[0], 0))
        self.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_note()

    def _fit(self) -> None:
        """As high as the rows, up to a limit; columns as wide as their contents."""
        title = self.horizontalHeader().fontMetrics().horizontalAdvance
        for column in (STATE, TITLE, VAL, TEST):
            heading = title(self.queue_model.headerData(column, Qt.Orientation.Horizontal)) + 20
            self.setColumnWidth(column, min(max(self.sizeHintForColumn(column) + 12, heading), _WIDEST))
        self._fit_note()
        rows = min(max(1, len(self.queue_model.jobs)), _MOST_ROWS)
        height = self.verticalHeader().defaultSectionSize() * rows + self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(height + 2 * self.frameWidth())

    def _fit_note(self) -> None:
        others = sum(self.columnWidth(column) for column in (STATE, TITLE, VAL, TEST))
        self.setColumnWidth(NOTE, max(_LEAST_NOTE, self.viewport().width() - others))
