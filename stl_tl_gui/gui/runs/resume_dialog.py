"""The question asked before a run goes on: for how many epochs in all?"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QWidget

from stl_tl_gui.engine.events import EpochEnd, RunStart
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.widgets import theme

_MOST = int(TrainSettings.model_json_schema()["properties"]["epochs"]["maximum"])
_MORE = 10


def epochs_of(run: Run) -> tuple[int, int]:
    """Finished epochs, and how many the run was asked for when it was last started. Raises NotARun."""
    done, wanted = 0, run.settings().epochs
    for event in run.events(batches=False):
        match event:
            case RunStart():
                wanted = event.epochs
            case EpochEnd():
                done = max(done, event.epoch)
    return done, wanted


class ResumeDialog(QDialog):
    """Asks for the total of epochs. Show it with open(); `chosen` carries the run and the number."""

    chosen = Signal(object, int)

    def __init__(self, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Resume the run")
        done, wanted = epochs_of(run)
        self.epochs = QSpinBox()
        theme.number_box(self.epochs)
        self.epochs.setRange(min(done + 1, _MOST), max(_MOST, done + 1))
        self.epochs.setValue(wanted if done < wanted else done + _MORE)
        self.epochs.setAccessibleName("Epochs in all")
        self.epochs.setToolTip("How many epochs the run has when it ends, those already done included.")
        name = QLabel(run.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox()
        buttons.addButton("Resume", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        form = QFormLayout(self)
        form.addRow("Run", name)
        form.addRow("Epochs done", QLabel(f"{done} of {wanted}"))
        form.addRow("Epochs in all", self.epochs)
        form.addRow(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(run, self.epochs.value()))
