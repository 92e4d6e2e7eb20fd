"""BackboneField: a backbone of the table, or, where timm is installed, any model of timm, which is asked for."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.settings.backbones import known_row
from stl_tl_gui.engine.settings.timm_models import timm_is_installed
from stl_tl_gui.gui.train.setting_fields import ChoiceField

_ASK = "ask"
"""The data of the entry that asks for a model."""


class BackboneField(ChoiceField):
    """Names of models of timm are added when they are set."""

    asked = Signal()
    """Another model of timm is wanted: ask for it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._value = str(self.currentData())
        self._listed = self.count()
        if timm_is_installed():
            self.insertSeparator(self.count())
            self.addItem("Another timm model…", _ASK)
        self.activated.connect(self._follow_choice)

    def value(self) -> str:
        return self._value

    def set_value(self, value: str) -> None:
        if self.findData(value) < 0:
            with QSignalBlocker(self):
                self.insertItem(self._listed, self.label_of(value), value)
            self._listed += 1
        super().set_value(value)
        self._value = value

    def label_of(self, value: str) -> str:
        return known_row(value).title

    def _show_choice(self, index: int) -> None:
        if self.itemData(index) != _ASK:  # that is no choice yet: it is asked for when it is activated
            self._value = str(self.itemData(index))
            self.changed.emit()

    def _follow_choice(self, index: int) -> None:
        if self.itemData(index) == _ASK:
            with QSignalBlocker(self):
                self.set_value(self._value)
            self.asked.emit()
