"""PictureList: a grid of thumbnails with their predictions, which scrolls smoothly over any number of pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from stl_tl_gui.engine.data.corrections import Effect
from stl_tl_gui.engine.evaluation.relabeled import Relabeled
from stl_tl_gui.engine.runs.predictions import Predictions
from stl_tl_gui.gui.data.split_titles import SPLIT_TITLES
from stl_tl_gui.gui.evaluate.picture_filter import Rows
from stl_tl_gui.gui.evaluate.split_pictures import SplitPictures
from stl_tl_gui.gui.widgets import picture_cards as cards
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.elided_names import elided_name
from stl_tl_gui.gui.widgets.picture_cards import CardView, Index
from stl_tl_gui.gui.widgets.table_text import Row
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails
from stl_tl_gui.words.prediction import answer_in_words
from stl_tl_gui.words.quantities import percent

_NARROW = 96
"""Two cards with pictures of so many pixels fit beside each other, even in a narrow window."""
_FAINT = 0.35
"""Opacity of a picture that is left out."""
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""The row of the prediction table behind an item."""


def fix_in_words(effect: Effect) -> str:
    """“left out”, “now dog”, “moved to training”."""
    if effect.left_out:
        return "left out"
    if effect.class_name is not None:
        return f"now {effect.class_name}"
    return f"moved to {SPLIT_TITLES[effect.split or 'train'].lower()}"


def loss_in_words(loss: float) -> str:
    """Three digits; a sure prediction, whose loss may round to just below zero, has 0.000."""
    return f"{loss:.3f}".replace("-0.000", "0.000")


class PictureRows(QStringListModel):
    """Some rows of a prediction table in some order.

    Qt asks for the number of rows once per row while it lays out. A list of empty strings answers without Python,
    which makes showing 100,000 rows ten times faster than a list model of our own.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.predictions: Predictions | None = None
        self.rows: Rows = np.zeros(0, np.int64)
        self.fixes: dict[int, str] = {}
        """What was corrected, in words, by row of the table."""
        self.left_out: set[int] = set()
        self._positions: Rows = np.zeros(0, np.int64)
        self.thumbnails = thumbnails

    def show_rows(self, predictions: Predictions | None, rows: Rows) -> None:
        self.predictions, self.rows = predictions, rows
        self._positions = np.full(len(predictions) if predictions else 0, -1, np.int64)
        self._positions[rows] = np.arange(len(rows))
        self.setStringList([""] * len(rows))

    def show_labels(self, now: Relabeled) -> None:
        """Show the same rows with the labels of today."""
        self.predictions = now.table
        self.fixes = {row: fix_in_words(effect) for row, effect in now.changed.items()}
        self.left_out = {row for row, effect in now.changed.items() if effect.left_out}

    def position(self, row: int) -> int:
        """Where a row of the table is shown, or -1."""
        return int(self._positions[row]) if 0 <= row < len(self._positions) else -1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        assert self.predictions is not None
        row = int(self.rows[index.row()])
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self.predictions.class_names[self.predictions.predicted[row]]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._sentence(row)
        return None

    def _sentence(self, row: int) -> str:
        table = self.predictions
        assert table is not None
        said, true = table.class_names[table.predicted[row]], table.class_names[table.targets[row]]
        figures = f"Confidence {percent(float(table.confidence[row]))}, loss {loss_in_words(float(table.loss[row]))}"
        failure, fix = self.thumbnails.failure(row), self.fixes.get(row, "")
        corrected = f"Corrected: {fix}" if fix else ""
        return "\n".join(filter(None, (answer_in_words(said, true), figures, corrected, table.ids[row], failure)))


class _PictureCard(QStyledItemDelegate):
    """The thumbnail, the predicted class with its confidence, and for mistakes the true class and a red frame."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return cards.card_size(option)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, PictureRows)
        table = model.predictions
        assert table is not None
        row = int(model.rows[index.row()])
        wrong = bool(table.predicted[row] != table.targets[row])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = cards.paint_ground(painter, option)
        painter.setOpacity(_FAINT if row in model.left_out else 1.0)
        place = cards.paint_thumbnail(painter, card, model.thumbnails.pixmap(row))
        if wrong:
            _paint_wrong(painter, place)
        painter.setOpacity(1.0)
        names = table.class_names
        said = _line(painter, card, "Said ", names[table.predicted[row]], names)
        _paint_texts(painter, card, said, f"{table.confidence[row]:.0%}")
        if row in model.fixes:
            _paint_below(painter, card, _line(painter, card, "✎ ", model.fixes[row], names), "accent")
        elif wrong:
            _paint_below(painter, card, _line(painter, card, "really ", names[table.targets[row]], names), "bad")
        painter.restore()


def _paint_wrong(painter: QPainter, place: QRect) -> None:
    """A red frame with a cross in its corner."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("bad"), 2))
    painter.drawRect(place)
    badge = QRect(place.right() - 17, place.top(), 18, 18)
    painter.fillRect(badge, theme.color("bad"))
    painter.setPen(QPen(theme.color("base"), 2))
    cross = badge.adjusted(5, 5, -5, -5)
    painter.drawLine(cross.topLeft(), cross.bottomRight())
    painter.drawLine(cross.topRight(), cross.bottomLeft())


def _line(painter: QPainter, card: QRect, before: str, name: str, names: Sequence[str]) -> str:
    """A word and the name of a class, which is shortened where it does not fit."""
    room = cards.text_line(painter, card).width() - painter.fontMetrics().horizontalAdvance(before)
    return before + elided_name(name, names, painter.font(), room)


def _paint_texts(painter: QPainter, card: QRect, said: str, confidence: str) -> None:
    """“Said deer”, and the confidence where there is room."""
    metrics = painter.fontMetrics()
    line = cards.text_line(painter, card)
    if metrics.horizontalAdvance(said) + cards.PAD + metrics.horizontalAdvance(confidence) <= line.width():
        painter.setPen(theme.color("muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, confidence)
    painter.setPen(theme.color("text"))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)


def _paint_below(painter: QPainter, card: QRect, text: str, color: str) -> None:
    """The second line: “really dog”, “now dog”."""
    metrics = painter.fontMetrics()
    line = cards.text_line(painter, card).translated(0, metrics.height())
    painter.setPen(theme.color(color))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


class PictureList(CardView):
    """Shows rows of a prediction table. Pictures are read when they come into view."""

    opened = Signal(int)
    """The row of the table that was double-clicked, or chosen with Enter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Pictures", parent)
        self.pictures = PictureRows(self.thumbnails, self)
        self.setItemDelegate(_PictureCard(self))
        copyable(self, self.table)
        self.setModel(self.pictures)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setMinimumWidth(2 * cards.size_around(_NARROW, self.fontMetrics()).width() + 30)
        self.thumbnails.ready.connect(self._repaint)
        self.activated.connect(lambda index: self.opened.emit(index.data(ROW_ROLE)))

    def table(self) -> list[Row]:
        """The pictures as shown: a header, then id, classes, and figures as fractions."""
        shown, table = self.pictures.rows, self.pictures.predictions
        rows: list[Row] = [["image", "target", "predicted", "confidence", "loss"]]
        if table is not None:
            names = table.class_names
            rows += [
                [table.ids[i], names[table.targets[i]], names[table.predicted[i]], *map(float, figures)]
                for i, *figures in zip(shown, table.confidence[shown], table.loss[shown], strict=True)
            ]
        return rows

    def set_pictures(self, source: SplitPictures | None) -> None:
        """Where the pictures come from; without it there are placeholders."""
        self.set_reader(None if source is None else source.read)

    def show_rows(self, predictions: Predictions | None, rows: Rows) -> None:
        self.pictures.show_rows(predictions, rows)
        self.scrollToTop()

    def show_labels(self, now: Relabeled) -> None:
        """Show the same pictures, at the same place, with the labels of today."""
        self.pictures.show_labels(now)
        self.viewport().update()

    def chosen(self) -> list[int]:
        """The rows of the table whose pictures are selected."""
        return [int(index.data(ROW_ROLE)) for index in self.selectionModel().selectedIndexes()]

    def begin(self) -> None:
        """Give the keyboard to the first picture."""
        if self.pictures.rowCount():
            self.setCurrentIndex(self.pictures.index(0))
            self.setFocus()

    def go_to(self, row: int) -> None:
        """Select a row of the table, if it is shown, and scroll to it."""
        position = self.pictures.position(row)
        if position >= 0:
            self.setCurrentIndex(self.pictures.index(position))

    def _repaint(self, row: int) -> None:
        position = self.pictures.position(row)
        if position >= 0:
            self.update(self.pictures.index(position))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
