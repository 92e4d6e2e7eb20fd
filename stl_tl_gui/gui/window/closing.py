"""Closing: closes the window only when no thread is working, and asks first if a run is training."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from stl_tl_gui.gui.background.training import Training
from stl_tl_gui.gui.background.worker import Worker, workers_at_work
from stl_tl_gui.gui.widgets.dialogs import ask


class Closing(QObject):
    """Never waits: the window is asked to close again when the last thread has ended."""

    closed = Signal()
    """The window is gone and no thread is left. Qt's own lastWindowClosed stays away when the window was hidden."""
    background_wanted = Signal()
    """The user wants to close the window, but keep training."""

    def __init__(self, window: QWidget, training: Training) -> None:
        super().__init__(window)
        self._window, self._training = window, training
        training.running_changed.connect(self.withdraw)
        self.more_to_come: Callable[[], bool] = lambda: False
        """Whether the queue starts another run after the one that has just ended."""
        self._decided = False
        self._awaited: tuple[Worker, ...] = ()
        self._question: QMessageBox | None = None

    @property
    def under_way(self) -> bool:
        """Whether the window closes as soon as its work has ended."""
        return bool(self._awaited) or self._decided

    def may_close(self) -> bool:
        """What the window's closeEvent asks. If not now, it will be closed later, or the user is asked."""
        if self._training.running and not self._decided:
            self._ask()
            return False
        at_work = workers_at_work()
        for worker in at_work:
            if worker not in self._awaited:
                worker.gone.connect(self._window.close, Qt.ConnectionType.QueuedConnection)
                worker.stop()
        self._awaited = at_work
        if at_work and not self._training.running:
            self._window.hide()  # there is nothing left to see
        if not at_work:
            self.closed.emit()
        return not at_work

    def at_once(self) -> None:
        """Close without asking; a running training is stopped and saved first."""
        self._decided = True
        self._window.close()

    def _ask(self) -> None:
        if self._question is not None:
            return
        text = "A run is training."
        more = "Keep training in the background, or stop and save: you can resume the run later from the Runs page."
        answers = {
            "Keep training in the background": self.background_wanted.emit,  # Enter: it loses nothing
            "Stop and save": self.at_once,
        }
        self._question = ask(self._window, text, more, answers)
        self._question.finished.connect(self._forget)

    def withdraw(self, running: bool) -> None:
        """If training has ended meanwhile, the question is pointless: close."""
        if not running and self._question is not None and not self.more_to_come():
            self._question.reject()
            self._window.close()

    def _forget(self) -> None:
        self._question = None
