"""Small jobs of a page, run in the background one after the other."""

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.gui.background.worker import Job, Worker

_Waiting = tuple[Job, Callable[[Any], object], Callable[[Exception], object]]


class Jobs(QObject):
    """Starts each job when the one before has ended, in whatever way."""

    happened = Signal(object)
    """What the running job yields."""
    failed = Signal(Exception)
    idle = Signal()
    """The last job has ended."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._then: Callable[[Any], object]
        self._otherwise: Callable[[Exception], object]
        self._waiting: deque[_Waiting] = deque()
        self._stopped = False

    @property
    def busy(self) -> bool:
        return self._worker is not None

    def do(
        self,
        job: Job,
        then: Callable[[Any], object] = lambda result: None,
        otherwise: Callable[[Exception], object] | None = None,
    ) -> None:
        """Run a job after those already waiting; `then` gets its result, in the GUI thread.

        `otherwise` gets its error, in place of `failed`.
        """
        self._waiting.append((job, then, otherwise or self.failed.emit))
        if self._worker is None:
            self._next()

    def is_waiting(self, job: Job) -> bool:
        """Whether a job has yet to start."""
        return any(other == job for other, _, _ in self._waiting)

    def stop(self) -> None:
        """Ask the running job to stop, ignore its events, and drop the others."""
        self._stopped = True
        self._waiting.clear()
        if self._worker is not None:
            self._worker.stop()

    def shut_down(self) -> None:
        """Stop and wait until no thread is left. For a window that closes."""
        self.stop()
        if self._worker is not None:
            self._worker.wait()

    def _next(self) -> None:
        job, self._then, self._otherwise = self._waiting.popleft()
        self._stopped = False
        self._worker = Worker(job, self)
        self._worker.happened.connect(self._heard)
        self._worker.result.connect(self._succeeded)  # our own methods: Qt forgets them when the page is deleted
        self._worker.failed.connect(self._failed)
        self._worker.finished.connect(self._done)
        self._worker.start()

    def _heard(self, event: Any) -> None:
        if not self._stopped:
            self.happened.emit(event)

    def _succeeded(self, result: Any) -> None:
        self._then(result)

    def _failed(self, error: Exception) -> None:
        self._otherwise(error)

    def _done(self) -> None:
        self._worker = None
        if self._waiting:
            self._next()
        else:
            self.idle.emit()
