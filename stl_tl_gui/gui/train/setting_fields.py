"""One editor per kind of setting, all with `value()`, `set_value()` and `changed`. Limits come from the settings."""

import math
import re
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QStandardItemModel, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from stl_tl_gui.engine.settings.settings import TrainSettings, choices
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.words.settings import shortest

WHOLE_STEPS = {"batch_size": 8, "input_size": 32}
DECIMAL_STEPS = {
    "stage_rate": 0.1, "blend": 0.1, "label_smoothing": 0.05, "mirror": 0.1, "mirror_vertical": 0.1,
    "quarter_turns": 0.1, "rotate": 5.0, "shift": 0.02, "zoom": 0.05, "crop": 0.05, "color": 0.05, "blur": 0.5,
    "noise": 0.02, "erase": 0.1,
}  # fmt: skip
"""Size of an arrow's step; decimal numbers without one step through 1, 2, 3, 5, 10, 20, ... at any scale."""

_MINUTES = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 30.0, 60.0)
"""What the arrows of a time limit step through."""

_LETTERS = 9
"""Preferred width of an editor, in letters; it grows where there is room."""
_LADDER = (1.0, 2.0, 3.0, 5.0)
_SMALLEST_STEP = 1e-6
_DECIMALS = 323
"""Qt rounds to so many places after the point, the most it can: enough to keep any number from _TINY up exactly."""
_TINY = 1e-300
_NUMBER = re.compile(r"[+-]?\d*[.,]?\d*(e[+-]?\d*)?", re.IGNORECASE)


class _UndoPasses(QObject):
    """Passes Undo and Redo on to the form where the text of a number has nothing to undo."""

    def __init__(self, box: QAbstractSpinBox) -> None:
        super().__init__(box)
        self._line = box.lineEdit()
        box.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
            return False
        undoes, redoes = (event.matches(key) for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo))
        passes = (undoes and not self._line.isUndoAvailable()) or (redoes and not self._line.isRedoAvailable())
        if passes:
            event.ignore()
        return passes


def _settle(box: QAbstractSpinBox) -> None:
    """Set up what all number fields have in common."""
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setKeyboardTracking(False)
    theme.number_box(box)
    _UndoPasses(box)


class WholeNumberField(QSpinBox):
    """A whole number."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _settle(self)
        low, high = limits(name)
        self.setRange(int(low), int(high))
        self.setSingleStep(WHOLE_STEPS.get(name, 1))
        zero = {"early_stopping": "0 (off)", "views": "0 (off)", "fold": "0 (all)", "input_size": "Automatic"}
        self.setSpecialValueText(zero.get(name, ""))
        self.valueChanged.connect(self.changed)

    def set_value(self, value: int) -> None:
        self.setValue(value)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()  # scrolling past it must not change it


class NumberField(QDoubleSpinBox):
    """A decimal number, kept exactly as given and shown as short as possible, also far below one."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _settle(self)
        self._step = DECIMAL_STEPS.get(name)
        self.setDecimals(_DECIMALS)
        self.setRange(*limits(name))
        self.valueChanged.connect(self.changed)

    def set_value(self, value: float) -> None:
        self.setValue(value)

    def sizeHint(self) -> QSize:
        widest = self.fontMetrics().averageCharWidth() * _LETTERS + 40
        return super().sizeHint().boundedTo(QSize(widest, 1000))  # not with room for a limit of 0.9999999999999999

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint() - QSize(self.fontMetrics().averageCharWidth() * 2, 0)

    def textFromValue(self, value: float) -> str:  # Qt's name
        return shortest(value)

    def valueFromText(self, text: str) -> float:  # Qt's name
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let a number be typed piece by piece, with a point or a comma, with or without an exponent."""
        if not _NUMBER.fullmatch(text.strip()):
            return QValidator.State.Invalid, text, position
        try:
            inside = self.minimum() <= float(text.replace(",", ".")) <= self.maximum()
        except ValueError:
            inside = False
        return QValidator.State.Acceptable if inside else QValidator.State.Intermediate, text, position

    def stepBy(self, steps: int) -> None:  # Qt's name
        value = self.value()
        for _ in range(abs(steps)):
            value = self._next(value, up=steps > 0)
        self.setValue(value)
        self.selectAll()

    def _next(self, value: float, *, up: bool) -> float:
        if self._step is None:
            following = next_on_ladder(value, up=up)
        else:
            following = round(value + (self._step if up else -self._step), 10)
        return following if self.minimum() <= following <= self.maximum() else value

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()  # scrolling past it must not change it


class MinutesField(QDoubleSpinBox):
    """A time that is set in minutes; its value is in seconds. 0 is no limit."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _settle(self)
        self.setRange(0, limits(name)[1] / 60)
        self.setDecimals(6)
        self.setSuffix(" min")
        self.setSpecialValueText("None")
        self.valueChanged.connect(self.changed)

    def value(self) -> float:
        return round(60 * super().value(), 3)

    def set_value(self, value: float) -> None:
        self.setValue(value / 60)

    def sizeHint(self) -> QSize:
        narrow = self.fontMetrics().averageCharWidth() * _LETTERS + 40
        return super().sizeHint().boundedTo(QSize(narrow, 1000))  # not with room for the longest time

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def textFromValue(self, value: float) -> str:  # Qt's name
        return shortest(round(value, 6))

    def valueFromText(self, text: str) -> float:  # Qt's name
        try:
            return float(text.removesuffix(self.suffix()).replace(",", "."))
        except ValueError:
            return super().value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let a number be typed with a point or a comma, whatever the system's locale."""
        number = text.removesuffix(self.suffix()).strip()
        if text == self.specialValueText() or number.replace(",", ".", 1).replace(".", "", 1).isdecimal():
            return QValidator.State.Acceptable, text, position
        return (QValidator.State.Invalid if number.strip(".,") else QValidator.State.Intermediate), text, position

    def stepBy(self, steps: int) -> None:  # Qt's name
        minutes = super().value()
        for _ in range(abs(steps)):
            minutes = (
                next((rung for rung in _MINUTES if rung > minutes), minutes + 60)
                if steps > 0
                else max((rung for rung in _MINUTES if rung < minutes), default=0.0)
            )
        self.setValue(minutes)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()  # scrolling past it must not change it


class ChoiceField(ElidingCombo):
    """One of several values, each shown by a label."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(_LETTERS, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value, label in (choices(name) or {}).items():
            self.addItem(label, value)
        self.currentIndexChanged.connect(self._show_choice)

    def _show_choice(self, index: int) -> None:
        self.changed.emit()

    def value(self) -> str:
        return str(self.currentData())

    def set_value(self, value: str) -> None:
        """Choose a value; one that is not listed (a certain GPU, a stage) is added."""
        index = self.findData(value)
        if index < 0:
            with QSignalBlocker(self):
                self.addItem(self.label_of(value), value)
            index = self.findData(value)
        self.setCurrentIndex(index)

    def label_of(self, value: str) -> str:
        """The label of a value."""
        index = self.findData(value)
        return self.itemText(index) if index >= 0 else value

    def set_available(self, value: str, available: bool, why_not: str) -> None:
        """Gray an entry out, or bring it back."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.findData(value))
        item.setEnabled(available)
        item.setToolTip("" if available else why_not)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        event.ignore()  # scrolling past it must not change it


class FreezeField(ChoiceField):
    """What to freeze: the fixed choices, and one entry per stage of the backbone."""

    def set_stages(self, stages: tuple[str, ...]) -> None:
        """Offer to freeze up to each stage but the last, which is the same as “Head only”."""
        chosen = self.value()
        fixed = len(choices("freeze") or {})
        with QSignalBlocker(self):
            while self.count() > fixed:
                self.removeItem(fixed)
            for stage in stages[:-1]:
                self.addItem(self.label_of(stage), stage)
            self.set_value(chosen)

    def label_of(self, value: str) -> str:
        index = self.findData(value)
        return self.itemText(index) if index >= 0 else f"Frozen up to {value}"


class DeviceField(ChoiceField):
    """The devices of this computer: Automatic and CPU until it is known which others there are."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.offer({})

    def offer(self, devices: Mapping[str, str]) -> None:
        """List these devices, names for display by value; another one that is chosen stays."""
        known = choices("device") or {}
        chosen = self.value()
        with QSignalBlocker(self):
            self.clear()
            for value, label in {**{value: known[value] for value in ("auto", "cpu")}, **devices}.items():
                self.addItem(label, value)
            self.set_value(chosen)

    def label_of(self, value: str) -> str:
        index = self.findData(value)
        return self.itemText(index) if index >= 0 else (choices("device") or {}).get(value, value)


SettingField = WholeNumberField | NumberField | MinutesField | ChoiceField


def field_for(name: str) -> SettingField:
    """The editor for a setting, as its type and choices ask for."""
    if name == "budget":
        return MinutesField(name)
    if name == "freeze":
        return FreezeField(name)
    if name == "device":
        return DeviceField(name)
    if choices(name) is not None:
        return ChoiceField(name)
    kind = TrainSettings.model_fields[name].annotation
    return WholeNumberField(name) if kind is int else NumberField(name)


def limits(name: str) -> tuple[float, float]:
    """The smallest and largest value a number may have; where a limit itself is excluded, the number next to it."""
    rules = _rules(name)
    low = rules["ge"] if "ge" in rules else max(math.nextafter(rules["gt"], math.inf), _TINY)
    high = rules["le"] if "le" in rules else math.nextafter(rules["lt"], -math.inf)
    return low, high


def limits_in_words(name: str) -> str:
    """The limits of a number for a tooltip, such as “above 0, at most 10”; empty for choices."""
    words = {"ge": "at least {n}", "gt": "above {n}", "le": "at most {n}", "lt": "below {n}"}
    return ", ".join(words[kind].format(n=shortest(number)) for kind, number in _rules(name).items())


def _rules(name: str) -> dict[str, float]:
    found = TrainSettings.model_fields[name].metadata
    return {
        kind: float(getattr(rule, kind)) for rule in found for kind in ("ge", "gt", "le", "lt") if hasattr(rule, kind)
    }


def next_on_ladder(value: float, *, up: bool) -> float:
    """The next larger or smaller of ..., 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, ...; below 1e-6 comes 0."""
    if value < _SMALLEST_STEP:
        return _SMALLEST_STEP if up else 0.0
    exponent = math.floor(math.log10(value))
    rungs = [float(f"{digit}e{power}") for power in range(exponent - 1, exponent + 2) for digit in _LADDER]
    if up:
        return next(rung for rung in rungs if rung > value * (1 + 1e-9))
    below = next(rung for rung in reversed(rungs) if rung < value * (1 - 1e-9))
    return below if below >= _SMALLEST_STEP else 0.0
