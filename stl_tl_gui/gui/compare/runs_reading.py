"""RunsReading: reads all runs in the background, each again only when its files have changed."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.comparison import ComparedRun, RunReader
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.timers import make_timer
from stl_tl_gui.gui.compare.chosen_runs import ChosenRuns
from stl_tl_gui.gui.compare.compare_jobs import read_job
from stl_tl_gui.gui.widgets.dialogs import show_error

_PAUSE = 400
"""Milliseconds between two readings while events come, however fast they do."""


class RunsReading(QObject):
    """Puts what it reads into the ChosenRuns."""

    updated = Signal()

    def __init__(self, page: QWidget, runs: ChosenRuns) -> None:
        super().__init__(page)
        self.reader = RunReader()
        self._runs = runs
        self._again = False
        self._job, self._soon = LatestJob(self), make_timer(self, _PAUSE, self.start, once=True)
        self._job.result.connect(self._take)
        self._job.failed.connect(lambda error: show_error(page, error))
        self._job.ended.connect(self._start_again)

    @property
    def busy(self) -> bool:
        """Whether runs are being read, or will be in a moment."""
        return self._job.busy or self._soon.isActive()

    def start(self) -> None:
        """Read now, or once more after the reading that is under way."""
        if self._job.busy:
            self._again = True
        else:
            self._job.start(read_job(self.reader, self._runs.wherever_they_are()))

    def start_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _take(self, found: list[ComparedRun]) -> None:
        self._runs.set_read(found)
        self.updated.emit()

    def _start_again(self) -> None:
        if self._again:
            self._again = False
            self._soon.start()
