"""What can be done on the classify page, as a row of buttons above the results."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QWidget

from stl_tl_gui.gui.classify.classified_view import ClassifiedView
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.choosing import choose_folder, choose_new_file, choose_pictures
from stl_tl_gui.gui.widgets.class_picker import ClassPicker
from stl_tl_gui.gui.widgets.dialogs import attempt
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.table_text import save_csv
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_THRESHOLDS = (0.5, 0.8, 0.95)


class ClassifyActions(QWidget):
    """Buttons and shortcuts for a ClassifiedView."""

    chosen = Signal(list)
    """Files or folders (list[Path]) to classify."""
    folders_wanted = Signal(list)
    """Files and their predicted classes (list[tuple[Path, str]]) to copy into class folders."""
    keep_wanted = Signal(list)
    """Files and classes (list[tuple[Path, str]]) to put into a data set."""
    said = Signal(str)
    paste_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self, view: ClassifiedView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.picker: ClassPicker | None = None
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
        tip = "Put copies of the selected pictures into a data set, as their predicted classes"
        self.right = make_action(view.table, "These are right", tip, self._keep_as_predicted, sign="check")
        tip = "Put copies of the selected pictures into a data set, as a class that you choose"
        self.other = make_action(view.table, "These are…", tip, self._keep_as, sign="pencil")
        tip = "Copy the selected pictures, or all, into one folder per predicted class"
        self.sort = make_action(view.table, "Copy into class folders…", tip, self._sort, sign="folder")
        self.use = QPushButton(icon("add"), "Use pictures")
        self.use.setToolTip("Put pictures into a data set, or copy them into class folders")
        menu = QMenu(self.use)
        menu.addActions([self.right, self.other, self.sort])
        self.use.setMenu(menu)
        self.filter = self._filter_choice()
        self._lay_out()

    def save_table(self, path: Path) -> None:
        """Write all results as CSV, in the order they came."""
        if attempt(self, lambda: save_csv(path, self._view.table.table())):
            self.said.emit(f"Saved “{path}”.")

    def _lay_out(self) -> None:
        left, right = (self.pictures, self.folder, self.paste), (self.copy, self.export, self.clear)
        WrappingRow(*map(button, left), self.use, None, self.filter, *map(button, right), inside=self)

    def _keep_as_predicted(self) -> None:
        files = [(path, name) for path, name in self._view.table.files(selected=True) if name]
        if files:
            self.keep_wanted.emit(files)

    def _keep_as(self) -> None:
        """Ask for the class of the selected pictures."""
        if self._view.table.files(selected=True):
            self.picker = ClassPicker(self._view.table.class_names, self._view.table)
            self.picker.chosen.connect(self._keep_as_class)
            self.picker.open_at(self.use.mapToGlobal(self.use.rect().bottomLeft()))

    def _keep_as_class(self, name: str) -> None:
        self.keep_wanted.emit([(path, name) for path, _ in self._view.table.files(selected=True)])

    def _sort(self) -> None:
        files = [(path, name) for path, name in self._view.table.files() if name]
        if files:
            self.folders_wanted.emit(files)

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
