"""Classified pictures as a Qt model: one row each, in the order they came; sorting and filtering sit on top."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from stl_tl_gui.gui.icons import icon
from stl_tl_gui.gui.probability_bars import percent, top_bars

if TYPE_CHECKING:
    from stl_tl_gui.engine.inference import Classified

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
CLASSIFIED_ROLE = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    PICTURE = 0
    FILE = 1
    CLASS = 2
    CONFIDENCE = 3
    BARS = 4


class ClassifiedModel(QAbstractTableModel):
    """What a model said of each picture."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Classified] = []
        self._titles = (
            self.tr("Picture"),
            self.tr("File"),
            self.tr("Class"),
            self.tr("Confidence"),
            self.tr("Most probable classes"),
        )

    def append(self, rows: Sequence["Classified"]) -> None:
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows.extend(rows)
            self.endInsertRows()

    def clear(self) -> None:
        self.beginResetModel()
        self.rows = []
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return row.error or (str(row.path) if column <= Column.FILE and row.path else _words(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                return _words(row) if column == Column.BARS else self._text(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.DecorationRole if column == Column.CLASS and row.error:
                return icon("warning", "warning")
            case _:
                return {SORT_ROLE: _sort_value(row, column, index.row()), CLASSIFIED_ROLE: row}.get(role)

    def _text(self, row: "Classified", column: int) -> str:
        match column:
            case Column.FILE:
                return row.name
            case Column.CLASS:
                return self.tr("Not readable") if row.error else row.predicted or ""
            case Column.CONFIDENCE:
                return "–" if row.error else percent(row.confidence)
            case Column.BARS:
                return row.error or ""
            case _:
                return ""


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == Column.CONFIDENCE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _words(row: "Classified") -> str:
    return row.error or "\n".join(f"{bar.name}: {bar.percent}" for bar in top_bars(row.probabilities))


def _sort_value(row: "Classified", column: int, number: int) -> str | float:
    match column:
        case Column.PICTURE:
            return float(number)
        case Column.FILE:
            return row.name.casefold()
        case Column.CLASS:
            return "\U0010ffff" if row.error else (row.predicted or "").casefold()
        case _:
            return -1.0 if row.error else row.confidence


class ClassifiedFilter(QSortFilterProxyModel):
    """Sorts by the values behind the texts; shows all pictures, or only those worth a second look."""

    def __init__(self, model: ClassifiedModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._below: float | None = None
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)

    def show_below(self, confidence: float | None) -> None:
        """Only pictures less sure than this, and unreadable ones; 0: only unreadable ones; None: all."""
        self._below = confidence
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, ClassifiedModel)
        row = model.rows[source_row]
        return self._below is None or bool(row.error) or row.confidence < self._below


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
