"""What can be done on the classify page, as a row of buttons above the results."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QWidget

from stl_tl_gui.gui.classify.classified_view import ClassifiedView
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.choosing import choose_folder, choose_new_file, choose_pictures
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.table_text import save_csv
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_THRESHOLDS = (0.5, 0.8, 0.95)


class ClassifyActions(QWidget):
    """Buttons and shortcuts for a ClassifiedView."""

    chosen = Signal(list)
    """Files or folders (list[Path]) to classify."""
    paste_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self, view: ClassifiedView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        copy = QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)
        self.pictures = make_action(self, "Choose pictures…", "Classify files", self._choose_pictures, sign="pictures")
        tip = "Classify all pictures in a folder and its subfolders"
        self.folder = make_action(self, "Choose folder…", tip, self._choose_folder, sign="folder")
        tip = "Classify the picture or the files on the clipboard"
        self.paste = make_action(self, "Paste", tip, self.paste_wanted.emit, sign="copy")
        tip = "Copy the selected rows, or all, for a spreadsheet"
        self.copy = make_action(view.table, "Copy", tip, view.table.copy, sign="copy", keys=copy)
        tip = "Save all results with all digits, as UTF-8 text"
        self.export = make_action(view.table, "Save as CSV…", tip, self._export, sign="save")
        tip = "Empty the table. Your files are not changed"
        self.clear = make_action(view.table, "Clear", tip, self.clear_wanted.emit, sign="close")
        self.filter = self._filter_choice()
        self._lay_out()

    def save_table(self, path: Path) -> None:
        """Write all results as CSV, in the order they came."""
        attempt(self, lambda: save_csv(path, self._view.table.table()))

    def _lay_out(self) -> None:
        left, right = (self.pictures, self.folder, self.paste), (self.copy, self.export, self.clear)
        WrappingRow(*map(button, left), None, self.filter, *map(button, right), inside=self)

    def _filter_choice(self) -> QComboBox:
        combo = QComboBox()
        combo.addItem("Show all", None)
        for threshold in _THRESHOLDS:
            combo.addItem(f"Below {100 * threshold:.0f} % confidence", threshold)
        combo.addItem("Not readable", 0.0)
        combo.setAccessibleName("Which pictures to show")
        combo.setToolTip("Show only uncertain or unreadable pictures")
        combo.currentIndexChanged.connect(lambda _: self._view.table.classified.show_below(combo.currentData()))
        return combo

    def _choose_pictures(self) -> None:
        paths = choose_pictures(self, "Choose pictures to classify")
        if paths:
            self.chosen.emit(paths)

    def _choose_folder(self) -> None:
        path = choose_folder(self, "pictures", "Choose a folder of pictures to classify")
        if path is not None:
            self.chosen.emit([path])

    def _export(self) -> None:
        path = choose_new_file(self, "tables", "Save the results", "classes.csv", "CSV table (*.csv)")
        if path is not None:
            self.save_table(path)
