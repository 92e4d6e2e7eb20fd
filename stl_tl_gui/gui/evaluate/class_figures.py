"""ClassFigures: precision, recall and F1 of each class in a table that sorts by number."""

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.table_text import Row, tab_separated

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.metrics import Metrics

NUMBER_ROLE = Qt.ItemDataRole.UserRole
"""What a cell is sorted by."""
CLASS_ROLE = Qt.ItemDataRole.UserRole + 1
"""The class of a row."""


class ClassFigures(QTableView):
    """One row per class. A click on a row chooses the class."""

    class_chosen = Signal(int)
    """The class whose pictures are wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metrics: Metrics | None = None
        self._items = QStandardItemModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._items)
        self._sorted.setSortRole(NUMBER_ROLE)
        self.setModel(self._sorted)
        self.setAccessibleName("Figures per class")
        copyable(self, self.table)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setStyleSheet("QTableView::item { padding: 0 5px; }")  # else right-aligned and left-aligned texts meet
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def set_metrics(self, metrics: "Metrics | None") -> None:
        """Show other figures, in the order of the classes; None clears."""
        self._metrics = metrics
        self._items.clear()
        if metrics is None:
            return
        titles = self._titles()
        self._items.setHorizontalHeaderLabels(titles)
        for index in range(len(metrics.class_names)):
            self._items.appendRow(self._row(metrics, index))
        for column, tip in enumerate(self._tips()):
            header = self._items.horizontalHeaderItem(column)
            header.setToolTip(tip)
            right = Qt.AlignmentFlag.AlignRight if 0 < column < 5 else Qt.AlignmentFlag.AlignLeft
            header.setTextAlignment(right | Qt.AlignmentFlag.AlignVCenter)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._size_columns()

    def table(self) -> list[Row]:
        """Header and rows as plain values, fractions in [0, 1]."""
        if self._metrics is None:
            return []
        m = self._metrics
        columns = zip(m.class_names, m.support, m.precision, m.recall, m.f1, strict=True)
        rows: list[Row] = [["class", "pictures", "precision", "recall", "f1"]]
        rows.extend([name, int(n), float(p), float(r), float(f)] for name, n, p, r, f in columns)
        return rows

    def copy(self) -> None:
        """Put the table on the clipboard, for a spreadsheet."""
        QGuiApplication.clipboard().setText(tab_separated(self.table()))

    def _choose(self, index: QModelIndex) -> None:
        self.class_chosen.emit(index.siblingAtColumn(0).data(CLASS_ROLE))

    def _row(self, metrics: "Metrics", index: int) -> list[QStandardItem]:
        name = _item(metrics.class_names[index], index)
        name.setData(index, CLASS_ROLE)
        figures = [float(column[index]) for column in (metrics.precision, metrics.recall, metrics.f1)]
        support = int(metrics.support[index])
        words, count = self._mostly_taken_for(metrics, index)
        return [
            name,
            _item(f"{support:,}", support, right=True),
            *(_item(f"{100 * figure:.1f} %", figure, right=True) for figure in figures),
            _item(words, count),
        ]

    def _mostly_taken_for(self, metrics: "Metrics", index: int) -> tuple[str, int]:
        row = metrics.confusion[index].copy()
        row[index] = 0
        most = int(np.argmax(row))
        count = int(row[most])
        return (f"{metrics.class_names[most]} ({count:,})" if count else "–"), count

    def _titles(self) -> list[str]:
        return [
            "Class",
            "Pictures",
            "Precision",
            "Recall",
            "F1",
            "Mostly taken for",
        ]

    def _tips(self) -> list[str]:
        return [
            "Click a row to see the pictures of its class",
            "How many pictures are of this class",
            "Of the pictures that were taken for this class: the share that are of it",
            "Of the pictures that are of this class: the share that was recognised",
            "One figure for both: the harmonic mean of precision and recall",
            "The wrong class that pictures of this class were taken for most often, and how many were",
        ]

    def _size_columns(self) -> None:
        self.setColumnWidth(0, min(180, max(80, self.sizeHintForColumn(0))))
        for column in range(1, self.model().columnCount()):
            title = self.horizontalHeader().fontMetrics().horizontalAdvance(self._titles()[column])
            self.setColumnWidth(column, max(title + 28, self.sizeHintForColumn(column)))
        self.horizontalHeader().setStretchLastSection(True)


def _item(text: str, number: Any, *, right: bool = False) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(number, NUMBER_ROLE)
    item.setToolTip(text)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item
