"""QueueRun: reads the queue for the panel and, while it is on, works through it in the window's one training."""

from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from stl_tl_gui.engine.events import Progress, RunStart
from stl_tl_gui.engine.queue.queue import Queue, QueuedJob, QueueUnusable, move_jobs
from stl_tl_gui.engine.queue.running import JobEnd, JobStart, QueueEnd, QueueEvent, work_off
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.so_far import RunSoFar
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.background.engine_import import import_engine
from stl_tl_gui.gui.background.training import Training


class QueueRun(QObject):
    """Off until the user starts it. Stop on the Train page turns it off."""

    changed = Signal()
    """The jobs or the state of the queue changed."""
    run_ended = Signal(object)
    """The Run, after its RunEnd."""
    finished = Signal(int, int)
    """No job waits any more: how many runs were completed since the start, and how many failed."""

    def __init__(self, training: Training, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: list[QueuedJob] = []
        self.job: QueuedJob | None = None
        """The one that trains in this window."""
        self.on = False
        self.working = False
        """Whether the training in this window is the queue's. If not, the queue may be on and wait for it to end."""
        self.trouble = ""
        """Why the queue file cannot be used, in a sentence; empty if it can."""
        self.so_far = RunSoFar()
        self._queue = Queue()
        self._training = training
        self._stamp: object = None
        self._skipped: set[str] = set()
        self._results: list[str] = []
        self._finished = False
        training.happened.connect(self._take)
        training.failed.connect(self._fail)
        training.running_changed.connect(self._follow_training)
        self.refresh()

    @property
    def damage(self) -> str:
        """What was wrong with the queue file, and where a copy of it is kept."""
        return self._queue.damage

    def start(self) -> None:
        """Train the waiting jobs, now or after the current training."""
        self.on, self._results = True, []
        self._begin()
        self.changed.emit()

    def pause(self) -> None:
        """Start no other job; the current one continues."""
        self.on = False
        self.changed.emit()

    def add(self, settings: Iterable[TrainSettings]) -> bool:
        """Append jobs. Returns whether it worked; `trouble` says why not."""
        return self.change(lambda queue: queue.add(settings))

    def add_first(self, settings: TrainSettings) -> bool:
        """Add a job before all waiting ones. Returns whether it worked; `trouble` says why not."""

        def put(queue: Queue) -> None:
            ids = [job.id for job in queue.add([settings])]
            queue.edit(lambda jobs: move_jobs(jobs, ids, [job.state for job in jobs].index("waiting")))

        return self.change(put)

    def skip(self, ids: Iterable[str]) -> None:
        """Do not train these waiting jobs. The one that trains here is stopped and saved, and the next one starts."""
        chosen = set(ids)
        waiting = [job.id for job in self.jobs if job.id in chosen and job.state == "waiting"]
        self.change(lambda queue: queue.update(waiting, state="skipped"))
        if self.job is not None and self.job.id in chosen:
            self._skipped.add(self.job.id)
            self._training.pause(False)

    def change(self, do: Callable[[Queue], object]) -> bool:
        """Change the queue, then read it again. Returns whether it worked; `trouble` says why not."""
        try:
            do(self._queue)
        except QueueUnusable as error:
            self.trouble = str(error)
            self.changed.emit()
            return False
        self.refresh()
        return True

    def refresh(self) -> None:
        """Read the file again: another window may have changed it."""
        try:
            self._stamp, self.jobs, self.trouble = _stamp(self._queue.path), self._queue.jobs(), ""
        except QueueUnusable as error:
            self.trouble = str(error)
        self.changed.emit()

    def look(self) -> None:
        """Read the file again if another process may have changed it, or ended in the middle of a job."""
        here = self.job.id if self.job is not None else None
        elsewhere = any(job.state == "running" and job.id != here for job in self.jobs)
        if elsewhere or self.trouble or _stamp(self._queue.path) != self._stamp:
            self.refresh()

    def _begin(self) -> None:
        if self.on and not self._training.running:
            self.working, self._finished = True, False
            self._training.start(self._work)

    def _work(self, should_stop: Callable[[], bool]) -> Generator[QueueEvent, None, None]:
        """The job, off the GUI thread: it only reads attributes of this object."""
        for event in work_off(self._queue, should_stop, lambda: self.on, lambda job_id: job_id in self._skipped):
            yield event
            if isinstance(event, JobStart):
                yield Progress(stage="Getting ready", done=0, total=0)
                import_engine()

    def _take(self, event: QueueEvent) -> None:
        if not self.working:
            return
        match event:
            case JobStart():
                self.job, self.so_far = event.job, RunSoFar()
            case JobEnd():
                self.job = None
                self._skipped.discard(event.job.id)
                if event.job.state != "waiting" or event.job.interrupted:  # not between folds
                    self._results.append(event.job.state)
                if self.so_far.start is not None:
                    self.run_ended.emit(Run(Path(self.so_far.start.run)))
            case QueueEnd():
                self.on = self.on and event.reason == "paused"  # if paused, it was turned on again since
                self._finished = event.reason == "finished"
            case _:
                self.so_far.take(event)
        if isinstance(event, JobStart | JobEnd | QueueEnd | RunStart):
            self.refresh()

    def _fail(self, error: Exception) -> None:
        if self.working:
            self.on = False
        if isinstance(error, QueueUnusable):
            self.trouble = str(error)

    def _follow_training(self, running: bool) -> None:
        if running:
            return
        if self.working:
            self.working, self.job = False, None
            self.changed.emit()
            if self._finished and self._results:
                self.finished.emit(self._results.count("done"), self._results.count("failed"))
        QTimer.singleShot(0, self, self._begin)  # once everybody knows that the training has ended


def _stamp(path: Path) -> object:
    """Changes whenever the file is replaced."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
