"""ExportMenu: save or copy the tables of an evaluation."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from stl_tl_gui.gui.background.file_copies import copy_job
from stl_tl_gui.gui.background.worker import Worker
from stl_tl_gui.gui.evaluate.class_figures import ClassFigures
from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.dialogs import attempt, show_error
from stl_tl_gui.gui.widgets.table_text import Row, save_csv


class ExportMenu(QMenu):
    """Copies the prediction table, and saves or copies the figures per class."""

    said = Signal(str)

    def __init__(self, figures: ClassFigures, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self.table: Path | None = None
        """The prediction table that is shown."""
        self._figures = figures
        self.addAction("Prediction table…", self._ask_for_predictions)
        self._of_figures = [self.addAction("Figures per class…", self._ask_for_figures)]
        self.addSeparator()
        self._of_figures.append(self.addAction("Copy figures per class", figures.copy))
        self.aboutToShow.connect(self._offer)

    def _offer(self) -> None:
        """Figures only once they are computed."""
        for action in self._of_figures:
            action.setEnabled(bool(self._figures.table()))

    def save_predictions(self, table: Path, path: Path) -> None:
        """Copy a prediction table as it is, in the background."""
        worker = Worker(copy_job(table, path))
        worker.failed.connect(partial(show_error, self._page))
        worker.result.connect(lambda _: self.said.emit(f"Saved “{path}”."))
        worker.start()

    def save_figures(self, rows: Sequence[Row], path: Path) -> None:
        """Save precision, recall and F1 of each class as CSV."""
        if attempt(self._page, lambda: save_csv(path, rows)):
            self.said.emit(f"Saved “{path}”.")

    def _ask_for_predictions(self) -> None:
        table = self.table  # another one may be shown when a place was chosen
        path = self._choose("predictions.csv")
        if path is not None and table is not None:
            self.save_predictions(table, path)

    def _ask_for_figures(self) -> None:
        rows = self._figures.table()
        path = self._choose("classes.csv")
        if path is not None:
            self.save_figures(rows, path)

    def _choose(self, name: str) -> Path | None:
        kinds = "CSV table (*.csv)"
        return choose_new_file(self._page, "tables", "Save the table", name, kinds)
