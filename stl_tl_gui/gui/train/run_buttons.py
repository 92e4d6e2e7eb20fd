"""RunButtons: Train, Add to queue, Pause, Stop, Resume and Save checkpoint."""

from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow


class RunButtons(QWidget):
    """A row of buttons; the page says which can be pressed. One that cannot says why."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = WrappingRow(self)
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
        """An empty sentence: it can be pressed."""
        _allow(self.train, not why_not, "Start a run with these settings", why_not)

    def allow_queue(self, why_not: str) -> None:
        """An empty sentence: it can be pressed, also while a run is under way."""
        tip = "Add to the queue: line up a run with these settings. The queue is on the Runs page."
        _allow(self.queue, not why_not, tip, f"Add to the queue: not like this. {why_not}")

    def allow_pause(self, possible: bool) -> None:
        paused = "Go on with the run" if self._paused else "Hold the run; nothing is lost"
        _allow(self.pause, possible, paused, "Nothing to hold: no model is learning now")

    def allow_stop(self, possible: bool) -> None:
        tip = "Stop after the batch under way; what was learnt is saved"
        _allow(self.stop, possible, tip, "Nothing to stop: no run is under way")

    def allow_resume(self, possible: bool) -> None:
        tip = "Go on with the run shown here from where it stopped"
        why_not = "Only a run that has stopped before its last epoch can go on. More are on the Runs page."
        _allow(self.resume, possible, tip, why_not)

    def allow_save(self, possible: bool) -> None:
        tip = "Copy the best model of the run shown here to a file of your own"
        _allow(self.save, possible, tip, "There is no checkpoint yet: the first is saved after the first epoch")

    def show_paused(self, paused: bool) -> None:
        """Make the pause button say what it would do."""
        self._paused = paused
        self.pause.setText("Continue" if paused else "Pause")
        self.pause.setIcon(icon("play") if paused else icon("pause"))


def _allow(button: QPushButton, possible: bool, tip: str, why_not: str) -> None:
    button.setEnabled(possible)
    button.setToolTip(tip if possible else why_not)
