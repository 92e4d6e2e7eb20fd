"""BackboneField: a backbone of the table, or, where timm is installed, any model of timm, which is asked for."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.timm_models import timm_is_installed
from stl_tl_gui.gui.train.asking_field import AskingField


class BackboneField(AskingField):
    """Names of models of timm are added when they are set."""

    asked = Signal()
    """Another model of timm is wanted: ask for it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._listed = self.count()
        if timm_is_installed():
            self.add_asking("Another timm model…")

    def set_value(self, value: str) -> None:
        if self.findData(value) < 0:
            with QSignalBlocker(self):
                self.insertItem(self._listed, self.label_of(value), value)
            self._listed += 1
        super().set_value(value)

    def label_of(self, value: str) -> str:
        return known_row(value).title

    def ask(self) -> None:
        self.asked.emit()
