"""Training: the one training job that the window may run at a time."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.worker import Job, Worker

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Event
    from stl_tl_gui.engine.runs.run import Run
    from stl_tl_gui.engine.settings.settings import TrainSettings


class AlreadyTraining(UserError):
    """A run is already training."""


class Training(QObject):
    """Owns the training worker. Its signals arrive in the GUI thread."""

    happened = Signal(object)
    """Each event of the run."""
    running_changed = Signal(bool)
    ended = Signal(object)
    """The Run, after its RunEnd. Not sent by a job of several runs."""
    failed = Signal(Exception)
    """An error before there was a run."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self.settings: TrainSettings | None = None
        """The latest settings, to start again with other weights."""
        self.epochs: int | None = None
        """Up to how many epochs the latest run was resumed."""

    @property
    def running(self) -> bool:
        return self._worker is not None

    @property
    def paused(self) -> bool:
        return self._worker is not None and self._worker.paused

    def train(self, settings: "TrainSettings") -> None:
        """Start a new run. Raises AlreadyTraining."""
        self.start(train_job(settings))
        self.settings = settings

    def resume(self, run: "Run", epochs: int | None = None) -> None:
        """Continue a run that was stopped, up to `epochs` in all. Raises AlreadyTraining."""
        self.start(resume_job(run, epochs))
        self.epochs = epochs

    def pause(self, paused: bool = True) -> None:
        if self._worker is not None:
            (self._worker.pause if paused else self._worker.unpause)()

    def stop(self) -> None:
        """Ask the run to stop and save; `running_changed` says when it has."""
        if self._worker is not None:
            self._worker.stop()

    def start(self, job: Job) -> None:
        """Start a job that trains one run and returns it, or several and returns None. Raises AlreadyTraining."""
        if self._worker is not None:
            raise AlreadyTraining("A run is already training. Stop it first, or wait until it ends.")
        self.settings = None
        self._worker = Worker(job)
        self._worker.happened.connect(self.happened)
        self._worker.result.connect(self._end)
        self._worker.failed.connect(self.failed)
        self._worker.finished.connect(self._finish)
        self.running_changed.emit(True)
        self._worker.start()

    def _end(self, run: "Run | None") -> None:
        if run is not None:
            self.ended.emit(run)

    def _finish(self) -> None:
        self._worker = None
        self.running_changed.emit(False)


def train_job(settings: "TrainSettings") -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Event, None, Run]":
        from stl_tl_gui.engine.events import Progress

        yield Progress(stage="Getting ready", done=0, total=0)
        import_engine()
        from stl_tl_gui.engine.training.train import train

        return (yield from train(settings, None, should_stop))

    return job


def resume_job(run: "Run", epochs: int | None) -> Job:
    def job(should_stop: Callable[[], bool]) -> "Generator[Event, None, Run]":
        from stl_tl_gui.engine.events import Progress

        yield Progress(stage="Getting ready", done=0, total=0)
        import_engine()
        from stl_tl_gui.engine.training.train import resume

        return (yield from resume(run, epochs, should_stop))

    return job
