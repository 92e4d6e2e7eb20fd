"""QueueRun: starts one job of the queue after the other in the window's one training, while the queue is on."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from stl_tl_gui.engine.events import Event, RunEnd, RunStart
from stl_tl_gui.engine.queue.queue import Queue, QueuedJob, QueueUnusable, after_run, moved, outcome
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.widgets.dialogs import sentence_of


class QueueRun(QObject):
    """Off until the user starts it. A job that fails is marked and the next one begins; Stop turns the queue off."""

    changed = Signal()
    """The jobs, or what is done with them, are not what they were."""
    finished = Signal(int, int)
    """Nothing waits any more: how many runs were done since the start, and how many failed."""

    def __init__(self, training: Training, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: list[QueuedJob] = []
        self.job: QueuedJob | None = None
        """The one that trains in this window."""
        self.on = False
        self.trouble = ""
        """Why the file of the queue cannot be used, in a sentence; empty where it can."""
        self.so_far = RunSoFar()
        self._queue = Queue()
        self._training = training
        self._stamp: object = None
        self._skipping = False
        self._started: RunStart | None = None
        self._end: RunEnd | None = None
        self._error: Exception | None = None
        self._results: list[str] = []
        training.happened.connect(self._take)
        training.failed.connect(self._fail)
        training.running_changed.connect(self._follow_training)
        self.refresh()

    @property
    def remark(self) -> str:
        """What was wrong with the file of the queue, and where it is kept."""
        return self._queue.remark

    def start(self) -> None:
        """Do what waits, from now on or after the training under way."""
        self.on, self._results = True, []
        self.changed.emit()
        self._next()

    def pause(self) -> None:
        """Begin no other job; the one under way goes on."""
        self.on = False
        self.changed.emit()

    def add(self, settings: Iterable[TrainSettings]) -> bool:
        """Append jobs. Returns whether it went well; `trouble` says why not."""
        return self.change(lambda queue: queue.add(settings))

    def add_first(self, settings: TrainSettings) -> bool:
        """Put a job before all others that wait. Returns whether it went well; `trouble` says why not."""

        def put(queue: Queue) -> None:
            ids = [job.id for job in queue.add([settings])]
            queue.edit(lambda jobs: moved(jobs, ids, [job.state for job in jobs].index("waiting")))

        return self.change(put)

    def skip(self, ids: Iterable[str]) -> None:
        """Pass over jobs that wait. The one that trains here is stopped and saved, and the queue goes on."""
        chosen = set(ids)
        waiting = [job.id for job in self.jobs if job.id in chosen and job.state == "waiting"]
        self.change(lambda queue: queue.update(waiting, state="skipped"))
        if self.job is not None and self.job.id in chosen:
            self._skipping = True
            self._training.stop()

    def change(self, do: Callable[[Queue], object]) -> bool:
        """Do something with the queue, then look at it again. Returns whether it went well."""
        try:
            do(self._queue)
        except QueueUnusable as error:
            self.trouble = str(error)
            self.changed.emit()
            return False
        self.refresh()
        return True

    def refresh(self) -> None:
        """Read the file again, which another window may have changed."""
        try:
            self._stamp, self.jobs, self.trouble = _stamp(self._queue.path), self._queue.jobs(), ""
        except QueueUnusable as error:
            self.trouble = str(error)
        self.changed.emit()

    def look(self) -> None:
        """Read the file again if another process may have changed it, or have died with a job of it."""
        elsewhere = any(job.state == "running" and not self.is_here(job) for job in self.jobs)
        if elsewhere or self.trouble or _stamp(self._queue.path) != self._stamp:
            self.refresh()

    def is_here(self, job: QueuedJob) -> bool:
        """Whether this is the job that trains in this window."""
        return self.job is not None and self.job.id == job.id

    def _next(self) -> None:
        if not self.on or self._training.running:
            return
        claimed: list[QueuedJob | None] = []
        if not self.change(lambda queue: claimed.append(queue.claim())):
            self.pause()
        elif claimed[-1] is None:
            self.pause()
            if self._results:
                self.finished.emit(self._results.count("done"), self._results.count("failed"))
        else:
            self._begin(claimed[-1])

    def _begin(self, job: QueuedJob) -> None:
        self.job, self.so_far = job, RunSoFar()
        self._started, self._end, self._error, self._skipping = None, None, None, False
        run = job.run_to_resume()
        if run is not None:
            self._training.resume(run)
        else:
            self._training.train(job.next_run)
        self.changed.emit()

    def _take(self, event: Event) -> None:
        if self.job is None:
            return
        self.so_far.take(event)
        if isinstance(event, RunStart):
            self._started = event
            job_id, folder = self.job.id, Path(event.run)
            self.change(lambda queue: queue.update([job_id], run=folder))
        elif isinstance(event, RunEnd):
            self._end = event

    def _fail(self, error: Exception) -> None:
        self._error = error

    def _follow_training(self, running: bool) -> None:
        if running:
            return
        if self.job is not None:
            self._conclude(self.job)
        QTimer.singleShot(0, self, self._next)  # after all others have heard that the training is over

    def _conclude(self, job: QueuedJob) -> None:
        values = self._outcome()
        self.job = None
        if values["state"] == "waiting" and self._skipping:
            values = {**values, "state": "skipped"}
        elif values["state"] == "waiting":  # the user has stopped it
            self.on = False
        run = Path(self._started.run) if self._started is not None else job.run
        values = after_run(job.model_copy(update={"run": run}), values)
        if values["state"] != "waiting" or not self.on:  # after a fold the next one comes
            self._results.append(values["state"])
        self.change(lambda queue: queue.release(job.id, **values))

    def _outcome(self) -> dict[str, Any]:
        if self._end is not None:
            return outcome(self._end)
        if self._error is None:
            return {"state": "waiting", "message": "Stopped before it began to learn."}
        sentence = sentence_of(self._error)
        if sentence is None:
            logging.getLogger(__name__).error("A run of the queue failed", exc_info=self._error)
            sentence = f"Something unexpected went wrong: {self._error!r}"
        return {"state": "failed", "message": sentence}


def _stamp(path: Path) -> object:
    """Changes whenever the file is replaced."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
