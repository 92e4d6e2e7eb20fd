"""Worker: runs a job (a generator) off the GUI thread and re-emits what it yields."""

import threading
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.machine.memory import give_freed_memory_back
from stl_tl_gui.gui.background.precedence import give_way

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]
"""Takes `should_stop`, yields events, returns a result. Raises Cancelled when stopped with nothing to save."""


class Worker(QThread):
    """Runs one job. The thread object lives in the GUI thread, so its signals reach every receiver there.

    `finished` (QThread's own) comes last in any case: after `result`, `failed`, or neither when canceled.
    """

    happened = Signal(object)
    """Each event that the job yields."""
    result = Signal(object)
    """What the job returned."""
    failed = Signal(Exception)
    """What the job raised; a UserError carries a sentence for the user."""

    gone = Signal()
    """Like `finished`, but sure to come for a worker that is still in `workers_at_work`."""

    def __init__(self, job: Job, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._going = threading.Event()
        self._going.set()
        self.setStackSize(16 * 1024 * 1024)  # macOS gives threads 512 KB, too little for torch
        self.finished.connect(self._forget)

    def start(self, *arguments: Any) -> None:
        self.setParent(None)  # a page that is deleted must not take a running thread with it: Qt would abort
        _at_work.append(self)
        super().start(*(arguments or (QThread.Priority.LowPriority,)))

    def run(self) -> None:  # Qt's name
        give_way()
        try:
            self._work()
        except StopIteration as stop:
            self.result.emit(stop.value)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - this is the one place where a job's failure becomes a dialog
            self.failed.emit(error)
        give_freed_memory_back()  # all that the job held is free by now

    def _work(self) -> None:
        job = self._job(self.isInterruptionRequested)
        while True:
            self._going.wait()
            self.happened.emit(next(job))

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    def pause(self) -> None:
        """Pause the job after the next event."""
        if not self.isInterruptionRequested():
            self._going.clear()

    def unpause(self) -> None:
        self._going.set()

    def stop(self) -> None:
        """Ask the job to stop: it does within a batch, and saves what it has."""
        self.requestInterruption()
        self.unpause()

    def _forget(self) -> None:
        _at_work.remove(self)
        self.gone.emit()


def workers_at_work() -> tuple[Worker, ...]:
    """All workers whose threads run, so that closing can stop them and wait."""
    return tuple(_at_work)


_at_work: list[Worker] = []
"""Keeps each Worker alive until it is done, even if the page that started it is gone."""
