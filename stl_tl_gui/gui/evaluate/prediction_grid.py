"""PredictionGrid: browse the pictures of a prediction table by class, mistakes, words and order."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from stl_tl_gui.engine.evaluation.relabeled import Relabeled
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.gui.evaluate.picture_filter import PictureFilter, PictureFinder, Rows
from stl_tl_gui.gui.evaluate.picture_list import PictureList
from stl_tl_gui.gui.evaluate.relabeling import Relabeling
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.gui.widgets.icons import icon

_LETTERS = 9


class PredictionGrid(QWidget):
    """Filters above, pictures below. Everything follows from one PictureFilter."""

    activated = Signal(int)
    """The row of the table whose picture was opened."""
    filter_changed = Signal(object)
    """The PictureFilter that is shown now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._predictions: Predictions | None = None
        self._finder: PictureFinder | None = None
        self._filter = PictureFilter()
        self._true, self._predicted, self._order = (ElidingCombo(_LETTERS) for _ in range(3))
        self._mistakes = QCheckBox("Only mistakes")
        self._search = QLineEdit()
        self._all = QPushButton("Show all")
        self._count = QLabel()
        self._note = theme.muted("")
        self.list = PictureList()
        self.relabeling = Relabeling(self.list, self._chosen_ids)
        self._set_up()
        self._lay_out()
        self._connect()
        self.set_predictions(None)

    def set_predictions(self, predictions: Predictions | None) -> None:
        """Show another table, in the order chosen before, and only its mistakes if that was chosen."""
        self._predictions = predictions
        self._finder = PictureFinder(predictions) if predictions is not None else None
        names = predictions.class_names if predictions is not None else ()
        _fill(self._true, "True: any", "True: {0}", names)
        _fill(self._predicted, "Predicted: any", "Predicted: {0}", names)
        self.choose(PictureFilter(mistakes=self._filter.mistakes, order=self._filter.order))
        self.setEnabled(predictions is not None)

    def set_pictures(self, source: SplitPictures | None, note: str = "") -> None:
        """Where pictures come from. `note` says why there are only placeholders."""
        self.list.set_pictures(source)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def show_labels(self, now: Relabeled) -> None:
        """Show the same pictures with the labels of today; what is filtered follows with the next filter."""
        self._predictions, self._finder = now.table, PictureFinder(now.table)
        self.list.show_labels(now)

    def filter(self) -> PictureFilter:
        return self._filter

    def rows(self) -> Rows:
        """The rows of the table that are shown, in their order."""
        return self.list.pictures.rows

    def choose(self, wanted: PictureFilter) -> None:
        """Show the pictures that a filter lets through, and set the inputs to it."""
        self._filter = wanted
        self._show_filters()
        rows = self._finder.rows(wanted) if self._finder is not None else np.zeros(0, np.int64)
        self.list.show_rows(self._predictions, rows)
        self._count.setText(self._count_text())
        self._all.setEnabled(replace(wanted, order="worst") != PictureFilter())
        self.filter_changed.emit(wanted)

    def show_cell(self, true: int | None, predicted: int | None) -> None:
        """Show the pictures of a cell of the confusion matrix, of a row or of a column; nothing else is filtered."""
        self.choose(PictureFilter(true, predicted, order=self._filter.order))

    def show_mistakes(self) -> None:
        """Show the mistakes, the worst first."""
        self.choose(PictureFilter(mistakes=True))

    def _chosen_ids(self) -> list[str]:
        table = self._predictions
        return [table.ids[row] for row in self.list.chosen()] if table is not None else []

    def _change(self, **parts: Any) -> None:
        self.choose(replace(self._filter, **parts))

    def _count_text(self) -> str:
        if self._predictions is None:
            return ""
        shown, total = len(self.rows()), len(self._predictions)
        if shown == total:
            return "All {} pictures".format(f"{total:,}")
        if shown == 0:
            return "No pictures match. Press “Show all” to clear the filters."
        return "{} of {} pictures".format(f"{shown:,}", f"{total:,}")

    def _show_filters(self) -> None:
        blockers = [QSignalBlocker(each) for each in self._inputs()]
        wanted = self._filter
        self._true.setCurrentIndex(0 if wanted.true is None else wanted.true + 1)
        self._predicted.setCurrentIndex(0 if wanted.predicted is None else wanted.predicted + 1)
        self._order.setCurrentIndex(self._order.findData(wanted.order))
        self._mistakes.setChecked(wanted.mistakes)
        if self._search.text().strip() != wanted.text.strip():
            self._search.setText(wanted.text)
        del blockers

    def _inputs(self) -> tuple[QWidget, ...]:
        return self._true, self._predicted, self._order, self._mistakes, self._search

    def _connect(self) -> None:
        self._true.currentIndexChanged.connect(lambda index: self._change(true=_class(index)))
        self._predicted.currentIndexChanged.connect(lambda index: self._change(predicted=_class(index)))
        self._order.currentIndexChanged.connect(lambda index: self._change(order=self._order.itemData(index)))
        self._mistakes.toggled.connect(lambda on: self._change(mistakes=on))
        self._search.textChanged.connect(lambda text: self._change(text=text))
        self._all.clicked.connect(lambda: self.choose(PictureFilter(order=self._filter.order)))
        self.list.opened.connect(self.activated)
        self.list.selectionModel().selectionChanged.connect(self.relabeling.follow)

    def _set_up(self) -> None:
        for order, words in {
            "worst": "Highest loss",
            "best": "Lowest loss",
            "surest": "Most confident",
            "least_sure": "Least confident",
            "id": "By name",
        }.items():
            self._order.addItem(words, order)
        self._search.setPlaceholderText("Search names and classes")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        for widget, name, tip in (
            (self._true, "True class", "Show only pictures of this class"),
            (self._predicted, "Predicted class", "Show only pictures predicted as this class"),
            (
                self._order,
                "Order",
                "What comes first. Loss is high where the model was confident and wrong.",
            ),
            (
                self._search,
                "Search",
                "Each word must be in the name, the true class or the predicted class",
            ),
            (self._mistakes, "Only mistakes", "Hide the pictures that were predicted correctly"),
            (self._all, "Show all", "Clear all filters"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        for combo in (self._true, self._predicted, self._order):
            combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _lay_out(self) -> None:
        above = layouts.row((self._search, 1), self._mistakes, self._all)
        below = layouts.row((self._true, 1), (self._predicted, 1), (self._order, 1))
        fixes = [button(action) for action in (self.relabeling.change, self.relabeling.leave_out)]
        counted = layouts.row((self._count, 1), self.list.slider(), *fixes)
        layouts.column(
            above,
            below,
            counted,
            self._note,
            (self.list, 1),
            inside=self,
            spacing=theme.MEDIUM,
            margins=(theme.MEDIUM, 0, 0, 0),
        )
        self._count.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)


def _class(index: int) -> int | None:
    return index - 1 if index > 0 else None


def _fill(combo: QComboBox, everything: str, one: str, names: tuple[str, ...]) -> None:
    blocker = QSignalBlocker(combo)
    combo.clear()
    combo.addItem(everything)
    combo.addItems([one.format(name) for name in names])
    del blocker
