"""QueueActions: the row of buttons for the selected jobs. A disabled button's tooltip says what to do first."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.queue.queue import FINISHED, JobState, QueuedJob, move_jobs
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.queue.queue_run import QueueRun
from stl_tl_gui.gui.queue.queue_table import QueueTable
from stl_tl_gui.gui.queue.removal import Removal
from stl_tl_gui.gui.widgets.actions import button, explain, make_action
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


class QueueActions(QWidget):
    """Buttons and shortcuts; the actions also make the context menu of the table."""

    run_opened = Signal(object)
    """The Run to show."""
    compare_requested = Signal(list)
    """The jobs whose runs to compare."""

    def __init__(self, table: QueueTable, queue: QueueRun, removal: Removal) -> None:
        super().__init__()
        self._table, self._queue = table, queue
        up, down = ([QKeySequence(f"Alt+{key}")] for key in ("Up", "Down"))
        delete = QKeySequence.keyBindings(QKeySequence.StandardKey.Delete)
        self.open = make_action(table, "Open", "", self.open_selected, sign="open")
        self.skip = make_action(table, "Skip", "", lambda: queue.skip(self._ids()), sign="skip")
        self.retry = make_action(table, "Try again", "", self._retry, sign="refresh")
        self.remove = make_action(
            table, "Remove", "", lambda: removal.remove(table.selected()), sign="close", keys=delete
        )
        self.up = make_action(table, "Up", "", lambda: self._step(-1), sign="up", keys=up)
        self.down = make_action(table, "Down", "", lambda: self._step(1), sign="down", keys=down)
        self.compare = make_action(table, "Compare these", "", self._compare, sign="compare")
        self.clear = make_action(table, "Clear finished", "", lambda: removal.remove(self._finished()), sign="check")
        left = (self.open, self.skip, self.retry, self.remove, self.up, self.down)
        WrappingRow(*map(button, left), None, button(self.compare), button(self.clear), inside=self)

    def follow(self) -> None:
        """Enable the buttons that fit the selection."""
        jobs, selected, here = self._queue.jobs, self._table.selected(), self._queue.job
        states = {job.state for job in selected}
        chosen, order = [job.id for job in selected], [job.id for job in jobs]
        none = "Select runs first."
        can_open = len(selected) == 1 and bool(selected[0].runs)
        self.open.setEnabled(can_open)
        explain(self.open, "Show this run on all pages" if can_open else "Select one run that has started.")
        self.skip.setEnabled("waiting" in states or (here is not None and here.id in chosen))
        explain(self.skip, "Do not train these runs; a running one is stopped and saved, and the next one starts")
        self.retry.setEnabled(bool(states & {"failed", "skipped"}))
        explain(self.retry, "Queue failed or skipped runs again; they continue from their checkpoints")
        self.remove.setEnabled(bool(states - {"running"}))
        explain(self.remove, _about_remove(states) if states else none)
        self.up.setEnabled(bool(chosen) and chosen != order[: len(chosen)])
        explain(self.up, "Train these runs earlier" if chosen else none)
        self.down.setEnabled(bool(chosen) and chosen != order[-len(chosen) :])
        explain(self.down, "Train these runs later" if chosen else none)
        which = "the selected runs" if len(selected) > 1 else "all these runs"
        explain(self.compare, f"See {which} side by side; the comparison fills in as they train")
        self.clear.setEnabled(bool(self._finished()))
        explain(self.clear, "Remove finished, failed and skipped runs from the list; their folders stay")

    def open_selected(self) -> None:
        """Ask to show the selected run, if it has started; of folds, the latest."""
        for job in self._table.selected()[:1]:
            if job.runs:
                self.run_opened.emit(Run(job.runs[-1]))

    def reorder(self, ids: Sequence[str], place: int) -> None:
        """Move jobs before the one at `place`."""
        self._queue.change(lambda queue: queue.edit(lambda jobs: move_jobs(jobs, ids, place)))

    def _ids(self) -> list[str]:
        return [job.id for job in self._table.selected()]

    def _finished(self) -> list[QueuedJob]:
        return [job for job in self._queue.jobs if job.state in FINISHED]

    def _step(self, by: int) -> None:
        """Move the selected jobs up (-1) or down (1) past one other."""
        ids = self._ids()
        rows = [row for row, job in enumerate(self._queue.jobs) if job.id in ids]
        if rows:
            self.reorder(ids, rows[0] - 1 if by < 0 else rows[-1] + 2)

    def _retry(self) -> None:
        ids = [job.id for job in self._table.selected() if job.state in ("failed", "skipped")]
        self._queue.change(lambda queue: queue.update(ids, state="waiting", message=""))

    def _compare(self) -> None:
        """Compare the selected runs if there are several, else all."""
        selected = self._table.selected()
        several = sum(job.fold_count for job in selected) > 1
        self.compare_requested.emit(selected if several else list(self._queue.jobs))


def _about_remove(states: set[JobState]) -> str:
    if states == {"running"}:
        return "Skip this run first, or stop it on the Train page."
    return "Remove these runs from the list; their run folders stay"
