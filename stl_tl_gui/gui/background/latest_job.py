"""LatestJob: at most one job in the background, where only the newest counts."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from stl_tl_gui.gui.background.worker import Job, Worker


class LatestJob(QObject):
    """Starting a job stops the one before, and what that one still says is not heard any more."""

    happened = Signal(object)
    """What the job yields."""
    result = Signal(object)
    """What it returned."""
    failed = Signal(Exception)
    """What it raised."""
    ended = Signal()
    """It is over, in whatever way; after `result` or `failed`. Not sent when another job took its place."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None

    @property
    def busy(self) -> bool:
        return self._worker is not None

    def start(self, job: Job) -> None:
        """Run a job instead of the one under way."""
        self.drop()
        self._worker = Worker(job)
        # a stopped worker may have sent something that is still on its way: each slot asks who the sender is
        self._worker.happened.connect(self._on_happened)
        self._worker.result.connect(self._on_result)
        self._worker.failed.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def stop(self) -> None:
        """Ask the job under way to stop."""
        if self._worker is not None:
            self._worker.stop()

    def toggle_pause(self) -> bool:
        """Pause the job under way, or continue it; returns whether it is paused."""
        if self._worker is None:
            return False
        (self._worker.unpause if self._worker.paused else self._worker.pause)()
        return self._worker.paused

    def drop(self) -> None:
        """Stop the job under way and hear no more of it."""
        self.stop()
        self._worker = None

    def _on_happened(self, event: Any) -> None:
        if self.sender() is self._worker:
            self.happened.emit(event)

    def _on_result(self, result: Any) -> None:
        if self.sender() is self._worker:
            self.result.emit(result)

    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._worker:
            self.failed.emit(error)

    def _on_finished(self) -> None:
        if self.sender() is self._worker:
            self._worker = None
            self.ended.emit()
