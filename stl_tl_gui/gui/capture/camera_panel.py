"""CameraPanel: takes pictures with a camera, one by one, many while the button is held, or in a burst."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSpinBox, QWidget

from stl_tl_gui.gui.capture.camera_view import CameraView
from stl_tl_gui.gui.capture.frame_source import FrameSource
from stl_tl_gui.gui.capture.shutter import Shutter
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_BEFORE_HELD, _WHILE_HELD = 600, 200
"""Milliseconds until a press is a burst, and between the pictures of it."""
_MOST = 200


class CameraPanel(QWidget):
    """`began` comes before the first picture of each burst; a single picture is a burst of one."""

    began = Signal()
    taken = Signal(QImage)

    def __init__(self, source: FrameSource, parent: QWidget | None = None, shutter: Shutter | None = None) -> None:
        """`shutter` with a faster beat, for tests."""
        super().__init__(parent)
        self.shutter = shutter or Shutter(self)
        self.take = QPushButton(icon("camera"), "Take picture")
        self.take.setToolTip("Take a picture (Space). Hold the button to take many.")
        self.view = CameraView(source, buttons=[self.take])
        self.count = QSpinBox(minimum=2, maximum=_MOST, value=10)
        self.count.setSuffix(" pictures")
        self.count.setAccessibleName("Pictures in a burst")
        self.every = QDoubleSpinBox(minimum=0.1, maximum=60, value=0.5, singleStep=0.1, decimals=1)
        self.every.setPrefix("every ")
        self.every.setSuffix(" s")
        self.every.setAccessibleName("Seconds between the pictures of a burst")
        for box in (self.count, self.every):
            theme.number_box(box)
        self.burst = QPushButton()
        self._held = QTimer(self)
        self._held.timeout.connect(self._take_while_held)
        for each in (self.take, self.burst):
            each.setAutoDefault(False)
        self._connect()
        self._lay_out()
        self._follow()

    def take_one(self) -> None:
        """Take a picture now, if there are frames."""
        if self.view.ready and not self.shutter.running:
            self.began.emit()
            self._take()

    def stop(self) -> None:
        """Take no more pictures."""
        self._held.stop()
        self.shutter.stop()

    def toggle_burst(self) -> None:
        """Start a burst with a countdown, or stop the one under way."""
        if self.shutter.running:
            self.shutter.stop()
        elif self.view.ready:
            self.began.emit()
            self.shutter.start(self.count.value(), round(1000 * self.every.value()))

    def _take(self) -> None:
        if self.view.ready:
            self.taken.emit(self.view.preview.frame)

    def _press(self) -> None:
        self.take_one()
        self._held.start(_BEFORE_HELD)

    def _take_while_held(self) -> None:
        self._held.setInterval(_WHILE_HELD)
        self._take()

    def _follow(self) -> None:
        """Update the buttons' tooltips."""
        running, ready = self.shutter.running, self.view.ready
        if not ready:
            self.stop()
        self.take.setEnabled(ready and not running)
        self.burst.setEnabled(ready)
        self.burst.setText("Stop burst" if running else "Start burst")
        self.burst.setIcon(icon("stop" if running else "play"))
        self.burst.setToolTip("Stop taking pictures" if running else "Count down 3, 2, 1, then take the pictures")

    def _connect(self) -> None:
        self.view.ready_changed.connect(self._follow)
        self.take.pressed.connect(self._press)
        self.take.released.connect(self._held.stop)
        self.burst.clicked.connect(self.toggle_burst)
        self.shutter.counted.connect(self.view.preview.count)
        self.shutter.due.connect(self._take)
        self.shutter.left_changed.connect(self._follow)
        self.shutter.ended.connect(self._follow)

    def _lay_out(self) -> None:
        row = WrappingRow(self.count, self.every, self.burst)
        layouts.column((self.view, 1), row, inside=self, spacing=theme.MEDIUM)
