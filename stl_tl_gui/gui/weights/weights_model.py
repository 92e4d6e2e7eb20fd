"""The weights of all backbones as a Qt model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from stl_tl_gui.engine.backbones import parameter_counts
from stl_tl_gui.engine.weight_store import StoredWeights
from stl_tl_gui.gui.icons import icon
from stl_tl_gui.gui.progress_words import part_in_words, size_in_words

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
STORED_ROLE = Qt.ItemDataRole.UserRole + 2
STATE = 4
_IMAGENET_CLASSES = 1000
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def tr(text: str) -> str:
    return QCoreApplication.translate("weights_model", text)


def size_of(stored: StoredWeights) -> int:
    """Bytes of the file here, or about those to download."""
    return stored.bytes or round(stored.row.weights.megabytes * 1e6)


def parameters_of(stored: StoredWeights) -> int:
    """With the head for ImageNet's classes."""
    return parameter_counts(stored.row.name, _IMAGENET_CLASSES, "none")[1]


def state_words(stored: StoredWeights, intact: bool | None) -> str:
    """Where the file is and whether it is right. `intact` is what a check said, None before one."""
    if stored.place is None:
        if stored.arrived:
            return tr("{part} are here").format(part=part_in_words(stored.arrived, size_of(stored)))
        return tr("Not here")
    if intact is False:
        return tr("Damaged")
    where = {"own": tr("Here"), "shared": tr("In a shared folder"), "hub": tr("In torch hub's cache")}[stored.place]
    return tr("{where}, checked").format(where=where) if intact else where


def _state_icon(stored: StoredWeights, intact: bool | None) -> tuple[str, str]:
    if stored.place is None:
        return "down", "muted"
    return ("warning", "bad") if intact is False else ("check", "good")


@dataclass(frozen=True)
class Column:
    """One fact about weights."""

    title: str
    tip: str
    text: Callable[[StoredWeights], str]
    value: Callable[[StoredWeights], Any] | None = None
    """What is sorted by, if not the text."""

    @property
    def number(self) -> bool:
        return self.value is not None


def columns(intact: Mapping[str, bool]) -> list[Column]:
    """All columns; `intact` says by a backbone's name what a check has found."""
    return [
        Column(tr("Backbone"), tr("Whose weights these are"), lambda each: each.row.title),
        Column(
            tr("Parameters"),
            tr("With the head for ImageNet's 1,000 classes"),
            lambda each: f"{parameters_of(each) / 1e6:.1f} M",
            parameters_of,
        ),
        Column(
            tr("ImageNet top-1"),
            tr("Share of ImageNet's validation pictures named right, as published"),
            lambda each: f"{each.row.weights.top1:.1%}",
            lambda each: each.row.weights.top1,
        ),
        Column(tr("Size"), tr("On disk, or to download"), lambda each: size_in_words(size_of(each)), size_of),
        Column(
            tr("State"),
            tr("Whether the file is on this computer, and where"),
            lambda each: state_words(each, intact.get(each.row.name)),
        ),
        Column(
            tr("File"),
            tr("Its name ends in the beginning of its SHA-256 sum, which is checked"),
            lambda each: each.row.weights.file_name,
        ),
        Column(tr("Source"), tr("Who publishes the weights"), lambda each: each.row.weights.publisher.name),
        Column(
            tr("Licence"),
            tr("Of the code that the weights are published with; select a row to read what is said of the weights"),
            lambda each: each.row.weights.publisher.licence,
        ),
    ]


class WeightsModel(QAbstractTableModel):
    """One row a backbone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stored: Sequence[StoredWeights] = ()
        self._intact: Mapping[str, bool] = {}
        self._columns = columns({})

    def set_weights(self, stored: Sequence[StoredWeights], intact: Mapping[str, bool]) -> None:
        """Show these; rows stay selected where there are as many as before."""
        changed = len(stored) != len(self._stored)
        if changed:
            self.beginResetModel()
        self._stored, self._intact, self._columns = stored, intact, columns(intact)
        if changed:
            self.endResetModel()
        elif stored:
            self.dataChanged.emit(self.index(0, 0), self.index(len(stored) - 1, len(self._columns) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._stored)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        return {
            Qt.ItemDataRole.DisplayRole: column.title,
            Qt.ItemDataRole.ToolTipRole: column.tip,
            Qt.ItemDataRole.TextAlignmentRole: _RIGHT if column.number else _LEFT,
        }.get(Qt.ItemDataRole(role))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        stored, column = self._stored[index.row()], self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(stored)
            case Qt.ItemDataRole.ToolTipRole:
                return str(stored.path) if stored.path is not None else stored.row.weights.url
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.number else _LEFT
            case Qt.ItemDataRole.DecorationRole if index.column() == STATE:
                return icon(*_state_icon(stored, self._intact.get(stored.row.name))).pixmap(16, 16)
            case _ if role == SORT_ROLE:
                return column.value(stored) if column.value is not None else column.text(stored).casefold()
            case _ if role == STORED_ROLE:
                return stored
        return None


def sorted_weights(model: WeightsModel, parent: QObject) -> QSortFilterProxyModel:
    """The model in an order that the user chooses."""
    order = QSortFilterProxyModel(parent)
    order.setSourceModel(model)
    order.setSortRole(SORT_ROLE)
    return order
