"""CurveMenu: copy or save the curves, as a picture or as a table."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.picture import picture_of, save_picture
from stl_tl_gui.gui.widgets.table_text import Row, save_csv, tab_separated


class CurveMenu(QMenu):
    """Menu of a button near the plots."""

    def __init__(self, plots: QWidget, table: Callable[[], list[Row]], parent: QWidget) -> None:
        """`table`: all points, with a header."""
        super().__init__(parent)
        self._plots, self._table, self._page = plots, table, parent
        self.addAction(icon("copy"), "Copy as picture", self.copy_picture)
        self.addAction(icon("copy"), "Copy as table", self.copy_table)
        self.addSeparator()
        save = (("picture", "curves.png", "Pictures (*.png *.svg)"), ("table", "curves.csv", "CSV table (*.csv)"))
        for kind, name, kinds in save:
            self.addAction(icon("save"), f"Save as {kind}…", partial(self._ask, name, kinds))

    def copy_table(self) -> None:
        """Put all points on the clipboard, for a spreadsheet."""
        QGuiApplication.clipboard().setText(tab_separated(self._table()))

    def copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(picture_of(self._plots))

    def save_picture(self, path: Path) -> None:
        """Save the plots as .png or .svg."""
        attempt(self._page, lambda: save_picture(self._plots, path))

    def save_table(self, path: Path) -> None:
        """Save all points as CSV."""
        attempt(self._page, lambda: save_csv(path, self._table()))

    def _ask(self, name: str, kinds: str) -> None:
        path = choose_new_file(self._page, "curves", "Save the curves", name, kinds)
        if path is not None:
            save = self.save_table if name.endswith(".csv") else self.save_picture
            save(path)
