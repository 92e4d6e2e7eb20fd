"""AskingField: a choice whose last entry is no value but asks for one."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.train.setting_fields import ChoiceField

_ASK = "ask"
"""The data of the entry that asks."""


class AskingField(ChoiceField):
    """Keeps its value while another one is asked for."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._value = str(self.currentData())
        self.activated.connect(self._follow_choice)

    def add_asking(self, text: str) -> None:
        """Add the entry that asks, below a line."""
        self.insertSeparator(self.count())
        self.addItem(text, _ASK)

    def ask(self) -> None:
        """Ask for another value, which `set_value` then gets."""
        raise NotImplementedError

    def value(self) -> str:
        return self._value

    def set_value(self, value: str) -> None:
        super().set_value(value)
        self._value = value

    def _show_choice(self, index: int) -> None:
        if self.itemData(index) != _ASK:  # that is no choice yet: it is asked for when it is activated
            self._value = str(self.itemData(index))
            self.changed.emit()

    def _follow_choice(self, index: int) -> None:
        if self.itemData(index) == _ASK:
            with QSignalBlocker(self):
                self.set_value(self._value)
            self.ask()
