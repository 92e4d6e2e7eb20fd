"""The corrections of the data: a list of steps to review, undo, and export."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.gui.data.corrections_dialog import correction_in_words
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.icons import icon

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset


class CorrectionsView(QWidget):
    """Newest at the top; a step unfolds to its pictures."""

    undo_requested = Signal(list)
    """Places of the steps to undo, counted from 0 at the oldest."""
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.corrections = Corrections()
        self.note = theme.muted("")
        self.steps = QTreeWidget()
        self.steps.setAccessibleName("Corrections")
        self.steps.setHeaderLabels(["Correction", "Pictures", "When"])
        self.steps.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.steps.setUniformRowHeights(True)
        self.steps.itemSelectionChanged.connect(self._follow)
        self.steps.itemExpanded.connect(self._unfold)
        copyable(self.steps, self._table)
        self.undo = QPushButton(icon("undo"), "Undo selected")
        self.undo.setToolTip("Undo the selected corrections. Select several with Ctrl or Shift.")
        self.undo.clicked.connect(lambda: self.undo_requested.emit(self._selected()))
        self.undo_all = QPushButton("Undo all")
        self.undo_all.setToolTip("Undo all corrections")
        self.undo_all.clicked.connect(lambda: self.undo_requested.emit(list(range(len(self.corrections.steps)))))
        self.export = QPushButton(icon("save"), "Export…")
        self.export.setToolTip("Save the list as a table (CSV)")
        self.export.clicked.connect(self.export_requested)
        self._lay_out()

    def set_dataset(self, dataset: "Dataset") -> None:
        self.corrections = dataset.corrections
        self.steps.clear()
        for place, step in reversed(list(enumerate(self.corrections.steps))):
            item = QTreeWidgetItem([step.title, f"{len(step.corrections):,}", step.when])
            item.setData(0, Qt.ItemDataRole.UserRole, place)
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
            self.steps.addTopLevelItem(item)
        for column, width in enumerate((420, 110)):
            self.steps.setColumnWidth(column, width)
        there = bool(self.corrections.steps)
        text = (
            "No files are changed. Runs record the revision of the corrections: {revision}.".format(
                revision=self.corrections.revision or "–"
            )
            if there
            else (
                "No corrections yet. Fix labels from “Problems”, from the list of classes (double-click one), or on "
                "the Evaluate page. Files are never changed."
            )
        )
        self.note.setText(text)
        self.steps.setVisible(there)
        for widget in (self.undo, self.undo_all, self.export):
            widget.setVisible(there)
        self._follow()

    def _selected(self) -> list[int]:
        items = {id(item.parent() or item): item.parent() or item for item in self.steps.selectedItems()}
        return sorted(item.data(0, Qt.ItemDataRole.UserRole) for item in items.values())

    def _unfold(self, item: QTreeWidgetItem) -> None:
        if item.parent() is None and item.childCount() == 0:
            step = self.corrections.steps[item.data(0, Qt.ItemDataRole.UserRole)]
            item.addChildren(
                [QTreeWidgetItem([each.picture, correction_in_words(each), ""]) for each in step.corrections]
            )

    def _table(self) -> list[list[str | int | float | None]]:
        rows: list[list[str | int | float | None]] = [["when", "step", "picture", "what", "value"]]
        for step in self.corrections.steps:
            rows += [[step.when, step.title, each.picture, each.what, each.value] for each in step.corrections]
        return rows

    def _follow(self) -> None:
        self.undo.setEnabled(bool(self.steps.selectedItems()))

    def _lay_out(self) -> None:
        buttons = (self.undo, self.undo_all, self.export)
        row = layouts.row((self.note, 1), *((each, 0, Qt.AlignmentFlag.AlignTop) for each in buttons))
        layouts.column(row, (self.steps, 1), None, inside=self, spacing=theme.MEDIUM, margins=layouts.BELOW_TABS)
