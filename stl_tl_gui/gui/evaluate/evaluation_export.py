"""ExportMenu: take the tables of an evaluation along."""

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from stl_tl_gui.gui.choosing import choose_new_file
from stl_tl_gui.gui.dialogs import attempt
from stl_tl_gui.gui.evaluate.class_figures import ClassFigures
from stl_tl_gui.gui.table_text import save_csv


class ExportMenu(QMenu):
    """Copies the prediction table, and saves or copies the figures per class."""

    def __init__(self, figures: ClassFigures, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self.table: Path | None = None
        """The prediction table that is shown."""
        self._figures = figures
        self.addAction(self.tr("Prediction table…"), lambda: self._choose("predictions.csv", self.save_predictions))
        self.addAction(self.tr("Figures per class…"), lambda: self._choose("classes.csv", self.save_figures))
        self.addSeparator()
        self.addAction(self.tr("Copy figures per class"), figures.copy)

    def save_predictions(self, path: Path) -> None:
        """Copy the prediction table as it is."""
        table = self.table
        assert table is not None
        if path.resolve() != table.resolve():
            attempt(self._page, lambda: shutil.copyfile(table, path))

    def save_figures(self, path: Path) -> None:
        """Save precision, recall and F1 of each class as CSV."""
        attempt(self._page, lambda: save_csv(path, self._figures.table()))

    def _choose(self, name: str, save: Callable[[Path], None]) -> None:
        path = choose_new_file(self._page, "tables", self.tr("Save the table"), name, self.tr("CSV table (*.csv)"))
        if path is not None:
            save(path)
