"""CurveTools: the row above the curves, with options for drawing, copying, and saving."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSlider, QToolButton, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.remembered import remembered
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

AUTOMATIC = 0
_POWERS = 10
"""The slider's positions: automatic, then averages over 1, 2, 4, ... batches."""
_SLIDER_WIDTH = 70


class CurveTools(QWidget):
    """Remembers what was chosen."""

    logarithmic_changed = Signal(bool)
    smoothing_changed = Signal(object)
    """Batches to average over, or None: automatic."""
    axis_changed = Signal(bool)
    """Whether the horizontal axis is time, not epochs."""
    references_changed = Signal(str)
    """Which earlier runs to show: "none", "best" or "all"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.logarithmic = QPushButton("Log loss")
        self.logarithmic.setCheckable(True)
        self.logarithmic.setToolTip("Draw the loss on a logarithmic axis")
        self.smoothing = _Smoothing()
        self.axis = QComboBox()
        self.references = QComboBox()
        self.show_all = QPushButton(icon("zoom_out"), "Show all")
        self.show_all.setToolTip("Show the whole run. Drag in a plot to zoom in.")
        self.show_all.setEnabled(False)
        self.more = QToolButton()
        self._set_up()
        WrappingRow(self.smoothing, self.logarithmic, self.axis, self.references, self.show_all, self.more, inside=self)

    def restore(self) -> None:
        """Restore the last choices and signal them."""
        memory = remembered()
        self.logarithmic.setChecked(str(memory.value("curves/logarithmic", "false")) == "true")
        place = str(memory.value("curves/smoothing", AUTOMATIC))
        self.smoothing.slider.setValue(int(place) if place.isdecimal() else AUTOMATIC)
        if memory.value("curves/axis"):
            self.axis.setCurrentIndex(int(str(memory.value("curves/axis")) == "time"))
        self.references.setCurrentIndex(max(0, self.references.findData(memory.value("curves/references", "best"))))

    def suggest_axis(self, over_time: bool) -> None:
        """Choose the axis that suits a run, unless the user has chosen one."""
        if not remembered().value("curves/axis"):
            with QSignalBlocker(self.axis):
                self.axis.setCurrentIndex(int(over_time))
            self.axis_changed.emit(over_time)

    def _set_up(self) -> None:
        self.axis.addItems(["Over epochs", "Over time"])
        self.axis.setAccessibleName("Horizontal axis")
        self.axis.setToolTip("What the horizontal axis counts")
        for data, text in (
            ("best", "Best earlier run"),
            ("all", "All earlier runs"),
            ("none", "This run only"),
        ):
            self.references.addItem(text, data)
        self.references.setAccessibleName("Earlier runs to compare with")
        self.references.setToolTip("Show earlier runs on the same pictures as faint lines")
        self.more.setIcon(icon("more"))
        self.more.setToolTip("Copy or save the curves")
        self.more.setAccessibleName("Copy or save the curves")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.logarithmic.toggled.connect(self._log_toggled)
        self.smoothing.slider.valueChanged.connect(self._smoothing_moved)
        self.axis.currentIndexChanged.connect(self._axis_chosen)
        self.references.currentIndexChanged.connect(self._references_chosen)

    def _log_toggled(self, on: bool) -> None:
        remembered().setValue("curves/logarithmic", "true" if on else "false")
        self.logarithmic_changed.emit(on)

    def _smoothing_moved(self, place: int) -> None:
        remembered().setValue("curves/smoothing", place)
        self.smoothing_changed.emit(None if place == AUTOMATIC else 2 ** (place - 1))

    def _axis_chosen(self, index: int) -> None:
        remembered().setValue("curves/axis", "time" if index else "epochs")
        self.axis_changed.emit(bool(index))

    def _references_chosen(self) -> None:
        chosen = str(self.references.currentData())
        remembered().setValue("curves/references", chosen)
        self.references_changed.emit(chosen)


class _Smoothing(QWidget):
    """A slider with its value in words."""

    def __init__(self) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(AUTOMATIC, _POWERS)
        self.slider.setPageStep(1)
        self.slider.setFixedSize(_SLIDER_WIDTH, 24)
        self.slider.setAccessibleName("Smoothing of the training loss")
        self.slider.setToolTip("Average the training loss over this many batches (moving average)")
        self.words = QLabel()
        layouts.row(self.slider, self.words, inside=self, spacing=theme.SMALL)
        self.say(1)

    def say(self, over: int) -> None:
        """Show how many batches are averaged."""
        automatic = self.slider.value() == AUTOMATIC
        text = "not smoothed" if over <= 1 else f"mean of {over}"
        self.words.setText(f"{text} (auto)" if automatic else text)
        self.words.setMinimumWidth(self.words.fontMetrics().horizontalAdvance(f"mean of {512} (auto)"))
        self.slider.setAccessibleDescription(self.words.text())
