"""What is in the data, in three tabs: its classes, its problems, and what was corrected."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from stl_tl_gui.engine.data.corrections import export_corrections
from stl_tl_gui.engine.data.inspection import Problem, Remedy
from stl_tl_gui.gui.data.class_table import ClassTable
from stl_tl_gui.gui.data.corrections_dialog import CorrectionsDialog
from stl_tl_gui.gui.data.corrections_view import CorrectionsView
from stl_tl_gui.gui.data.problems_view import ProblemsView
from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.dialogs import attempt

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset

CLASSES, PROBLEMS, CORRECTIONS = range(3)


class DataTabs(QTabWidget):
    """Only shows and asks; the page corrects."""

    correct_requested = Signal(str, list)
    """A title for the step, and its corrections."""
    undo_requested = Signal(list)
    """Places of the steps to take back."""
    settings_wanted = Signal(dict)
    """Settings of the next run that mend a problem."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self.classes = ClassTable()
        self.problems = ProblemsView()
        self.corrections = CorrectionsView()
        self.setDocumentMode(True)
        self.setAccessibleName("What is in the data")
        self.addTab(self.classes, "Classes")
        self.addTab(self.problems, "Problems")
        self.addTab(self.corrections, "Corrections")
        self.classes.setToolTip("Double-click a class to look at its training pictures and to correct them")
        self.classes.activated.connect(self._show_class)
        self.problems.counted.connect(self._count)
        self.problems.show_requested.connect(self._show_problem)
        self.problems.remedy_chosen.connect(self._remedy)
        self.corrections.undo_requested.connect(self.undo_requested)
        self.corrections.export_requested.connect(self._export)

    def set_dataset(self, dataset: "Dataset") -> None:
        self._dataset = dataset
        self.classes.set_dataset(dataset)
        self.corrections.set_dataset(dataset)
        self.problems.set_dataset(dataset)
        n = len(dataset.corrections.steps)
        self.setTabText(CORRECTIONS, f"Corrections ({n})" if n else "Corrections")

    def show_pictures(self, ids: Sequence[str], title: str) -> CorrectionsDialog:
        """Pictures to look at and to correct."""
        assert self._dataset is not None
        dialog = CorrectionsDialog(self._dataset, ids, title, self)
        dialog.corrected.connect(self.correct_requested)
        dialog.open()
        return dialog

    def _show_class(self, index: QModelIndex) -> None:
        assert self._dataset is not None
        train, name = self._dataset.splits["train"], self._dataset.class_names[index.row()]
        rows = np.flatnonzero(train.targets == index.row())
        title = f"The training pictures of “{name}”"
        self.show_pictures([train.ids[int(row)] for row in rows], title)

    def _show_problem(self, problem: Problem) -> None:
        self.show_pictures([id for group in problem.groups for id in group], problem.sentence)

    def _remedy(self, remedy: Remedy) -> None:
        if remedy.corrections:
            self.correct_requested.emit(remedy.title, list(remedy.corrections))
        else:
            self.settings_wanted.emit(remedy.settings)

    def _count(self, n: int) -> None:
        counted = f"Problems ({n})" if n > 0 else "Problems"
        self.setTabText(PROBLEMS, "Problems…" if n < 0 else counted)

    def _export(self) -> None:
        kinds = "Tables (*.csv)"
        path = choose_new_file(self, "data", "Save the corrections", "corrections.csv", kinds)
        if path is not None:
            attempt(self, lambda: export_corrections(path, self.corrections.corrections))
