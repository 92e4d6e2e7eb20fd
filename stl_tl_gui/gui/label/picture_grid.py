"""PictureGrid: pictures to label as cards; what is selected gets the next label."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.gui.label.labels import Labels
from stl_tl_gui.gui.widgets import picture_cards as cards
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.picture_cards import CardView, Index
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails

ROW_ROLE = Qt.ItemDataRole.UserRole + 1


class _Pictures(QAbstractListModel):
    """Some pictures of a set, in some order."""

    def __init__(self, images: ImageSet, labels: Labels, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self.images, self.labels, self.rows = images, labels, list[int]()
        self.thumbnails = thumbnails
        self.thumbnails.ready.connect(self._ready)
        labels.changed.connect(self._changed)

    def show_rows(self, rows: Sequence[int]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def caption(self, place: int) -> str:
        """“cat”, “not sure”, or nothing."""
        id = self.images.ids[self.rows[place]]
        return self.labels.label_of(id) or ("not sure" if self.labels.is_unsure(id) else "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            caption = self.caption(index.row()) or "not labeled"
            return "\n".join(filter(None, (self.images.ids[row], caption, self.thumbnails.failure(row))))
        return None

    def _ready(self, row: int) -> None:
        if row in self.rows:
            place = self.index(self.rows.index(row))
            self.dataChanged.emit(place, place)

    def _changed(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))


class _Card(QStyledItemDelegate):
    """The thumbnail above the picture's class."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return cards.card_size(option)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Pictures)
        painter.save()
        card = cards.paint_ground(painter, option)
        cards.paint_thumbnail(painter, card, model.thumbnails.pixmap(model.rows[index.row()]))
        line, text = cards.text_line(painter, card), model.caption(index.row())
        painter.setPen(
            theme.color("good" if model.labels.label_of(model.images.ids[model.rows[index.row()]]) else "muted")
        )
        elided = painter.fontMetrics().elidedText(text or "?", Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, elided)
        painter.restore()


class PictureGrid(CardView):
    """All shown pictures are selected at first: the odd ones out are clicked away."""

    typed = Signal(str)
    """A number, a letter or “?”, to be taken as a label."""

    def __init__(self, images: ImageSet, labels: Labels, parent: QWidget | None = None) -> None:
        super().__init__("Pictures to label", parent)
        self.set_reader(images.read)
        self.pictures = _Pictures(images, labels, self.thumbnails, self)
        self.setItemDelegate(_Card(self))
        self.setModel(self.pictures)
        self.setSelectionMode(QListView.SelectionMode.MultiSelection)

    def show_rows(self, rows: Sequence[int], *, select: bool) -> None:
        """Show these pictures, all of them selected or none, the keyboard at the first."""
        self.pictures.show_rows(rows)
        flags = QItemSelectionModel.SelectionFlag
        if rows:
            first, last = self.pictures.index(0), self.pictures.index(len(rows) - 1)
            chosen = QItemSelection(first, last) if select else QItemSelection()
            self.selectionModel().select(chosen, flags.ClearAndSelect)
            self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
        self.scrollToTop()

    def chosen(self) -> list[int]:
        """The selected pictures, or the one that has the keyboard."""
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        current = self.currentIndex()
        return [self.pictures.rows[place] for place in places or ([current.row()] if current.isValid() else [])]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space selects, arrows only move; with Shift they select on the way."""
        text = event.text()
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if plain and text.strip() and text.isprintable():
            self.typed.emit(text)
        else:
            super().keyPressEvent(event)
