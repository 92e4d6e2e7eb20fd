"""Shows pictures and fixes their labels: leave out, change class, or move to another split."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from stl_tl_gui.engine.data.corrections import LABELED_SPLITS, Correction, leave_out, move, relabel
from stl_tl_gui.gui.data.split_titles import SPLIT_TITLES
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets import picture_cards as cards
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.picture_cards import CardReader, CardView, Index
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset


class CorrectablePictures(QAbstractListModel):
    """Some pictures of a data set with the correction marked for each."""

    def __init__(self, dataset: "Dataset", ids: Sequence[str], thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._names = dataset.class_names
        places = {id: (split, row) for split, images in dataset.splits.items() for row, id in enumerate(images.ids)}
        self.ids = [id for id in ids if id in places]
        self.marks: dict[str, Correction] = {}
        """What will be corrected, by the picture's id."""
        self._places = [places[id] for id in self.ids]
        self._images = dataset.splits
        self.thumbnails = thumbnails
        self.thumbnails.ready.connect(lambda row: self.dataChanged.emit(self.index(row), self.index(row)))

    def reader(self) -> CardReader:
        """Reads pictures by their rows, and keeps no widget alive."""
        places, images = self._places, self._images
        return lambda row, at_least: images[places[row][0]].read(places[row][1], at_least)

    def mark(self, corrections: Sequence[Correction]) -> None:
        """Mark corrections, replacing earlier marks of these pictures."""
        self.marks |= {each.picture: each for each in corrections}
        self.dataChanged.emit(self.index(0), self.index(len(self.ids) - 1))

    def unmark(self, ids: Sequence[str]) -> None:
        for id in ids:
            self.marks.pop(id, None)
        self.dataChanged.emit(self.index(0), self.index(len(self.ids) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        id = self.ids[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.class_of(index.row())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            failure = self.thumbnails.failure(index.row())
            return "\n".join(filter(None, (f"{self.class_of(index.row())} · {id}", self.mark_in_words(id), failure)))
        return None

    def class_of(self, row: int) -> str:
        """“cat · training”"""
        split, place = self._places[row]
        label = int(self._images[split].targets[place])
        name = self._names[label] if label >= 0 else "no class"
        return f"{name} · {SPLIT_TITLES[split]}"

    def mark_in_words(self, id: str) -> str:
        """The marked correction of a picture; empty if none."""
        mark = self.marks.get(id)
        return "" if mark is None else correction_in_words(mark)


def correction_in_words(correction: Correction) -> str:
    """“left out”, “→ cat”, “→ validation”."""
    if correction.what == "leave_out":
        return "left out"
    return "→ " + (SPLIT_TITLES[correction.value] if correction.what == "split" else correction.value)


class _CorrectionCard(QStyledItemDelegate):
    """The picture, its class and split, and what will be corrected."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return cards.card_size(option, room=44)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, CorrectablePictures)
        painter.save()
        card = cards.paint_ground(painter, option)
        id = model.ids[index.row()]
        mark = model.marks.get(id)
        painter.setOpacity(0.35 if mark is not None and mark.what == "leave_out" else 1.0)
        cards.paint_thumbnail(painter, card, model.thumbnails.pixmap(index.row()))
        painter.setOpacity(1.0)
        metrics = painter.fontMetrics()
        line = cards.text_line(painter, card)
        middle = Qt.AlignmentFlag.AlignCenter
        painter.setPen(theme.color("text"))
        text = metrics.elidedText(model.class_of(index.row()), Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, middle, text)
        painter.setPen(theme.color("muted" if mark is None else "accent"))
        below = metrics.elidedText(model.mark_in_words(id), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line.translated(0, metrics.height()), middle, below)
        painter.restore()


class CorrectionsDialog(QDialog):
    """Corrections are marked on the pictures first; “Apply” saves them together."""

    corrected = Signal(str, list)
    """A title for the step, and its corrections."""

    def __init__(
        self,
        dataset: "Dataset",
        ids: Sequence[str],
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dataset = dataset
        self.list = CardView(title)
        self.pictures = CorrectablePictures(dataset, ids, self.list.thumbnails, self)
        self._set_up_list()
        self.count = theme.muted("")
        self.leave_out = make_action(
            self.list, "Leave out", "Train and test without the selected pictures",
            lambda: self.pictures.mark(leave_out(self._selected())),
            sign="close", keys=[QKeySequence(Qt.Key.Key_Delete)],
        )  # fmt: skip
        self.keep = make_action(
            self.list, "Reset", "Remove the marked corrections from the selected pictures",
            lambda: self.pictures.unmark(self._selected()), sign="undo", keys=[QKeySequence(Qt.Key.Key_Backspace)],
        )  # fmt: skip
        self.relabel = QPushButton(icon("pencil"), "Change class")
        self.move_to = QPushButton(icon("folder"), "Move to split")
        self._fill_menus()
        self.buttons = QDialogButtonBox()
        self.apply = self.buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self._apply)
        self.buttons.rejected.connect(self.reject)
        self.pictures.dataChanged.connect(self._follow)
        self.list.selectionModel().selectionChanged.connect(self._follow)
        self._lay_out(title)
        self._follow()

    def _selected(self) -> list[str]:
        return [self.pictures.ids[index.row()] for index in self.list.selectionModel().selectedIndexes()]

    def _apply(self) -> None:
        marks = list(self.pictures.marks.values())
        self.accept()
        if marks:
            self.corrected.emit(title_of(marks), marks)

    def _follow(self) -> None:
        selected, marked = len(self._selected()), len(self.pictures.marks)
        for widget in (self.leave_out, self.keep, self.relabel, self.move_to):
            widget.setEnabled(selected > 0)
        self.apply.setEnabled(marked > 0)
        many = "Apply 1 correction" if marked == 1 else "Apply {n} corrections".format(n=f"{marked:,}")
        self.apply.setText(many if marked else "Apply")
        n = self.pictures.rowCount()
        self.count.setText(
            "{n} pictures, {selected} selected. No files are changed.".format(n=f"{n:,}", selected=f"{selected:,}")
        )

    def _fill_menus(self) -> None:
        classes, splits = QMenu(self), QMenu(self)
        for name in self._dataset.class_names:
            action = classes.addAction(name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, name=name: self.pictures.mark(relabel(self._selected(), name)))
        for split in LABELED_SPLITS:
            action = splits.addAction(SPLIT_TITLES[split])
            action.triggered.connect(lambda _=False, split=split: self.pictures.mark(move(self._selected(), split)))
        self.relabel.setMenu(classes)
        self.relabel.setToolTip("Change the class of the selected pictures")
        self.move_to.setMenu(splits)
        self.move_to.setToolTip("Move the selected pictures to another split")

    def _set_up_list(self) -> None:
        self.list.set_reader(self.pictures.reader())
        self.list.setItemDelegate(_CorrectionCard(self.list))
        self.list.setModel(self.pictures)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        copyable(self.list, self._table)

    def _table(self) -> list[list[Any]]:
        model = self.pictures
        rows = [[id, model.class_of(row), model.mark_in_words(id)] for row, id in enumerate(model.ids)]
        return [["picture", "class", "correction"], *rows]

    def _lay_out(self, title: str) -> None:
        heading = QLabel(title, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        row = QWidget()
        WrappingRow(button(self.leave_out), self.relabel, self.move_to, button(self.keep), inside=row)
        bottom = layouts.row((self.count, 1), self.buttons)
        layouts.column(heading, row, (self.list, 1), bottom, inside=self, spacing=theme.MEDIUM, margins=layouts.PAGE)
        self.resize(820, 560)


def title_of(corrections: Sequence[Correction]) -> str:
    """“Leave out 3, change the class of 2”"""
    counts = {what: sum(each.what == what for each in corrections) for what in ("leave_out", "class", "split")}
    words = {"leave_out": "leave out {n}", "class": "change the class of {n}", "split": "move {n} to another split"}
    parts = [words[what].format(n=n) for what, n in counts.items() if n]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]
