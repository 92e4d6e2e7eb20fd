"""The table of weights as a widget: sortable, with as many rows selected as one likes."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from stl_tl_gui.engine.weight_store import StoredWeights
from stl_tl_gui.gui.copying import copyable, texts_of
from stl_tl_gui.gui.weights.weights_model import STORED_ROLE, WeightsModel, sorted_weights

_ROUND_TITLE = 28
"""Padding and the sort arrow."""


class WeightsTable(QTableView):
    """One row a backbone, in the order in which they are offered until the user sorts otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights = WeightsModel(self)
        self.setModel(sorted_weights(self._weights, self))
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Weights"))
        copyable(self, lambda: texts_of(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        self.horizontalHeader().setStyleSheet("QHeaderView::section { padding: 5px 4px; }")  # in line with the cells
        self.horizontalHeader().setHighlightSections(False)

    def set_weights(self, stored: Sequence[StoredWeights], intact: Mapping[str, bool]) -> None:
        """Show these; what was selected stays selected. `intact`: what a check has found, by name."""
        self._weights.set_weights(stored, intact)
        title = self.horizontalHeader().fontMetrics().horizontalAdvance
        for column in range(self.model().columnCount()):
            wanted = title(self.model().headerData(column, Qt.Orientation.Horizontal)) + _ROUND_TITLE
            self.setColumnWidth(column, max(self.sizeHintForColumn(column), wanted))

    def all(self) -> list[StoredWeights]:
        """The weights as shown, from top to bottom."""
        model = self.model()
        return [model.index(row, 0).data(STORED_ROLE) for row in range(model.rowCount())]

    def selected(self) -> list[StoredWeights]:
        """The selected ones, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.model().index(row, 0).data(STORED_ROLE) for row in rows]
