"""What all tables of the window have in common."""

from PySide6.QtWidgets import QAbstractItemView, QTableView


def set_up_rows(table: QTableView, *, several: bool = False) -> None:
    """Whole rows can be selected, one or `several`; nothing is edited in place; Tab leaves the table."""
    mode = QAbstractItemView.SelectionMode
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setHighlightSections(False)
