"""The table of classified pictures as a widget: thumbnails, classes and bars, drawn only where they are seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from stl_tl_gui.gui.classify.classified_model import CLASSIFIED_ROLE, ClassifiedModel, ResultColumn, plain_rows
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable
from stl_tl_gui.gui.widgets.probability_bars import name_column_width, paint_bars
from stl_tl_gui.gui.widgets.quick_scrolling import scroll_quickly
from stl_tl_gui.gui.widgets.table_text import tab_separated
from stl_tl_gui.gui.widgets.table_view import set_up_table
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified

Index = QModelIndex | QPersistentModelIndex
THUMBNAIL = 64
_PADDING = 4
_BARS_FONT = 0.85
_WIDTHS = {
    ResultColumn.PICTURE: THUMBNAIL + 2 * _PADDING + 12,
    ResultColumn.FILE: 190,
    ResultColumn.CLASS: 120,
    ResultColumn.CONFIDENCE: 100,
}


class _ThumbnailDelegate(QStyledItemDelegate):
    """Draws the thumbnail of a row."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        _paint_ground(painter, option)
        pixmap = self._thumbnails.pixmap(_key(index.data(CLASSIFIED_ROLE)))
        place = QRect(0, 0, *(round(side) for side in pixmap.deviceIndependentSize().toTuple()))
        place.moveCenter(option.rect.center())
        painter.drawPixmap(place, pixmap)


class _BarsDelegate(QStyledItemDelegate):
    """Draws the most probable classes of a row, or why there are none."""

    name_width = 0

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(CLASSIFIED_ROLE)
        if row.error:
            super().paint(painter, option, index)
            return
        _paint_ground(painter, option)
        paint_bars(
            painter,
            option.rect.adjusted(_PADDING, _PADDING, -2 * _PADDING, -_PADDING),
            row.probabilities,
            palette=option.palette,
            font=theme.scaled_font(option.font, _BARS_FONT),
            name_width=self.name_width,
        )


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """What shows that a row is selected. Without asking the model for texts that are not drawn."""
    option.widget.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)


def _key(row: "Classified") -> Path | str:
    """What a row's thumbnail is known by."""
    return row.path or row.name


class ClassifiedTable(QTableView):
    """All pictures, in the order they came until the user sorts otherwise."""

    current_changed = Signal(object)
    """The Classified of the current row, or None."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classified = ClassifiedModel(self)
        self.class_names: tuple[str, ...] = ()
        self._bars = _BarsDelegate(self)
        self.setModel(self.classified)
        self.setItemDelegateForColumn(ResultColumn.PICTURE, _ThumbnailDelegate(thumbnails, self))
        self.setItemDelegateForColumn(ResultColumn.BARS, self._bars)
        self.setSortingEnabled(True)
        self.sortByColumn(ResultColumn.PICTURE, Qt.SortOrder.AscendingOrder)
        set_up_table(self, "Classified pictures")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        scroll_quickly(self)
        copyable(self, keys=False)  # Ctrl+C copies the rows
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._arrange_headers()
        thumbnails.ready.connect(self._repaint)
        self.selectionModel().currentRowChanged.connect(self._report)
        self.classified.modelReset.connect(lambda: self.current_changed.emit(None))

    def set_class_names(self, names: Sequence[str]) -> None:
        """The classes of the model in use, in its order."""
        self.class_names = tuple(names)
        self._bars.name_width = name_column_width(names, theme.scaled_font(self.font(), _BARS_FONT))

    def copy(self) -> None:
        """Put the selected rows, or all that are shown, on the clipboard for a spreadsheet."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows()) or range(self.shown())
        found = [self.classified.row(row) for row in chosen]
        QGuiApplication.clipboard().setText(tab_separated(plain_rows(found, self.class_names)))

    def files(self, *, selected: bool = False) -> list[tuple[Path, str]]:
        """The files with their predicted classes, empty for unreadable ones; pasted pictures have no file.

        `selected`: of the selected rows. Else of all shown, unless several are selected: one row always is.
        """
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        rows = [self.classified.row(row) for row in (chosen if selected or len(chosen) > 1 else range(self.shown()))]
        return [(row.path, row.predicted or "") for row in rows if row.path is not None]

    def in_order_of_arrival(self) -> bool:
        """Whether new results come below the others."""
        header = self.horizontalHeader()
        ascending = header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        return header.sortIndicatorSection() == ResultColumn.PICTURE and ascending

    def shown(self) -> int:
        """Rows that the filter lets through."""
        return self.classified.rowCount()

    def table(self) -> list[list[str | float | None]]:
        """All rows with full values, in the order they came."""
        return plain_rows(self.classified.rows, self.class_names)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left = self.viewport().width() - sum(
            self.columnWidth(column) for column in ResultColumn if column != ResultColumn.BARS
        )
        self.setColumnWidth(ResultColumn.BARS, max(220, left))

    def _repaint(self, key: Path | str) -> None:
        """Paint the picture that has arrived, where it is in sight."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        last = last if last >= 0 else self.shown() - 1
        for number in range(max(first, 0), last + 1):
            if _key(self.classified.row(number)) == key:
                self.update(self.classified.index(number, ResultColumn.PICTURE))

    def _report(self, index: QModelIndex) -> None:
        self.current_changed.emit(index.data(CLASSIFIED_ROLE) if index.isValid() else None)

    def _arrange_headers(self) -> None:
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # or a thousand rows would be measured one by one
        rows.setDefaultSectionSize(THUMBNAIL + 2 * _PADDING + 4)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
