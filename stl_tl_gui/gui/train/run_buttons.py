"""RunButtons: Train, Add to queue, Pause, Stop, Resume and Save checkpoint."""

from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


class RunButtons(QWidget):
    """A row of buttons; the page enables them. The tooltip of a disabled one says why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = WrappingRow(inside=self)
        self.train = QPushButton(icon("play", "accent_text"), "Train")
        theme.primary(self.train)
        self.queue = QPushButton(icon("queue"), "")
        self.queue.setAccessibleName("Add to queue")
        self.pause = QPushButton("Pause")
        self.stop = QPushButton(icon("stop"), "Stop")
        self.resume = QPushButton(icon("resume"), "Resume")
        self.save = QPushButton(icon("save"), "Save checkpoint as…")
        for button in (self.train, self.queue, self.pause, self.stop, self.resume):
            row.addWidget(button)
        row.add_gap()
        row.addWidget(self.save)
        self.show_paused(False)

    def allow_train(self, why_not: str) -> None:
        """An empty sentence enables it."""
        _allow(self.train, not why_not, "Train a model with these settings", why_not)

    def allow_queue(self, why_not: str) -> None:
        """An empty sentence enables it, also during a run."""
        tip = "Add a run with these settings to the queue. The queue is on the Runs page."
        _allow(self.queue, not why_not, tip, f"Cannot add to the queue: {why_not}")

    def allow_pause(self, possible: bool) -> None:
        paused = "Continue the run" if self._paused else "Pause the run. Nothing is lost."
        _allow(self.pause, possible, paused, "Nothing to pause: no run is training")

    def allow_stop(self, possible: bool) -> None:
        tip = "Stop after this batch and save. You can resume later."
        _allow(self.stop, possible, tip, "Nothing to stop: no run is training")

    def allow_resume(self, possible: bool) -> None:
        tip = "Continue this run from where it stopped"
        why_not = "Nothing to resume: no run is shown that stopped before its last epoch. See the Runs page."
        _allow(self.resume, possible, tip, why_not)

    def allow_save(self, possible: bool) -> None:
        tip = "Copy this run's best model to a file"
        _allow(self.save, possible, tip, "No checkpoint yet: the first is saved after the first epoch")

    def show_paused(self, paused: bool) -> None:
        """Label the pause button with what it does next."""
        self._paused = paused
        self.pause.setText("Continue" if paused else "Pause")
        self.pause.setIcon(icon("play") if paused else icon("pause"))


def _allow(button: QPushButton, possible: bool, tip: str, why_not: str) -> None:
    button.setEnabled(possible)
    button.setToolTip(tip if possible else why_not)
