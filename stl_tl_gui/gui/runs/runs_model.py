"""The table of runs as a Qt model: what each column shows, how it sorts, and its tooltips."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont

from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.quantities import count, duration, percent
from stl_tl_gui.words.run import (
    backbone_name,
    data_name,
    learning_words,
    run_in_words,
    run_title,
    sentence_case,
    state_help,
    state_name,
    weights_words,
)

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
SUMMARY_ROLE = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex
_MISSING = -1.0
"""Sorts below all numbers."""


def short_date(moment: datetime) -> str:
    """ "23 Nov 22:33" this year, "23 Nov 2024" before."""
    shape = "d MMM HH:mm" if moment.year == datetime.now().year else "d MMM yyyy"
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())), shape)


STATE_ICONS = {
    "completed": ("check", "good"),
    "early_stopped": ("check", "good"),
    "stopped": ("stop", "muted"),
    "failed": ("close", "bad"),
    "running": ("play", "accent"),
    "interrupted": ("warning", "warning"),
}


@dataclass(frozen=True)
class RunColumn:
    """How one property of a run is shown."""

    title: str
    text: Callable[[RunSummary], str]
    sort: Callable[[RunSummary], str | float]
    tip: Callable[[RunSummary], str]
    number: bool = False
    accuracy: Callable[[RunSummary], float | None] | None = None
    """For columns where the best run of each data set is marked."""
    write: str = ""
    """The field of RunNotes that the user writes here."""


def _words(title: str, text: Callable[[RunSummary], str], tip: Callable[[RunSummary], str] | None = None) -> RunColumn:
    return RunColumn(title, text, lambda summary: text(summary).casefold(), tip or text)


def _count(title: str, value: Callable[[RunSummary], int | None]) -> RunColumn:
    def sort(summary: RunSummary) -> float:
        number = value(summary)
        return _MISSING if number is None else float(number)

    return RunColumn(title, lambda summary: count(value(summary)), sort, _parameters_tip, number=True)


def _accuracy(title: str, value: Callable[[RunSummary], float | None], best: str) -> RunColumn:
    def sort(summary: RunSummary) -> float:
        accuracy = value(summary)
        return _MISSING if accuracy is None else accuracy

    return RunColumn(title, lambda summary: percent(value(summary)), sort, lambda _: best, True, value)


def _parameters_tip(summary: RunSummary) -> str:
    if summary.parameters is None or summary.trainable_parameters is None:
        return "Not known until the run has started."
    text = "{0:,} parameters, {1:,} of them trained"
    return text.format(summary.parameters, summary.trainable_parameters)


def columns() -> list[RunColumn]:
    """The columns from left to right."""
    return [
        RunColumn("Name", run_title, lambda s: run_title(s).casefold(), _name_tip, write="name"),
        RunColumn("Date", lambda s: short_date(s.created), lambda s: s.created.timestamp(), _date_tip),
        _words("Data", lambda s: data_name(s.settings.data), lambda s: s.settings.data),
        _words("Backbone", lambda s: backbone_name(s.settings.backbone)),
        _words("Weights", lambda s: sentence_case(weights_words(s.settings.weights)), lambda s: s.settings.weights),
        _words("Freezing", lambda s: sentence_case(learning_words(s.settings))),
        _count("Parameters", lambda s: s.parameters),
        _count("Trained", lambda s: s.trainable_parameters),
        _accuracy("Best val.", lambda s: s.best_val_accuracy, "Best validation accuracy"),
        _accuracy("Test", lambda s: s.test_accuracy, "Test accuracy"),
        RunColumn(
            "Time",
            lambda s: duration(s.seconds) if s.seconds else "–",
            lambda s: s.seconds,
            lambda s: f"{s.seconds:.0f} seconds" if s.seconds else "Known when the run has ended.",
            number=True,
        ),
        _words("State", lambda s: state_name(s.state), lambda s: state_help(s.state)),
        RunColumn("Star", lambda s: "★" if s.notes.starred else "☆", lambda s: s.notes.starred, _star_tip),
        RunColumn(
            "Tags",
            lambda s: ", ".join(s.notes.tags),
            lambda s: ", ".join(s.notes.tags).casefold(),
            _tags_tip,
            write="tags",
        ),
        RunColumn("Note", lambda s: s.notes.note, lambda s: s.notes.note.casefold(), _note_tip, write="note"),
    ]


def _name_tip(summary: RunSummary) -> str:
    return f"{summary.run.folder}\nF2 renames it"


def _star_tip(summary: RunSummary) -> str:
    return "Starred. Click to remove the star." if summary.notes.starred else "Click to star this run."


def _tags_tip(summary: RunSummary) -> str:
    return ", ".join(summary.notes.tags) or "Tags, separated by commas: “Edit tags” in the context menu"


def _note_tip(summary: RunSummary) -> str:
    return summary.notes.note or "A note of your own: “Edit note” in the context menu"


def _date_tip(summary: RunSummary) -> str:
    return f"{summary.created:%Y-%m-%d %H:%M:%S}"


NAME_COLUMN, DATE_COLUMN, DATA_COLUMN, VAL_COLUMN, TEST_COLUMN = 0, 1, 2, 8, 9
STATE_COLUMN, STAR_COLUMN, TAGS_COLUMN, NOTE_COLUMN = 11, 12, 13, 14


class RunsModel(QAbstractTableModel):
    """Runs as rows. What the user writes is asked for; it is shown when the runs are read again."""

    noted = Signal(object, object)
    """A Run, and its RunNotes from now on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.summaries: list[RunSummary] = []
        self._columns = columns()
        self._best: set[tuple[int, int]] = set()

    def set_summaries(self, summaries: Iterable[RunSummary]) -> None:
        self.beginResetModel()
        self.summaries = list(summaries)
        self._best = {
            (row, column)
            for column in range(len(self._columns))
            for row in _best_rows(self.summaries, self._columns[column])
        }
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.summaries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self._columns[section])
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self._columns[index.column()].write else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        field, summary = self._columns[index.column()].write, self.summaries[index.row()]
        if role != Qt.ItemDataRole.EditRole or not field:
            return False
        self.write(summary, **{field: str(value).split(",") if field == "tags" else str(value)})
        return True

    def write(self, summary: RunSummary, **values: Any) -> None:
        """Ask for other notes of a run; texts that are too long are cut."""
        cut = {"name": 200, "note": 10_000}
        values = {key: each[: cut[key]] if key in cut else each for key, each in values.items()}
        notes = summary.notes.changed(**values)
        if notes != summary.notes:
            self.noted.emit(summary.run, notes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column, summary = self._columns[index.column()], self.summaries[index.row()]
        best = (index.row(), index.column()) in self._best
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"best {column.text(summary)}" if best else column.text(summary)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{column.tip(summary)}: the best of all runs on this data" if best else column.tip(summary)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.FontRole if best:
                return _bold()
            case Qt.ItemDataRole.EditRole:
                return summary.notes.name if column.write == "name" else column.text(summary)
            case Qt.ItemDataRole.AccessibleTextRole if index.column() == STAR_COLUMN:
                return "Starred" if summary.notes.starred else "Not starred"
            case Qt.ItemDataRole.DecorationRole if index.column() == STATE_COLUMN:
                return icon(*STATE_ICONS[summary.state])
            case _:
                return {SORT_ROLE: column.sort(summary), SUMMARY_ROLE: summary}.get(role)


def _alignment(column: RunColumn) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font


def _best_rows(summaries: list[RunSummary], column: RunColumn) -> set[int]:
    """The rows with the highest accuracy among at least two runs on the same data."""
    if column.accuracy is None:
        return set()
    groups: dict[str, list[tuple[float, int]]] = {}
    for row, summary in enumerate(summaries):
        accuracy = column.accuracy(summary)
        if accuracy is not None:
            groups.setdefault(summary.settings.data, []).append((accuracy, row))
    return {row for group in groups.values() if len(group) > 1 for accuracy, row in group if accuracy == max(group)[0]}


@dataclass(frozen=True)
class RunFilter:
    """Which runs to show, and whether those on the same data stand together."""

    text: str = ""
    """Words that must each occur in the name, folder, data, backbone, state, tags or note."""
    data: str | None = None
    """Only runs on this data; None: any."""
    starred: bool = False
    """Only starred runs."""
    by_data: bool = False

    def lets_through(self, summary: RunSummary) -> bool:
        """Whether a run is shown."""
        if (self.starred and not summary.notes.starred) or self.data not in (None, summary.settings.data):
            return False
        text = searched(summary)
        return all(word in text for word in self.text.casefold().split())


def searched(summary: RunSummary) -> str:
    """All that a run can be found by."""
    notes, settings = summary.notes, summary.settings
    texts = (run_in_words(summary), summary.run.name, settings.data, summary.state, *notes.tags, notes.note)
    return " ".join((*texts, backbone_name(settings.backbone), data_name(settings.data))).casefold()


class SortedRuns(QSortFilterProxyModel):
    """The runs that a filter lets through, sorted by the values behind the texts."""

    def __init__(self, model: RunsModel, parent: QObject) -> None:
        super().__init__(parent)
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)
        self._model = model
        self.filter = RunFilter()

    def choose(self, wanted: RunFilter) -> None:
        """Filter and group otherwise."""
        self.filter = wanted
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:  # Qt's name
        return self.filter.lets_through(self._model.summaries[row])

    def lessThan(self, left: Index, right: Index) -> bool:  # Qt's name
        if self.filter.by_data:
            one, other = (self._model.summaries[each.row()].settings.data for each in (left, right))
            if one != other:
                return (one < other) == (self.sortOrder() == Qt.SortOrder.AscendingOrder)
        return bool(left.data(SORT_ROLE) < right.data(SORT_ROLE))
