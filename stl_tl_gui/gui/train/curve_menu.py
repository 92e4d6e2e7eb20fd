"""CurveMenu: copy or save the curves, as a picture or as a table."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.picture import picture_of, save_picture
from stl_tl_gui.gui.widgets.table_text import Row, save_csv, tab_separated


class CurveMenu(QMenu):
    """Menu of a button near the plots."""

    classes_changed = Signal(list)
    """The names of the classes to follow."""

    def __init__(self, plots: QWidget, table: Callable[[], list[Row]], parent: QWidget, most_classes: int) -> None:
        """`table`: all points, with a header. `most_classes`: so many can be followed at the same time."""
        super().__init__(parent)
        self._plots, self._table, self._page = plots, table, parent
        self._most, self._followed = most_classes, list[str]()
        self.classes = self.addMenu("Accuracy of a class")
        self.addSeparator()
        self.offer_classes([])
        self.addAction(icon("copy"), "Copy as picture", self.copy_picture)
        self.addAction(icon("copy"), "Copy as table", self.copy_table)
        self.addSeparator()
        save = (("picture", "curves.png", "Pictures (*.png *.svg)"), ("table", "curves.csv", "CSV table (*.csv)"))
        for kind, name, kinds in save:
            self.addAction(icon("save"), f"Save as {kind}…", partial(self._ask, name, kinds))

    def offer_classes(self, names: list[str]) -> None:
        """The classes whose accuracy can be followed."""
        if names == [action.text().replace("&&", "&") for action in self.classes.actions()] and names:
            return
        self._followed = [name for name in self._followed if name in names]
        self.classes.clear()
        self.classes.setEnabled(bool(names))
        for name in names:
            action = self.classes.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(name in self._followed)
            action.toggled.connect(partial(self._follow, name))
        self.classes_changed.emit(self._followed)

    def _follow(self, name: str, followed: bool) -> None:
        """Follow a class, or no longer; the one that was followed for longest gives way."""
        self._followed = [other for other in self._followed if other != name] + [name] * followed
        self._followed = self._followed[-self._most :]
        for action in self.classes.actions():
            action.blockSignals(True)
            action.setChecked(action.text().replace("&&", "&") in self._followed)
            action.blockSignals(False)
        self.classes_changed.emit(self._followed)

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
