"""ClassFigures: precision, recall and F1 of each class in a table that sorts by number."""

from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QTableView, QWidget

from stl_tl_gui.engine.evaluation.metrics import Confusion
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.table_text import Row, tab_separated
from stl_tl_gui.gui.widgets.table_view import set_up_table
from stl_tl_gui.words.quantities import percent

NUMBER_ROLE = Qt.ItemDataRole.UserRole
"""What a cell is sorted by."""
CLASS_ROLE = Qt.ItemDataRole.UserRole + 1
"""The class of a row."""

_COLUMNS = {
    "Class": "Click a row to see the pictures of its class",
    "Pictures": "Support: how many pictures are of this class",
    "Precision": "Share of right answers among the pictures predicted as this class",
    "Recall": "Share of the pictures of this class that were found",
    "F1": "Harmonic mean of precision and recall",
    "Most often mistaken for": "The wrong class that was predicted most often for this class, and how many times",
}


class ClassFigures(QTableView):
    """One row per class. A click on a row chooses the class."""

    class_chosen = Signal(int)
    """The class whose pictures are wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: Confusion | None = None
        self._items = QStandardItemModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._items)
        self._sorted.setSortRole(NUMBER_ROLE)
        self.setModel(self._sorted)
        copyable(self, self.table)
        set_up_table(self, "Figures per class", several=False)
        self.setSortingEnabled(True)
        self.setStyleSheet("QTableView::item { padding: 0 5px; }")  # else right-aligned and left-aligned texts meet
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_figures(self, figures: Confusion | None) -> None:
        """Show other figures, in the order of the classes; None clears."""
        self._figures = figures
        self._items.clear()
        if figures is None:
            return
        self._items.setHorizontalHeaderLabels(list(_COLUMNS))
        for index, row in enumerate(_rows(figures)):
            self._items.appendRow(_items(index, row, figures))
        for column, tip in enumerate(_COLUMNS.values()):
            header = self._items.horizontalHeaderItem(column)
            header.setToolTip(tip)
            right = Qt.AlignmentFlag.AlignRight if 0 < column < 5 else Qt.AlignmentFlag.AlignLeft
            header.setTextAlignment(right | Qt.AlignmentFlag.AlignVCenter)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._size_columns()

    def table(self) -> list[Row]:
        """Header and rows as plain values, fractions in [0, 1]."""
        if self._figures is None:
            return []
        return [["class", "pictures", "precision", "recall", "f1"], *_rows(self._figures)]

    def copy(self) -> None:
        """Put the table on the clipboard, for a spreadsheet."""
        QGuiApplication.clipboard().setText(tab_separated(self.table()))

    def _choose(self, index: QModelIndex) -> None:
        self.class_chosen.emit(index.siblingAtColumn(0).data(CLASS_ROLE))

    def _size_columns(self) -> None:
        self.setColumnWidth(0, min(180, max(80, self.sizeHintForColumn(0))))
        title_width = self.horizontalHeader().fontMetrics().horizontalAdvance
        for column, title in list(enumerate(_COLUMNS))[1:]:
            self.setColumnWidth(column, max(title_width(title) + 28, self.sizeHintForColumn(column)))
        self.horizontalHeader().setStretchLastSection(True)


def _rows(figures: Confusion) -> list[tuple[str, int, float, float, float]]:
    columns = (column.tolist() for column in (figures.support, figures.precision, figures.recall, figures.f1))
    return list(zip(figures.class_names, *columns, strict=True))


def _items(index: int, row: tuple[str, int, float, float, float], figures: Confusion) -> list[QStandardItem]:
    class_name, support, *shares = row
    name = _item(class_name, index)
    name.setData(index, CLASS_ROLE)
    mistaken_for, count = _most_often_mistaken_for(figures, index)
    return [
        name,
        _item(f"{support:,}", support, right=True),
        *(_item(percent(share), share, right=True) for share in shares),
        _item(mistaken_for, count),
    ]


def _most_often_mistaken_for(figures: Confusion, index: int) -> tuple[str, int]:
    row = figures.counts[index].copy()
    row[index] = 0
    most = int(np.argmax(row))
    count = int(row[most])
    return (f"{figures.class_names[most]} ({count:,})" if count else "–"), count


def _item(text: str, number: Any, *, right: bool = False) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(number, NUMBER_ROLE)
    item.setToolTip(text)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item
