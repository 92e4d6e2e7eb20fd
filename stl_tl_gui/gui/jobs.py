"""Small jobs of a page, run in the background one after the other."""

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.gui.worker import Job, Worker


class Jobs(QObject):
    """Starts each job when the one before has ended, in whatever way."""

    happened = Signal(object)
    """What the job under way yields."""
    failed = Signal(Exception)
    idle = Signal()
    """The last job has ended."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._waiting: deque[tuple[Job, Callable[[Any], object]]] = deque()

    @property
    def busy(self) -> bool:
        return self._worker is not None

    def do(self, job: Job, then: Callable[[Any], object] = lambda result: None) -> None:
        """Run a job after those already waiting; `then` gets its result, in the GUI thread."""
        self._waiting.append((job, then))
        if self._worker is None:
            self._next()

    def is_waiting(self, job: Job) -> bool:
        """Whether a job has yet to start."""
        return any(other == job for other, _ in self._waiting)

    def stop(self) -> None:
        """Ask the job under way to stop, and forget the others."""
        self._waiting.clear()
        if self._worker is not None:
            self._worker.stop()

    def shut_down(self) -> None:
        """Stop and wait until no thread is left. For a window that closes."""
        self.stop()
        if self._worker is not None:
            self._worker.wait()

    def _next(self) -> None:
        job, then = self._waiting.popleft()
        self._worker = Worker(job, self)
        self._worker.happened.connect(self.happened)
        self._worker.result.connect(then)
        self._worker.failed.connect(self.failed)
        self._worker.finished.connect(self._done)
        self._worker.start()

    def _done(self) -> None:
        assert self._worker is not None
        self._worker.deleteLater()
        self._worker = None
        if self._waiting:
            self._next()
        else:
            self.idle.emit()
