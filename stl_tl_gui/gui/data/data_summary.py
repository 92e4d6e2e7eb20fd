"""The open data: its name, notes, classes, and the files left out."""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget

from stl_tl_gui.gui.data.split_titles import SPLIT_TITLES
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset, UnreadablePicture
    from stl_tl_gui.gui.data.data_tabs import DataTabs
    from stl_tl_gui.gui.data.division_bar import DivisionBar


class DataSummary(QWidget):
    """Empty, with a hint what to do, until a Dataset is set."""

    train_requested = Signal()
    label_requested = Signal()
    settings_requested = Signal()
    correct_requested = Signal(str, list)
    undo_requested = Signal(list)
    settings_wanted = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = theme.heading("")
        self._counts = theme.muted("No data is open yet. Choose one of the three sources above.")
        self._notes = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._others = QPushButton(icon("refresh"), "Other pictures")
        self._others.setToolTip("Show other random pictures of each class")
        self._settings = QPushButton(icon("train"), "Settings…")
        self._settings.setToolTip("Choose the backbone, what to freeze, and more on the Train page")
        self._settings.clicked.connect(self.settings_requested)
        self._train = theme.primary(QPushButton(icon("play", "accent_text"), "Train on this data"))
        self._train.setToolTip("Start training with the settings on the Train page")
        self._train.clicked.connect(self.train_requested)
        self._label = QPushButton(icon("pencil"), "Label…")
        self._label.setToolTip("Give the unlabeled pictures their classes, by single keys")
        self._label.clicked.connect(self.label_requested)
        self._left_out = LeftOut()
        self._buttons = (self._others, self._settings, self._train)
        for part in (self._notes, self._label, *self._buttons, self._left_out):
            part.hide()
        self._lay_out()

    def set_dataset(self, dataset: "Dataset") -> None:
        self._name.setText(dataset.name)
        self._name.setToolTip(dataset.location)
        self._counts.setText(counts_in_words(dataset))
        self._notes.setText("\n".join(dataset.notes))
        self._notes.setVisible(bool(dataset.notes))
        self.division.set_dataset(dataset)
        self._left_out.set_files(dataset.unreadable)
        self.tabs.set_dataset(dataset)
        for button in self._buttons:
            button.show()
        self._label.setVisible("unlabeled" in dataset.splits)
        self._train.setEnabled(not dataset.unready)
        self._train.setToolTip(dataset.unready or "Start training with the settings on the Train page")

    def focus_training(self) -> None:
        """The keyboard is on what comes next."""
        self._train.setFocus()

    @cached_property
    def division(self) -> "DivisionBar":
        """Made with the first data, as the tabs are."""
        from stl_tl_gui.gui.data.division_bar import DivisionBar

        division = DivisionBar()
        division.changed.connect(self.settings_wanted)
        self._column.insertWidget(1, division)
        return division

    @cached_property
    def tabs(self) -> "DataTabs":
        """Made with the first data: its imports would slow down the start."""
        from stl_tl_gui.gui.data.data_tabs import CLASSES, DataTabs

        tabs = DataTabs()
        self._others.clicked.connect(tabs.classes.show_others)
        tabs.currentChanged.connect(lambda place: self._others.setEnabled(place == CLASSES))
        tabs.correct_requested.connect(self.correct_requested)
        tabs.undo_requested.connect(self.undo_requested)
        tabs.settings_wanted.connect(self.settings_wanted)
        self._column.insertWidget(2, tabs, 1)
        return tabs

    def _lay_out(self) -> None:
        texts = layouts.column(self._name, self._counts, self._notes, spacing=theme.SMALL)
        top = layouts.row(
            (texts, 1), *((button, 0, Qt.AlignmentFlag.AlignBottom) for button in (self._label, *self._buttons))
        )
        self._column = layouts.column(top, self._left_out, None, inside=self, spacing=theme.MEDIUM)


def counts_in_words(dataset: "Dataset") -> str:
    """ "10 classes · 450 training · 50 validation · 800 test pictures"."""
    counts = dataset.counts()
    parts = [f"{counts[name]:,} {title}" for name, title in SPLIT_TITLES.items() if counts.get(name)]
    return " · ".join([f"{len(dataset.class_names):,} classes", *parts]) + " pictures"


class LeftOut(QWidget):
    """An expandable list of the files that could not be read, and why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fold = QToolButton(autoRaise=True)
        self._fold.setCheckable(True)
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._copy = QPushButton(icon("copy"), "Copy list")
        self._list = QPlainTextEdit(readOnly=True)
        self._list.setAccessibleName("Files left out")
        self._list.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._list.setFixedHeight(110)
        self._fold.toggled.connect(self._unfold)
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._list.toPlainText()))
        row = layouts.row(self._fold, None, self._copy)
        layouts.column(row, self._list, inside=self)
        self._unfold(False)

    def set_files(self, files: "tuple[UnreadablePicture, ...]") -> None:
        self._fold.setText("Files left out: {count}".format(count=f"{len(files):,}"))
        self._fold.setChecked(False)
        self._list.setPlainText("\n".join(f"{file.id}: {file.reason}" for file in files))
        self.setVisible(bool(files))

    def _unfold(self, open_: bool) -> None:
        self._fold.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self._list.setVisible(open_)
        self._copy.setVisible(open_)
