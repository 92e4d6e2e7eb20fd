"""Removal: removes jobs from the list, with a button that brings back those removed last."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.queue.queue import QueuedJob, remove_jobs, restore_jobs
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.queue.queue_run import QueueRun
from stl_tl_gui.gui.widgets import layouts
from stl_tl_gui.gui.widgets.actions import button, explain, make_action

_SHOWN = 20_000
"""Milliseconds that the button stays."""


class Removal(QWidget):
    """Shown for a while after something was removed. The shortcut works wherever the keyboard is in `owner`."""

    def __init__(self, owner: QWidget, queue: QueueRun, select: Callable[[Sequence[str]], None]) -> None:
        """`select` marks the jobs that are back."""
        super().__init__()
        self._queue, self._select = queue, select
        self._removed: list[tuple[int, QueuedJob]] = []
        keys = QKeySequence.keyBindings(QKeySequence.StandardKey.Undo)
        self.undo = make_action(owner, "", "", self._restore, sign="undo", keys=keys)
        explain(self.undo, "Put back what you removed last")
        layouts.row(button(self.undo), inside=self)
        self._hiding = make_timer(self, _SHOWN, self.hide, once=True)
        self.hide()

    def remove(self, jobs: Sequence[QueuedJob]) -> None:
        """Remove these jobs from the list; those that are running stay."""
        ids = {job.id for job in jobs if job.state != "running"}
        removed = [(place, job) for place, job in enumerate(self._queue.jobs) if job.id in ids]
        if removed and self._queue.change(lambda queue: queue.edit(lambda jobs: remove_jobs(jobs, ids))):
            self._removed = removed
            self.undo.setText(f"Undo: restore {len(removed)} runs" if len(removed) > 1 else "Undo: restore the run")
            self.show()
            self._hiding.start()

    def _restore(self) -> None:
        removed, self._removed = self._removed, []
        self.hide()
        if removed:
            self._queue.change(lambda queue: queue.edit(lambda jobs: restore_jobs(jobs, removed)))
            self._select([job.id for _, job in removed])
