"""RunList: the list of all runs, also queued ones, each with a check box to compare it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPushButton, QWidget

from stl_tl_gui.engine.comparison import ComparedRun
from stl_tl_gui.gui.compare.marked_run import SAMPLE, Mark, sample
from stl_tl_gui.gui.queue.queue_model import STATE_ICONS as JOB_ICONS
from stl_tl_gui.gui.runs.runs_model import STATE_ICONS as RUN_ICONS
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow
from stl_tl_gui.words.comparison import line_in_list, title_in_list

KEY_ROLE = Qt.ItemDataRole.UserRole
_WIDTH = 250
_LEAST = 150


class RunList(QWidget):
    """Shows which runs are chosen, and how each is drawn; the page keeps the choice."""

    checked = Signal(str, bool)
    """The key of a run, and whether it is to be compared."""
    newest_wanted = Signal()
    none_wanted = Signal()
    pointed_at = Signal(str)
    """The key of the run whose row was clicked or reached by keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: dict[str, Mark] = {}
        self.list = QListWidget()
        self.list.setAccessibleName("Runs to compare")
        self.list.setIconSize(SAMPLE)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(theme.TINY)
        self.newest = QPushButton("Newest")
        self.newest.setToolTip("Compare the newest runs, up to six")
        self.none = QPushButton("None")
        self.none.setToolTip("Clear the choice")
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        row = WrappingRow(self.newest, self.none)
        row.setSpacing(theme.SMALL)
        layouts.column(self.count, (self.list, 1), row, inside=self, spacing=theme.SMALL)
        self.list.itemChanged.connect(
            lambda item: self.checked.emit(item.data(KEY_ROLE), item.checkState() == Qt.CheckState.Checked)
        )
        self.list.itemClicked.connect(lambda item: self.pointed_at.emit(item.data(KEY_ROLE)))
        self.newest.clicked.connect(self.newest_wanted)
        self.none.clicked.connect(self.none_wanted)

    def show_runs(self, runs: Sequence[ComparedRun], marks: Mapping[str, Mark]) -> None:
        """List runs, in this order. `marks`: how each chosen one is drawn."""
        self._marks = dict(marks)
        keys = [run.key for run in runs]
        same = keys == [self.list.item(row).data(KEY_ROLE) for row in range(self.list.count())]
        current, place = self.list.currentItem(), self.list.verticalScrollBar().value()
        key = current.data(KEY_ROLE) if current is not None else None
        self.list.blockSignals(True)
        if not same:
            self.list.clear()
            for _ in runs:
                self.list.addItem(QListWidgetItem())
        for row, run in enumerate(runs):
            self._fill(self.list.item(row), run)
        if not same and key in keys:
            self.list.setCurrentRow(keys.index(key))
        self.list.blockSignals(False)
        self.list.verticalScrollBar().setValue(place)
        self.count.setText(f"{len(marks)} of {len(runs)} compared")
        self.newest.setEnabled(bool(runs))
        self.none.setEnabled(bool(marks))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.list.blockSignals(True)
            for row in range(self.list.count()):
                item = self.list.item(row)
                if item.data(KEY_ROLE) in self._marks:
                    item.setIcon(self._sample(item.data(KEY_ROLE)))
            self.list.blockSignals(False)

    def bring_into_view(self, key: str) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).data(KEY_ROLE) == key:
                self.list.scrollToItem(self.list.item(row))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, 180)

    def _fill(self, item: QListWidgetItem, run: ComparedRun) -> None:
        item.setData(KEY_ROLE, run.key)
        item.setText(f"{title_in_list(run)}\n{line_in_list(run)}")
        where = str(run.run.folder) if run.run is not None else ""
        item.setToolTip("\n".join(filter(None, (title_in_list(run), line_in_list(run), run.problem, where))))
        chosen = run.key in self._marks
        item.setIcon(self._sample(run.key) if chosen else icon(*state_icon(run)))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)

    def _sample(self, key: str) -> QIcon:
        return sample(self._marks[key], self.devicePixelRatioF())


_ICONS: dict[str, tuple[str, str]] = {
    **{str(state): sign for state, sign in JOB_ICONS.items()},
    **RUN_ICONS,
    "unreadable": ("warning", "warning"),
}


def state_icon(run: ComparedRun) -> tuple[str, str]:
    """Name and color of the icon of a run's state."""
    return _ICONS[run.state]
