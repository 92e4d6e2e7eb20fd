"""ResultsView: the table of differing settings and results, to sort and to copy."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QLabel, QTableView, QWidget

from stl_tl_gui.engine.comparison import ComparedRun, means, plain_rows, same_data
from stl_tl_gui.engine.settings.variants import told_apart
from stl_tl_gui.gui.compare.marked_run import MarkedRun
from stl_tl_gui.gui.compare.results_model import KEY_ROLE, NAME, ResultsModel, Sorted
from stl_tl_gui.gui.compare.view_layout import lay_out_view
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.actions import button, make_action
from stl_tl_gui.gui.widgets.table_text import tab_separated
from stl_tl_gui.gui.widgets.table_view import set_up_table
from stl_tl_gui.words.comparison import different_data, mean_words

_WIDEST, _WIDEST_NAME = 200, 340
_ROUND_TITLE = 24


class ResultsTable(QTableView):
    """Rows are runs. One can be highlighted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.results = ResultsModel(self)
        self.order: QSortFilterProxyModel = Sorted(self)
        self.order.setSourceModel(self.results)
        self.setModel(self.order)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as in the legend, until the user sorts
        set_up_table(self, "Differing settings and results", several=False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def shown(self) -> list[MarkedRun]:
        """The runs from top to bottom."""
        rows = (self.order.mapToSource(self.order.index(row, NAME)).row() for row in range(self.order.rowCount()))
        return [self.results.shown[row] for row in rows]

    def selected(self) -> str | None:
        """The key of the run that is highlighted."""
        rows = self.selectionModel().selectedRows()
        return rows[0].data(KEY_ROLE) if rows else None

    def select(self, key: str | None) -> None:
        self.clearSelection()
        keys = [each.key for each in self.shown()]
        if key in keys:
            self.selectRow(keys.index(key))

    def fit_columns(self) -> None:
        """As wide as the contents ask for, within reason."""
        title = self.horizontalHeader().fontMetrics().horizontalAdvance
        for column, each in enumerate(self.results.columns):
            wanted = max(self.sizeHintForColumn(column), title(each.title) + _ROUND_TITLE)
            self.setColumnWidth(column, min(wanted, _WIDEST_NAME if column == NAME else _WIDEST))


class ResultsView(QWidget):
    """The table with its buttons and notes."""

    chosen = Signal(str)
    """The key of the run that was clicked."""
    run_opened = Signal(object)
    """The Run to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ResultsTable()
        keys = QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)
        self.copy = make_action(self.table, "Copy table", "", self._copy, sign="copy", keys=keys)
        self.copy.setToolTip("Copy the table with all digits, for a spreadsheet")
        enter = [QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)]
        self.open = make_action(self.table, "Open run", "", self._open, sign="open", keys=enter)
        self.open.setToolTip("Show the selected run on all pages")
        self._fitted: list[list[str]] = []
        self.note = theme.muted("")
        self.means = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.means.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        below = QWidget()
        layouts.column(self.means, self.note, inside=below)
        lay_out_view(self, (button(self.open),), button(self.copy), self.table, below)
        self.table.doubleClicked.connect(self._open)
        self.table.clicked.connect(self._choose)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self._follow()

    def show_runs(self, shown: Sequence[MarkedRun]) -> None:
        kept, place = self.table.selected(), self.table.verticalScrollBar().value()
        self.table.results.set_runs(shown)
        if (
            layout := [[each.title for each in self.table.results.columns], [each.name for each in shown]]
        ) != self._fitted:
            self._fitted = layout  # else columns stay as wide as the user made them
            self.table.fit_columns()
        self.table.select(kept)
        self.table.verticalScrollBar().setValue(place)
        runs = [each.run for each in shown]
        for label, text in ((self.means, means_in_words(runs)), (self.note, remarks(runs))):
            label.setText(text)
            label.setVisible(bool(text))

    def highlight(self, key: str | None) -> None:
        if key != self.table.selected():
            self.table.select(key)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(KEY_ROLE))

    def _run(self) -> ComparedRun | None:
        key = self.table.selected()
        return next((each.run for each in self.table.results.shown if each.key == key), None)

    def _follow(self) -> None:
        run = self._run()
        self.open.setEnabled(run is not None and run.run is not None and run.settings is not None)

    def _open(self) -> None:
        run = self._run()
        if run is not None and self.open.isEnabled():
            self.run_opened.emit(run.run)

    def _copy(self) -> None:
        shown = self.table.shown()
        rows = plain_rows([each.run for each in shown], [each.name for each in shown])
        QGuiApplication.clipboard().setText(tab_separated(rows))


def means_in_words(runs: Sequence[ComparedRun]) -> str:
    """A line for each group of runs that differ in fold or seed only."""
    found = means(runs)
    apart = told_apart([mean.settings for mean in found])
    return "\n".join(mean_words(mean, apart) for mean in found)


def remarks(runs: Sequence[ComparedRun]) -> str:
    """What to keep in mind when these runs are compared."""
    said = []
    if not same_data(runs):
        said.append(different_data())
    devices = sorted({run.device for run in runs if run.device})
    if len(devices) > 1:
        said.append(f"Trained on different devices ({', '.join(devices)}): do not compare times.")
    return " ".join([*said, *dict.fromkeys(run.problem for run in runs if run.state == "unreadable")])
