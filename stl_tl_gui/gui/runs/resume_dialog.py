"""Asks up to how many epochs a run is trained further."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QWidget

from stl_tl_gui.engine.runs.run import RunSummary
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.widgets import theme

_MOST = int(TrainSettings.model_json_schema()["properties"]["epochs"]["maximum"])
_MORE = 10


class ResumeDialog(QDialog):
    """Asks for the total number of epochs. Show it with open(); `chosen` carries the run and the number."""

    chosen = Signal(object, object)

    def __init__(self, summary: RunSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Train longer")
        run, done, wanted = summary.run, summary.epochs_done, summary.settings.epochs
        self.epochs = QSpinBox()
        theme.number_box(self.epochs)
        self.epochs.setRange(min(done + 1, _MOST), max(_MOST, done + 1))
        self.epochs.setValue(wanted if done < wanted else done + _MORE)
        self.epochs.setAccessibleName("Total epochs")
        self.epochs.setToolTip("How many epochs the run has in the end, including those already done.")
        name = QLabel(run.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox()
        buttons.addButton("Train", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        form = QFormLayout(self)
        form.addRow("Run", name)
        form.addRow("Epochs done", QLabel(f"{done} of {wanted}"))
        form.addRow("Total epochs", self.epochs)
        form.addRow(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(run, self.epochs.value()))
