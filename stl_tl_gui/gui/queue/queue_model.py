"""The jobs of the queue as a Qt model whose rows can be dragged to other places."""

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from stl_tl_gui.engine.queue.queue import JobState, QueuedJob
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.variants import told_apart
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.words.queue import accuracy_words, note_of, state_name
from stl_tl_gui.words.run import title_of

Index = QModelIndex | QPersistentModelIndex
STATE, TITLE, NOTE, VAL, TEST = range(5)
JOB_ROLE = Qt.ItemDataRole.UserRole + 1
_MIME = "application/x-stl-tl-gui-queue"


class QueueModel(QAbstractTableModel):
    """One row per job, the next one first."""

    dropped = Signal(list, int)
    """Ids of jobs, and the row before which to move them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: list[QueuedJob] = []
        self._texts: list[tuple[str, ...]] = []

    def set_jobs(self, jobs: Sequence[QueuedJob], here: QueuedJob | None, so_far: RunSoFar) -> None:
        """Show these. `here`: the job that trains in this window, and its progress."""
        same = [job.id for job in jobs] == [job.id for job in self.jobs]
        if not same:
            self.beginResetModel()
        apart = told_apart([job.settings for job in jobs])
        known = {here.id: so_far} if here is not None else {}
        self.jobs, self._texts = list(jobs), [_texts(job, apart, known.get(job.id)) for job in jobs]
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.jobs) - 1, TEST))
        else:
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.jobs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else TEST + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return ("State", "Run", "", "Best val.", "Test")[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        job = self.jobs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._texts[index.row()][index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return _whole_title(job) if index.column() == TITLE else self._texts[index.row()][index.column()]
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.DecorationRole if index.column() == STATE:
                return icon(*STATE_ICONS[job.state])
        return job if role == JOB_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled  # between rows, not on them
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDragEnabled | flag.ItemNeverHasChildren

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        mime = QMimeData()
        rows = sorted({index.row() for index in indexes})
        mime.setData(_MIME, json.dumps([self.jobs[row].id for row in rows]).encode())
        return mime

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        if data.hasFormat(_MIME):
            ids = json.loads(bytes(data.data(_MIME).data()))
            self.dropped.emit(ids, row if row >= 0 else len(self.jobs))
        return False  # the jobs are moved in the file: the view must not remove any rows itself


def _texts(job: QueuedJob, apart: Sequence[str], so_far: RunSoFar | None) -> tuple[str, ...]:
    val = accuracy_words(job.val_accuracy, job.deviation("val_accuracy"))
    test = accuracy_words(job.test_accuracy, job.deviation("test_accuracy"))
    return state_name(job.state), title_of(job.settings, apart), note_of(job, so_far), val, test


def _whole_title(job: QueuedJob) -> str:
    always = ("weights", "freeze", "data", "epochs", "input_size", "learning_rate", "batch_size", "seed")
    where = f"\n{job.run}" if job.run is not None else ""
    return title_of(job.settings, always) + where


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (VAL, TEST) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


STATE_ICONS: dict[JobState, tuple[str, str]] = {
    "waiting": ("waiting", "muted"),
    "running": ("play", "accent"),
    "done": ("check", "good"),
    "failed": ("close", "bad"),
    "skipped": ("skip", "muted"),
}
