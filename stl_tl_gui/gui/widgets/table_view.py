"""What the tables of all pages have in common."""

from PySide6.QtWidgets import QAbstractItemView, QTableView


def set_up_table(table: QTableView, name: str, *, several: bool = True) -> None:
    """Whole rows to select, one or `several`, no editing, Tab leaves the table. `name` is for screen readers."""
    mode = QAbstractItemView.SelectionMode
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 12)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setStyleSheet("QHeaderView::section { padding: 5px 8px; }")  # in line with the cells
