"""The table of a data set's classes: how many pictures each has per split, and some of them to look at."""

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from stl_tl_gui.engine.data.corrections import LABELED_SPLITS
from stl_tl_gui.engine.data.dataset import Dataset, SplitName
from stl_tl_gui.gui.data.split_titles import SPLIT_TITLES
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable, texts_of
from stl_tl_gui.gui.widgets.thumbnails import Thumbnails

Index = QModelIndex | QPersistentModelIndex
SHARE_ROLE = Qt.ItemDataRole.UserRole + 1
"""A count as a fraction of the largest in its column."""
PICTURES_ROLE = Qt.ItemDataRole.UserRole + 2
"""Indices into the train split of the pictures that are shown for a class."""

SIDE = 44
_GAP = theme.SMALL
_MOST_SHOWN = 24


class ClassCounts(QAbstractTableModel):
    """Rows are classes; columns are the name, the labeled splits, and pictures."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._splits: list[SplitName] = []
        self._counts = np.zeros((0, 0), np.int64)  # class, split
        self._pictures: list[list[int]] = []

    def set_dataset(self, dataset: Dataset, seed: int = 0) -> None:
        """Show a data set. Another seed shows other pictures."""
        self.beginResetModel()
        self._names = dataset.class_names
        self._splits = [name for name in LABELED_SPLITS if name in dataset.splits]
        self._counts = np.stack([dataset.class_counts(name) for name in self._splits], axis=1)
        self._pictures = _some_per_class(dataset, seed)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or not self._names else len(self._splits) + 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        titles = (SPLIT_TITLES[name].capitalize() for name in self._splits)
        return ["Class", *titles, "Some training pictures"][section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if column == 0:
            wanted = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
            return self._names[row] if role in wanted else None
        if column <= len(self._splits):
            return self._count(row, column - 1, role)
        return self._pictures[row] if role == PICTURES_ROLE else None

    def _count(self, row: int, split: int, role: int) -> Any:
        count = int(self._counts[row, split])
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{count:,}"
        if role == SHARE_ROLE:
            return count / max(1, int(self._counts[:, split].max()))
        return None


def _some_per_class(dataset: Dataset, seed: int) -> list[list[int]]:
    """Random train pictures of each class, as indices."""
    targets = dataset.splits["train"].targets
    order = np.random.default_rng(seed).permutation(len(targets))
    by_class = order[np.argsort(targets[order], kind="stable")]
    ends = np.cumsum(dataset.class_counts("train"))[:-1]
    return [indices[:_MOST_SHOWN].tolist() for indices in np.split(by_class, ends)]


class _CountBar(QStyledItemDelegate):
    """A number with a bar below it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        rect = QRectF(option.rect)
        room = rect.width() - 2 * theme.MEDIUM
        bar = QRectF(rect.left() + theme.MEDIUM, rect.center().y() + 12, room * index.data(SHARE_ROLE), 4)
        painter.fillRect(bar, theme.color("accent"))


class _Strip(QStyledItemDelegate):
    """As many pictures of a class as the column has room for."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        pictures = index.data(PICTURES_ROLE)[: max(0, (rect.width() - _GAP) // (SIDE + _GAP))]
        top = rect.top() + (rect.height() - SIDE) / 2
        for place, picture in enumerate(pictures):
            pixmap = self._thumbnails.pixmap(picture)
            size = pixmap.deviceIndependentSize()
            left = rect.left() + _GAP + place * (SIDE + _GAP) + (SIDE - size.width()) / 2
            painter.drawPixmap(QPointF(left, top + (SIDE - size.height()) / 2), pixmap)


class ClassTable(QTableView):
    """Classes, counts and pictures. Pictures are read when they come into view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._seed = 0
        self._counts = ClassCounts(self)
        self._thumbnails = Thumbnails(None, SIDE, self)
        self._thumbnails.ready.connect(self.viewport().update)
        self.setModel(self._counts)
        self.setObjectName("classes")
        self.setAccessibleName("Classes and how many pictures each has")
        copyable(self, lambda: texts_of(self))
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(SIDE + 2 * _GAP)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)

    def set_dataset(self, dataset: Dataset) -> None:
        self._dataset, self._seed = dataset, 0
        images = dataset.splits["train"]
        self._thumbnails.set_reader(lambda index: images.read(index, at_least=2 * SIDE))
        self._show()
        last = self._counts.columnCount() - 1
        for column in range(1, last):
            self.setItemDelegateForColumn(column, _CountBar(self))
            self.setColumnWidth(column, 96)
        self.setItemDelegateForColumn(last, _Strip(self._thumbnails, self))
        self.setColumnWidth(0, min(240, max(100, self.sizeHintForColumn(0) + theme.LARGE)))

    def show_others(self) -> None:
        """Other random pictures."""
        self._seed += 1
        self._show()

    def _show(self) -> None:
        assert self._dataset is not None
        self._counts.set_dataset(self._dataset, self._seed)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 3 * (SIDE + 2 * _GAP))
