"""PresetBox: the presets to choose from."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from stl_tl_gui.engine.settings import advice
from stl_tl_gui.engine.settings.advice import Values
from stl_tl_gui.engine.settings.presets import AUTOMATIC, PRESETS, RECOMMENDED
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.words.settings import value_in_words


class PresetBox(ElidingCombo):
    """Shows which preset the settings match, or “Custom”."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(9, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPlaceholderText("Custom")
        self.setAccessibleName("Preset")
        self.setToolTip("Fill in the settings for a purpose. Keeps the model, the machine and the split.")
        self._add(AUTOMATIC, "Decides on the way: input sizes, what learns, and how long. Keeps to a time limit.")
        self._add(RECOMMENDED, "The recommended fixed settings for the chosen backbone and weights.")
        for name, values in PRESETS.items():
            if name in (AUTOMATIC, RECOMMENDED):
                continue
            titles = {TrainSettings.model_fields[key].title: key for key in values}
            self._add(name, "\n".join(f"{t}: {value_in_words(key, values[key])}" for t, key in titles.items()))
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))

    def _add(self, name: str, explanation: str) -> None:
        self.addItem(name, name)
        self.setItemData(self.count() - 1, explanation, Qt.ItemDataRole.ToolTipRole)

    def show_for(self, chosen: Values, suggested: Values) -> None:
        """Show the preset that gives the same settings as these choices."""
        values = advice.filled(chosen, suggested)
        names = [self.itemData(index) for index in range(self.count())]
        fitting = [name for name in names if advice.filled(advice.preset(name, chosen, suggested), suggested) == values]
        with QSignalBlocker(self):
            self.setCurrentIndex(names.index(fitting[0]) if fitting else -1)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()
