"""LabelView: labels pictures by single keys, a group of similar ones at a time."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QImage, QKeySequence
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu, QProgressBar, QPushButton, QSplitter, QWidget

from stl_tl_gui.engine.data.division import joined
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job
from stl_tl_gui.gui.label.class_buttons import ClassButtons
from stl_tl_gui.gui.label.labels import Labels
from stl_tl_gui.gui.label.picture_grid import ROW_ROLE, PictureGrid
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, make_action, set_keys
from stl_tl_gui.gui.widgets.choosing import choose_new_file
from stl_tl_gui.gui.widgets.class_picker import ClassPicker, meant
from stl_tl_gui.gui.widgets.dialogs import attempt, sentence_of, show_error
from stl_tl_gui.gui.widgets.folder_copying import FolderCopying
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.job_line import JobLine
from stl_tl_gui.gui.widgets.thumbnails import to_qimage
from stl_tl_gui.gui.widgets.zoom_view import ZoomView
from stl_tl_gui.words.quantities import number_of

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset, ImageSet
    from stl_tl_gui.engine.events import Progress

_BY_NAME = 15
"""Pictures in a group while it is not known which look alike."""
_TO_LABEL, _UNSURE, _ALL = "To label", "Not sure", "All"
_KEYS = (
    "A number, or the first letters of a class, labels the selected pictures. Space or a click selects or leaves out, "
    "Ctrl+A selects all, arrows move, ? means not sure, Enter goes on to the next group, Ctrl+Z takes back."
)


class LabelView(QWidget):
    """Each label is saved at once, in a list beside the pictures; the files stay as they are."""

    done = Signal()
    """All is saved, and the user wants to leave."""
    train_requested = Signal()
    """All is saved, and the user wants to train on it."""
    said = Signal(str)

    def __init__(self, data: "Dataset", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = _all_pictures(data)
        self.labels = Labels(data.location, data.corrections, self)
        self._groups = _groups_by_name(len(self.images))
        self._group = 0
        self.knows_what_is_alike = False
        """Whether groups are of pictures that look alike."""
        self.names = QLineEdit()
        self.classes, self.show_what = ClassButtons(), QComboBox()
        self.grid, self.preview = PictureGrid(self.images, self.labels), ZoomView()
        self.heading, self.note, self.line = theme.heading(""), theme.muted(_KEYS), JobLine()
        self.progress, self.count = QProgressBar(), QLabel()
        self._name = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.train = theme.primary(QPushButton(icon("play", "accent_text"), "Train"))
        self.leave, self.export = QPushButton("Done"), QPushButton(icon("save"), "Export labels")
        self.undo = make_action(self, "Undo", "Take the last label back", self._undo, sign="undo", keys=_keys("Undo"))
        self.redo = make_action(self, "Redo", "Label again", self._redo, sign="redo", keys=_keys("Redo"))
        self.next = make_action(
            self.grid,
            "Next group",
            "Go on without labeling the rest",
            self.go_on,
            keys=[QKeySequence(Qt.Key.Key_Return)],
        )
        self.picker: ClassPicker | None = None
        self.copying = FolderCopying(self)
        self.looking, self._reading = LatestJob(self), LatestJob(self)
        self._set_up()
        self._lay_out()
        self._connect()
        self._follow()
        self._show_group()

    def start(self) -> None:
        """Find out in the background which pictures look alike."""
        self.looking.start(_groups_job(self.images))
        self.line.show()

    def type(self, text: str) -> None:
        """Label the selected pictures by a key."""
        names = self.labels.class_names
        if text == "?":
            self._apply(self.labels.doubt)
        elif text.isdecimal() and len(text) == 1:
            place = (int(text) - 1) % 10
            if place < len(names):
                self.label(names[place])
        elif (only := meant(names, text)) is not None:
            self.label(only)
        elif names:
            self.picker = ClassPicker(names, self.grid, text)
            self.picker.chosen.connect(self.label)
            self.picker.open_at(self.grid.mapToGlobal(self.grid.rect().center()))

    def label(self, name: str) -> None:
        """Give the selected pictures a class."""
        self._apply(lambda ids: self.labels.label(ids, name))

    def go_on(self) -> None:
        """Show the next group with something to label, from the start again after the last."""
        n = len(self._groups)
        order = [(self._group + step) % n for step in range(1, n + 1)] if n else []
        self._group = next((number for number in order if self._left_in(number)), self._group)
        self._show_group()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.looking.drop()
        self._reading.drop()
        super().closeEvent(event)

    def _apply(self, say: Callable[[list[str]], object]) -> None:
        rows = self.grid.chosen()
        if not rows:
            return
        say([self.images.ids[row] for row in rows])
        if self.show_what.currentText() == _TO_LABEL and not self._left_in(self._group):
            self.go_on()
        else:
            self._show_group()

    def _undo(self) -> None:
        self._go_to(self.labels.undo())

    def _redo(self) -> None:
        self._go_to(self.labels.redo())

    def _go_to(self, ids: Sequence[str]) -> None:
        """Show the group of some pictures."""
        rows = {row for row, id in enumerate(self.images.ids) if id in set(ids)}
        self._group = next((n for n, group in enumerate(self._groups) if rows & set(group)), self._group)
        self._show_group()

    def _left_in(self, group: int) -> list[int]:
        return [row for row in self._groups[group] if not self.labels.is_seen(self.images.ids[row])]

    def _show_group(self) -> None:
        """Show what is chosen: a group of pictures to label, or all of a kind."""
        what = self.show_what.currentText()
        if what == _TO_LABEL:
            rows = self._left_in(self._group) if self._groups else []
            left = sum(bool(self._left_in(number)) for number in range(len(self._groups)))
            alike = "alike" if self.knows_what_is_alike else "by name"
            text = f"{number_of(len(rows), 'picture')} {alike}: {number_of(left, 'group')} to go"
            self.heading.setText(text if left else "All pictures are labeled.")
        else:
            ids = self.images.ids
            rows = [row for group in self._groups for row in group if self._is(what, ids[row])]
            self.heading.setText(number_of(len(rows), "picture"))
        self.grid.show_rows(rows, select=what == _TO_LABEL)
        self.next.setEnabled(what == _TO_LABEL)

    def _is(self, what: str, id: str) -> bool:
        """Whether a picture is of a kind that can be chosen to be shown."""
        if what == _UNSURE:
            return self.labels.is_unsure(id)
        return what in (_ALL, self.labels.label_of(id))

    def _follow(self) -> None:
        """Show how far labeling is, and what can be done."""
        labels, ids = self.labels, self.images.ids
        counts = Counter(name for id in ids if (name := labels.label_of(id)))
        unsure, n = sum(map(labels.is_unsure, ids)), len(ids)
        self.classes.show_classes([(name, counts[name]) for name in labels.class_names])
        self.progress.setRange(0, n)
        self.progress.setValue(sum(counts.values()))
        doubt = f", {unsure:,} not sure" if unsure else ""
        self.count.setText(f"{sum(counts.values()):,} of {n:,} labeled{doubt}")
        enough = sum(count > 1 for count in counts.values()) >= 2
        self.train.setEnabled(enough)
        ready = "Train a model on the labeled pictures" if enough else "Label two pictures of each of two classes first"
        self.train.setToolTip(ready)
        self.export.setEnabled(bool(counts))
        self.undo.setEnabled(labels.can_undo)
        self.redo.setEnabled(labels.can_redo)
        chosen = self.show_what.currentText()
        kinds = [_TO_LABEL, _UNSURE, _ALL, *labels.class_names]
        if kinds != [self.show_what.itemText(row) for row in range(self.show_what.count())]:
            self.show_what.blockSignals(True)
            self.show_what.clear()
            self.show_what.addItems(kinds)
            self.show_what.setCurrentIndex(max(0, self.show_what.findText(chosen)))
            self.show_what.blockSignals(False)

    def _add_classes(self) -> None:
        """Make the classes that were typed; from then on the keyboard labels."""
        from stl_tl_gui.engine.data.additions import BadClassName, require_class_name

        names = [" ".join(name.split()) for name in self.names.text().replace(";", ",").split(",") if name.strip()]
        try:
            for name in names:
                require_class_name(name)
        except BadClassName as error:
            show_error(self, error)
            return
        self.names.clear()
        self.labels.add_classes(names)
        self.grid.setFocus()

    def _alike(self, groups: list[list[int]]) -> None:
        """The groups are known: begin with the first that has something to label."""
        self.knows_what_is_alike = True
        self._groups, self._group = groups, -1
        self.go_on()

    def _not_alike(self, error: Exception) -> None:
        self.note.setText(f"{sentence_of(error) or error} The pictures are in order of their names. {_KEYS}")

    def _show_picture(self, current: QModelIndex) -> None:
        if current.isValid():
            row = current.data(ROW_ROLE)
            self._name.setText(self.images.ids[row])
            self._reading.start(_picture_job(self.images, row))

    def _show_pixels(self, image: QImage) -> None:
        from PySide6.QtGui import QPixmap

        self.preview.show_pixmap(QPixmap.fromImage(image))

    def _labeled(self) -> list[tuple[int, str]]:
        """The rows of the labeled pictures, and their classes."""
        found = ((row, self.labels.label_of(id)) for row, id in enumerate(self.images.ids))
        return [(row, name) for row, name in found if name]

    def _save_table(self) -> None:
        from stl_tl_gui.engine.data.labels import write_labels

        path = choose_new_file(self, "export", "Save the labels", "labels.csv", "CSV table (*.csv)")
        if path is not None:
            rows = [(self.images.ids[row], name) for row, name in self._labeled()]
            if attempt(self, lambda: write_labels(path, rows)):
                self.said.emit(f"Saved “{path}”.")

    def _copy_folders(self) -> None:
        files = [(path, name) for row, name in self._labeled() if (path := self.images.path(row)) is not None]
        self.copying.choose(files)

    def _show_copying(self, event: "Progress") -> None:
        self.line.show()
        self.line.show_progress(event)

    def _connect(self) -> None:
        self.labels.changed.connect(self._follow)
        self.labels.failed.connect(lambda error: show_error(self, error))
        self.names.returnPressed.connect(self._add_classes)
        self.classes.chosen.connect(self.label)
        self.show_what.currentIndexChanged.connect(self._show_group)
        self.grid.typed.connect(self.type)
        self.grid.selectionModel().currentChanged.connect(self._show_picture)
        self.looking.happened.connect(self.line.show_progress)
        self.looking.result.connect(self._alike)
        self.looking.failed.connect(self._not_alike)
        self.looking.ended.connect(self.line.hide)
        self.line.cancelled.connect(self.looking.stop)
        self._reading.result.connect(self._show_pixels)
        self.train.clicked.connect(lambda: self.labels.when_saved(self.train_requested.emit))
        self.leave.clicked.connect(lambda: self.labels.when_saved(self.done.emit))
        self.copying.progressed.connect(self._show_copying)
        self.copying.ended.connect(self.line.hide)
        self.copying.said.connect(self.said)
        self.line.cancelled.connect(self.copying.stop)

    def _set_up(self) -> None:
        self.names.setPlaceholderText("Class names, such as: cat, dog, bird")
        self.names.setAccessibleName("New classes")
        self.names.setToolTip("Type class names with commas between them, and press Enter")
        self.show_what.setAccessibleName("Which pictures")
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Labeled pictures")
        menu = QMenu(self.export)
        menu.addAction("Table of labels…", self._save_table)
        menu.addAction("Copy into class folders…", self._copy_folders)
        self.export.setMenu(menu)
        self.export.setToolTip("Save labels as a table, or copy the pictures into class folders")
        self.leave.setToolTip("Back to the data")
        self.preview.setMinimumSize(QSize(200, 200))
        self._name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.line.hide()
        set_keys(self.grid, {"1 to 9, 0": "Label the selected pictures", "?": "Not sure", "Space": "Select a picture"})

    def _lay_out(self) -> None:
        top = layouts.row(theme.title("Label"), (self.progress, 1), self.count, self.export, self.leave, self.train)
        made = layouts.row((self.names, 1), button(self.undo), button(self.redo))
        what = layouts.row((self.heading, 1), self.grid.slider(), button(self.next), self.show_what)
        side = QWidget()
        layouts.column((self.preview, 1), self._name, inside=side, spacing=theme.SMALL)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.grid)
        halves.addWidget(side)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        parts = (top, made, self.classes, what, (halves, 1), self.line, self.note)
        layouts.column(*parts, inside=self, spacing=theme.MEDIUM)


def _keys(name: str) -> list[QKeySequence]:
    return QKeySequence.keyBindings(QKeySequence.StandardKey[name])


def _all_pictures(data: "Dataset") -> "ImageSet":
    """The pictures that labels are for, by name: all where no folder names a class, else the unlabeled ones."""
    import numpy as np

    flat = all("/" not in id or id.startswith("unlabeled/") for images in data.splits.values() for id in images.ids)
    parts = list(data.splits.values()) if flat else [data.splits["unlabeled"]]
    pictures = joined(parts)
    return pictures.subset(np.array(sorted(range(len(pictures)), key=pictures.ids.__getitem__), np.int64))


def _groups_by_name(n: int) -> list[list[int]]:
    return [list(range(start, min(start + _BY_NAME, n))) for start in range(0, n, _BY_NAME)]


def _groups_job(images: "ImageSet") -> Job:
    """Returns the rows of the pictures in groups that look alike. Raises WeightsMissing."""

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[list[int]]]:
        import_engine()
        from stl_tl_gui.engine.training.likeness_groups import groups_of
        from stl_tl_gui.engine.training.picture_features import picture_features

        features = yield from picture_features(images, should_stop)
        return [rows.tolist() for rows in groups_of(features)]

    return job


def _picture_job(images: "ImageSet", row: int) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, QImage]:
        yield from ()
        try:
            return to_qimage(images.read(row, at_least=800))
        except UserError:
            return QImage()

    return job
