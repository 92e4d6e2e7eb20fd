"""Classified pictures as a Qt model: one row each, sorted and filtered by itself."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.probability_bars import top_bars
from stl_tl_gui.words.quantities import percent

if TYPE_CHECKING:
    from stl_tl_gui.engine.evaluation.inference import Classified

CLASSIFIED_ROLE = Qt.ItemDataRole.UserRole + 1
Rows = npt.NDArray[np.int64]
Index = QModelIndex | QPersistentModelIndex


class ResultColumn(IntEnum):
    PICTURE = 0
    FILE = 1
    CLASS = 2
    CONFIDENCE = 3
    BARS = 4


class ClassifiedModel(QAbstractTableModel):
    """All predictions in the order they came, shown sorted and filtered.

    Both are index operations: a hundred thousand rows take milliseconds, where a proxy model asks for each value.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Classified] = []
        self._shown: Rows = np.empty(0, np.int64)
        """Which of `rows` are shown, from top to bottom."""
        self._sorted_by, self._falling = int(ResultColumn.PICTURE), False
        self._below: float | None = None
        self._titles = (
            "Picture",
            "File",
            "Class",
            "Confidence",
            "Most probable classes",
        )

    def append(self, rows: Sequence["Classified"]) -> None:
        """More results, shown where the order has them."""
        if not rows:
            return
        self.rows.extend(rows)
        new = self._fitting(len(self.rows) - len(rows))
        if len(new):
            self.beginInsertRows(QModelIndex(), len(self._shown), len(self._shown) + len(new) - 1)
            self._shown = np.concatenate([self._shown, new])
            self.endInsertRows()
        if self._sorted_by != ResultColumn.PICTURE or self._falling:
            self._arrange()

    def clear(self) -> None:
        self.beginResetModel()
        self.rows, self._shown = [], np.empty(0, np.int64)
        self.endResetModel()

    def row(self, number: int) -> "Classified":
        """What is shown in a row of the table."""
        return self.rows[int(self._shown[number])]

    def show_below(self, confidence: float | None) -> None:
        """Only pictures with less confidence than this, and unreadable ones; 0: only unreadable ones; None: all."""
        self._below = confidence
        self.beginResetModel()
        chosen = self._fitting()
        self._shown = chosen[self._ranks(chosen)]
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by the values behind the texts; what is equal stays in the order it came."""
        self._sorted_by, self._falling = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def _fitting(self, start: int = 0) -> Rows:
        """Those of `rows` from `start` on that the filter lets through."""
        if self._below is None:
            return np.arange(start, len(self.rows))
        below = self._below
        fits = (row.error is not None or row.confidence < below for row in islice(self.rows, start, None))
        return start + np.flatnonzero(np.fromiter(fits, bool))

    def _arrange(self) -> None:
        """Bring what is shown into order. What is selected stays so."""
        self.layoutAboutToBeChanged.emit()
        before, chosen = self._shown, np.sort(self._shown)
        self._shown = chosen[self._ranks(chosen)]
        places = np.empty(len(self.rows), np.int64)
        places[self._shown] = np.arange(len(self._shown))
        kept = self.persistentIndexList()
        moved = [self.index(int(places[before[old.row()]]), old.column()) for old in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def _ranks(self, chosen: Rows) -> Rows:
        return _ranks([self.rows[number] for number in chosen], self._sorted_by, self._falling)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(ResultColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.row(index.row()), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return row.error or (str(row.path) if column <= ResultColumn.FILE and row.path else _words(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                return _words(row) if column == ResultColumn.BARS else self._text(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.DecorationRole if column == ResultColumn.CLASS and row.error:
                return icon("warning", "warning")
            case _:
                return row if role == CLASSIFIED_ROLE else None

    def _text(self, row: "Classified", column: int) -> str:
        match column:
            case ResultColumn.FILE:
                return row.name
            case ResultColumn.CLASS:
                return "Not readable" if row.error else row.predicted or ""
            case ResultColumn.CONFIDENCE:
                return "–" if row.error else percent(row.confidence)
            case ResultColumn.BARS:
                return row.error or ""
            case _:
                return ""


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == ResultColumn.CONFIDENCE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _words(row: "Classified") -> str:
    return row.error or "\n".join(f"{bar.name}: {bar.percent}" for bar in top_bars(row.probabilities))


def _ranks(rows: Sequence["Classified"], column: int, falling: bool) -> Rows:
    """The order of rows by a column, unreadable ones after the others when rising."""
    if column == ResultColumn.PICTURE:
        order = np.arange(len(rows))
        return order[::-1] if falling else order
    keys: list[str] | list[float]
    if column == ResultColumn.FILE:
        keys = [row.name.casefold() for row in rows]
    elif column == ResultColumn.CLASS:
        keys = ["\U0010ffff" if row.error else (row.predicted or "").casefold() for row in rows]
    else:
        keys = [-1.0 if row.error else row.confidence for row in rows]
    return np.array(sorted(range(len(rows)), key=keys.__getitem__, reverse=falling), np.int64)


def plain_rows(rows: Iterable["Classified"], class_names: Sequence[str]) -> list[list[str | float | None]]:
    """The table for other programs: a header, then full values, probabilities as fractions in [0, 1]."""
    table: list[list[str | float | None]] = [
        ["path", "predicted", "confidence", *(f"p_{name}" for name in class_names), "error"]
    ]
    for row in rows:
        known = row.error is None
        probabilities = [row.probabilities.get(name) for name in class_names]
        confidence = row.confidence if known else None
        table.append([str(row.path or row.name), row.predicted, confidence, *probabilities, row.error])
    return table
