"""DivisionBar: how files are read and pictures divided, chosen where they are shown; and what to keep together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator, QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFrame, QLabel, QLineEdit, QPushButton, QWidget

from stl_tl_gui.engine.settings.advice import DEFAULTS, without_effect
from stl_tl_gui.engine.settings.settings import TrainSettings, choices
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import IconLabel
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from stl_tl_gui.engine.data.dataset import Dataset

_STEP = 5.0
_CHANNELS = QRegularExpression(r"(\s*[1-9]\d*\s*,\s*[1-9]\d*\s*,\s*[1-9]\d*\s*)?")
_TITLES = {
    "val_fraction": "Validation",
    "test_fraction": "Test",
    "group_by": "Keep together",
    "pages": "Pages",
    "channels": "Channels",
}


class DivisionBar(QWidget):
    """Shows the settings of the next run; what is changed here becomes one of them."""

    changed = Signal(dict)
    """Settings of the next run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.val, self.test = PercentField("val_fraction"), PercentField("test_fraction")
        self.group_by, self.pattern = Choice("group_by"), QLineEdit()
        self.pattern.setPlaceholderText("name without number")
        self.pattern.setMinimumWidth(self.pattern.fontMetrics().averageCharWidth() * 24)
        self.pages, self.channels = Choice("pages"), QLineEdit()
        self.channels.setPlaceholderText("First three")
        self.channels.setValidator(QRegularExpressionValidator(_CHANNELS, self))
        self.channels.setFixedWidth(self.channels.fontMetrics().averageCharWidth() * 14)
        self._labels = {name: QLabel(title) for name, title in _TITLES.items()}
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.keep = QPushButton()
        self._advice = self._advice_card()
        self._advised: dict[str, Any] = {}
        for name, widget in self._editors().items():
            describe(name, widget)
        self.val.valueChanged.connect(lambda: self.changed.emit({"val_fraction": self.val.share()}))
        self.test.valueChanged.connect(lambda: self.changed.emit({"test_fraction": self.test.share()}))
        self.group_by.currentIndexChanged.connect(lambda: self.changed.emit({"group_by": self.group_by.currentData()}))
        self.pages.currentIndexChanged.connect(lambda: self.changed.emit({"pages": self.pages.currentData()}))
        self.pattern.editingFinished.connect(lambda: self._take("group_pattern", self.pattern))
        self.channels.editingFinished.connect(lambda: self._take("channels", self.channels))
        self.keep.clicked.connect(lambda: self.changed.emit(self._advised))
        self._lay_out()
        self.set_values(DEFAULTS)
        self.hide()

    def set_dataset(self, dataset: "Dataset") -> None:
        """Offer what this data leaves open: nothing where it has its own validation and test pictures."""
        files = dataset.kind in ("folder", "table")
        shown = {
            "val_fraction": "val" in dataset.drawn,
            "test_fraction": "test" in dataset.drawn or "test" not in dataset.splits,
            "group_by": files and bool(dataset.drawn),
            "pages": files and dataset.several_pages > 0,
            "channels": files and dataset.many_channels > 0,
        }
        for name, visible in shown.items():
            self._labels[name].setVisible(visible)
            self._editors()[name].setVisible(visible)
        self.pattern.setVisible(shown["group_by"] and self.group_by.currentData() == "name")
        if dataset.advice is not None:
            self._advised = dataset.advice.settings
            self._sentence.setText(dataset.advice.sentence)
            self.keep.setText(dataset.advice.button)
        self._advice.setVisible(dataset.advice is not None)
        self.setVisible(any(shown.values()))

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show the settings of the next run, of which there may be more."""
        idle = without_effect(dict(values))
        for name, widget in self._editors().items():
            with QSignalBlocker(widget):
                show_value(widget, values[name])
            widget.setEnabled(name not in idle)
        self.pattern.setVisible(values["group_by"] == "name" and not self.group_by.isHidden())

    def _editors(self) -> dict[str, "PercentField | Choice | QLineEdit"]:
        return {
            "val_fraction": self.val,
            "test_fraction": self.test,
            "group_by": self.group_by,
            "group_pattern": self.pattern,
            "pages": self.pages,
            "channels": self.channels,
        }

    def _take(self, name: str, line: QLineEdit) -> None:
        if line.isModified():
            line.setModified(False)
            self.changed.emit({name: line.text()})

    def _advice_card(self) -> QFrame:
        frame = QFrame()
        theme.card(frame)
        sign = IconLabel("warning", "warning", 22)
        sign.setAccessibleName("Advice")
        self.keep.setToolTip("Divide the pictures again, each group in one split. You can undo it on the Train page.")
        layouts.row(sign, (self._sentence, 1), self.keep, inside=frame, spacing=theme.MEDIUM, margins=layouts.CARD)
        return frame

    def _lay_out(self) -> None:
        row = WrappingRow()
        for name, widget in self._editors().items():
            if name in self._labels:
                self._labels[name].setBuddy(widget)
                row.addWidget(self._labels[name])
            row.addWidget(widget)
        layouts.column(row, self._advice, inside=self, spacing=theme.MEDIUM)


class PercentField(QDoubleSpinBox):
    """A share of the pictures, in percent."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        theme.number_box(self)
        self.setDecimals(2)
        self.setSuffix("\u00a0%")
        self.setSingleStep(_STEP)
        self.setRange(0 if name == "test_fraction" else 1, 89)
        self.setSpecialValueText("None" if name == "test_fraction" else "")

    def share(self) -> float:
        """The value as a fraction in [0, 1]."""
        return round(self.value() / 100, 6)

    def set_share(self, value: float) -> None:
        self.setValue(100 * value)

    def textFromValue(self, value: float) -> str:  # Qt's name
        return f"{value:.4g}"

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()  # scrolling past it must not change it


class Choice(QComboBox):
    """One of a setting's values."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value, label in (choices(name) or {}).items():
            self.addItem(label, value)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()  # scrolling past it must not change it


def describe(name: str, widget: QWidget) -> None:
    """Give an editor the title and help of its setting."""
    field = TrainSettings.model_fields[name]
    widget.setAccessibleName(str(field.title))
    widget.setToolTip(f"<qt>{field.description}</qt>")  # rich text wraps
    widget.setWhatsThis(str(field.description))


def show_value(widget: "PercentField | Choice | QLineEdit", value: Any) -> None:
    """Show a setting's value."""
    match widget:
        case PercentField():
            widget.set_share(value)
        case Choice():
            widget.setCurrentIndex(widget.findData(value))
        case _ if widget.text() != value:
            widget.setText(value)
            widget.setCursorPosition(0)
