"""Watching: follows the log of a run that another window or command trains, and asks that one to stop."""

from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.events import Event
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.gui.background.jobs import Jobs
from stl_tl_gui.gui.background.latest_job import LatestJob
from stl_tl_gui.gui.background.worker import Job


class Watching(QObject):
    """Begins only where a process trains the run."""

    begun = Signal()
    happened = Signal(object)
    """Each Event since those that were read before."""
    ended = Signal()
    """The run has ended, or nobody trains it any more."""
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asking = Jobs(self)
        self._asking.failed.connect(self.failed)
        self._job = LatestJob(self)
        self._job.happened.connect(self._heard)
        self._job.ended.connect(self._over)
        self._watched = False

    def begin(self, run: Run, after: float) -> None:
        """Follow a run from a time on, in seconds since 1970."""
        self._watched = False
        self._job.start(_following_job(run, after))

    def leave(self) -> None:
        """Look elsewhere; the run goes on."""
        self._watched = False
        self._job.drop()

    def ask_to_stop(self, run: Run) -> None:
        """Ask the process that trains a run to stop and save."""
        self._asking.do(_asking_job(run))

    def _heard(self, event: Event | None) -> None:
        if event is None:
            self._watched = True
            self.begun.emit()
        else:
            self.happened.emit(event)

    def _over(self) -> None:
        if self._watched:
            self._watched = False
            self.ended.emit()


def _following_job(run: Run, after: float) -> Job:
    """A job that yields None once it follows, then the events; nothing where no process trains the run."""

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, None]:
        from stl_tl_gui.engine.runs.elsewhere import new_events

        if not run.is_locked():
            return
        yield None
        for events in new_events(run, should_stop):
            yield from (event for event in events if event.time > after)

    return job


def _asking_job(run: Run) -> Job:
    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, None]:
        from stl_tl_gui.engine.runs.elsewhere import ask_to_stop

        yield from ()
        ask_to_stop(run)

    return job
