"""ClassButtons: the classes with their keys and how many pictures each has; a click labels as the key does."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from stl_tl_gui.gui.widgets.elided_names import elided_name
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_WIDEST = 220


class ClassButtons(QWidget):
    """The first ten have number keys."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[QPushButton] = []
        self._names: list[str] = []
        self._row = WrappingRow(inside=self)
        self.hide()

    def show_classes(self, classes: Sequence[tuple[str, int]]) -> None:
        """Names and numbers of pictures, in the order of the keys."""
        for place in range(len(self.buttons), len(classes)):
            made = QPushButton()
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(partial(self._choose, place))
            self._row.addWidget(made)
            self.buttons.append(made)
        self._names = [name for name, _ in classes]
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(classes))
            if place < len(classes):
                name, count = classes[place]
                key = f"{(place + 1) % 10}  " if place < 10 else ""
                text = elided_name(name, self._names, button.font(), _WIDEST)
                button.setText(f"{key}{text} · {count:,}".replace("&", "&&"))
                button.setToolTip(f"Label the selected pictures as “{name}”")
                button.setAccessibleName(f"{name}, {count} pictures")
        self.setVisible(bool(classes))
        self.updateGeometry()

    def _choose(self, place: int) -> None:
        self.chosen.emit(self._names[place])
