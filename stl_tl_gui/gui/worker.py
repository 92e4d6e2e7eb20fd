"""Worker: runs a job (a generator) off the GUI thread and re-emits what it yields."""

import threading
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from stl_tl_gui.engine.errors import Cancelled

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]
"""Takes `should_stop`, yields events, returns a result. Raises Cancelled when stopped with nothing to save."""


class Worker(QThread):
    """Runs one job. The thread object lives in the GUI thread, so its signals reach every receiver there.

    `finished` (QThread's own) comes last in any case: after `result`, `failed`, or neither when cancelled.
    """

    happened = Signal(object)
    """Each event that the job yields."""
    result = Signal(object)
    """What the job returned."""
    failed = Signal(Exception)
    """What the job raised; a UserError carries a sentence for the user."""

    def __init__(self, job: Job, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._going = threading.Event()
        self._going.set()
        self.setStackSize(16 * 1024 * 1024)  # macOS gives threads 512 KB, too little for torch

    def run(self) -> None:  # Qt's name
        job = self._job(self.isInterruptionRequested)
        try:
            while True:
                self._going.wait()
                self.happened.emit(next(job))
        except StopIteration as stop:
            self.result.emit(stop.value)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - this is the one place where a job's failure becomes a dialog
            self.failed.emit(error)

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    def pause(self) -> None:
        """Hold the job after the event under way."""
        self._going.clear()

    def unpause(self) -> None:
        self._going.set()

    def stop(self) -> None:
        """Ask the job to stop: it does within a batch, and saves what it has."""
        self.requestInterruption()
        self.unpause()
