"""The comparison table as a Qt model: the settings that differ, and the results of each run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QFont

from stl_tl_gui.engine.comparison import FACTS, ComparedRun, best_of, differences
from stl_tl_gui.gui.compare.marked_run import SAMPLE, MarkedRun, sample
from stl_tl_gui.gui.compare.run_list import state_icon
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.comparison import fact_tip, fact_title, fact_words, setting_words, state_words, title_in_list

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
KEY_ROLE = Qt.ItemDataRole.UserRole + 2
NAME = 0
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class ResultsColumn:
    """One property of all runs."""

    title: str
    tip: str
    texts: Sequence[str]
    values: Sequence[Any]
    """What is sorted by; None sorts last."""
    tips: Sequence[str]
    number: bool = False
    best: frozenset[int] = frozenset()
    """The rows with the best value."""
    sign: Callable[[ComparedRun], tuple[str, str]] | None = None
    """Name and color of an icon."""


def columns(shown: Sequence[MarkedRun]) -> list[ResultsColumn]:
    """Name, facts and state, then the settings that differ, most of which the name already says."""
    runs = [each.run for each in shown]
    names, words = [each.name for each in shown], [state_words(run) for run in runs]
    name = ResultsColumn(
        "Run", "The run, named by the settings that differ", names, names, [title_in_list(run) for run in runs]
    )
    tip = "Whether the run is waiting, running or has ended, and how"
    state = ResultsColumn("State", tip, words, words, [_why(run) for run in runs], sign=state_icon)
    return [name, *(_fact_column(runs, fact) for fact in FACTS), state, *_setting_columns(runs)]


def _setting_columns(runs: Sequence[ComparedRun]) -> list[ResultsColumn]:
    found = []
    for each in differences(runs):
        texts = [setting_words(each.name, value) for value in each.values]
        tips = ["" if value is None else str(value) for value in each.values]
        numeric = all(value is None or isinstance(value, int | float) for value in each.values)
        values = list(each.values) if numeric else texts
        found.append(
            ResultsColumn(each.title, "A setting that differs between the runs", texts, values, tips, number=numeric)
        )
    return found


def _fact_column(runs: Sequence[ComparedRun], name: str) -> ResultsColumn:
    values = [getattr(run, name) for run in runs]
    best = frozenset(best_of(runs, name))
    texts = [fact_words(name, value) for value in values]
    mark = "best {0}" if FACTS[name] == "high" else "lowest {0}"
    shown = [mark.format(text) if place in best else text for place, text in enumerate(texts)]
    tips = [fact_tip(name) if value is None else f"{value:,}" for value in values]
    return ResultsColumn(fact_title(name), fact_tip(name), shown, values, tips, number=True, best=best)


def _why(run: ComparedRun) -> str:
    return f"{state_words(run)}. {run.problem}" if run.problem else state_words(run)


class ResultsModel(QAbstractTableModel):
    """One row a run, in the order of the legend."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shown: Sequence[MarkedRun] = ()
        self.columns: list[ResultsColumn] = columns([])

    def set_runs(self, shown: Sequence[MarkedRun]) -> None:
        self.beginResetModel()
        self.shown, self.columns = shown, columns(shown)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        return {
            Qt.ItemDataRole.DisplayRole: column.title,
            Qt.ItemDataRole.ToolTipRole: column.tip,
            Qt.ItemDataRole.TextAlignmentRole: _RIGHT if column.number else _LEFT,
        }.get(Qt.ItemDataRole(role))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.texts[row]
            case Qt.ItemDataRole.ToolTipRole:
                return column.tips[row]
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.number else _LEFT
            case Qt.ItemDataRole.FontRole if row in column.best:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.DecorationRole if index.column() == NAME:
                return sample(self.shown[row].mark, 1).pixmap(SAMPLE)
            case Qt.ItemDataRole.DecorationRole if column.sign is not None:
                return icon(*column.sign(self.shown[row].run)).pixmap(16, 16)
        return {SORT_ROLE: column.values[row], KEY_ROLE: self.shown[row].key}.get(role)


class Sorted(QSortFilterProxyModel):
    """Sorts by the values behind the texts. What is not known comes last, whichever way."""

    def lessThan(self, left: Index, right: Index) -> bool:
        one, other = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if one is None or other is None:
            rising = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (other is None and one is not None) if rising else (one is None and other is not None)
        return bool(one.casefold() < other.casefold()) if isinstance(one, str) else bool(one < other)
