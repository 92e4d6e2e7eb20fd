"""WeightsField: where the weights come from that training starts with."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from stl_tl_gui.engine.runs.starting_points import StartingPoint
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.gui.train.asking_field import AskingField


class WeightsField(AskingField):
    """ImageNet, none, a recent run, or a file, which is asked for when “File…” is chosen."""

    file_chosen = Signal(str)
    """After `changed`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._fixed = self.count() + 1
        self._runs: dict[str, StartingPoint] = {}
        self.add_asking("File…")

    def offer(self, runs: Sequence[StartingPoint]) -> None:
        """List these runs between the fixed choices and “File…”."""
        found = {run.weights: run for run in runs}
        if found == self._runs:
            return
        self._runs = found
        with QSignalBlocker(self):
            while self.count() > self._fixed + 1:
                self.removeItem(self._fixed)
            for run in runs:
                self._insert(run.weights)
            self.set_value(self._value)

    @property
    def run(self) -> StartingPoint | None:
        """The run that is chosen, if it is one of those offered."""
        return self._runs.get(self._value)

    def set_value(self, value: str) -> None:
        if self.findData(value) < 0:
            with QSignalBlocker(self):
                self._insert(value)
        super().set_value(value)

    def label_of(self, value: str) -> str:
        index = self.findData(value)
        return self.itemText(index) if index >= 0 else weights_name(value)

    def _insert(self, value: str) -> None:
        """Add a run or a file above “File…”."""
        place = self.count() - 1
        self.insertItem(place, weights_name(value), value)
        self.setItemData(place, value, Qt.ItemDataRole.ToolTipRole)

    def _take_file(self, path: str) -> None:
        self.set_value(path)
        self.file_chosen.emit(path)

    def ask(self) -> None:
        """Show a file dialog, which answers through `set_value` and `file_chosen`."""
        dialog = QFileDialog(self, "Choose a weights file")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Weights (*.pth *.pt *.safetensors)")
        dialog.fileSelected.connect(self._take_file)
        dialog.open()
