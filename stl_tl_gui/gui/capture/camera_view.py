"""CameraView: the live picture of a camera and the choice of camera; the camera is in use only while this is seen."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QHideEvent, QImage, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QPushButton, QWidget

from stl_tl_gui.gui.capture.frame_source import FrameSource
from stl_tl_gui.gui.capture.preview import Preview
from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.eliding_combo import ElidingCombo
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.wrapping_row import WrappingRow

_LETTERS = 18


class CameraView(QWidget):
    """Starts its source when it is shown and stops it when it is hidden, minimized or closed."""

    frame = Signal(QImage)
    """Not mirrored."""
    ready_changed = Signal(bool)
    """Whether there are frames."""

    def __init__(
        self, source: FrameSource, parent: QWidget | None = None, buttons: Sequence[QAbstractButton] = ()
    ) -> None:
        """`buttons` stand before the choice of camera."""
        super().__init__(parent)
        self.source = source
        self.preview = Preview()
        self.devices = ElidingCombo(_LETTERS)
        self.devices.setAccessibleName("Camera")
        self.devices.activated.connect(self._choose)
        self.mirror = QCheckBox("Mirror")
        self.mirror.setToolTip("Show the preview as in a mirror. Pictures are saved unmirrored.")
        self.mirror.setChecked(True)
        self.mirror.toggled.connect(self.preview.mirror)
        self.again = QPushButton(icon("refresh"), "Try again")
        self.again.setToolTip("Look for the camera again")
        self.again.setAutoDefault(False)
        self.again.clicked.connect(self.restart)
        self.again.hide()
        source.frame.connect(self._show)
        source.failed.connect(self._fail)
        source.devices_changed.connect(self._list_devices)
        self._ready = self._on = False
        self._window: QWidget | None = None
        row = WrappingRow(*buttons, self.again, self.devices, self.mirror)
        layouts.column((self.preview, 1), row, inside=self, spacing=theme.MEDIUM)

    @property
    def ready(self) -> bool:
        """Whether there are frames."""
        return self._ready

    def restart(self) -> None:
        """Stop and start, perhaps with another camera."""
        self._switch(False)
        self._switch(self.isVisible())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._window is not self.window():
            self._window = self.window()
            self._window.installEventFilter(self)
        self._switch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._switch(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt sends no hideEvent to the parts of a window that is minimized on every system."""
        if event.type() == QEvent.Type.WindowStateChange and watched is self._window:
            self._switch(self.isVisible() and not self.window().isMinimized())
        return False

    def _switch(self, on: bool) -> None:
        if on == self._on:
            return
        self._on = on
        if on:
            self.again.hide()
            self.preview.say("Starting the camera…")
            self._list_devices()
            self.source.start()
        else:
            self.source.stop()
            self._set_ready(False)

    def _show(self, frame: QImage) -> None:
        if self._on:
            self.preview.show_frame(frame)
            self._set_ready(True)
            self.frame.emit(frame)

    def _fail(self, sentence: str) -> None:
        self.preview.say(sentence)
        self.again.show()
        self._set_ready(False)

    def _set_ready(self, ready: bool) -> None:
        if ready != self._ready:
            self._ready = ready
            self.ready_changed.emit(ready)

    def _choose(self) -> None:
        self.source.choose(self.devices.currentData())
        self.restart()

    def _list_devices(self) -> None:
        self.devices.clear()
        for device, name in self.source.devices().items():
            self.devices.addItem(name, device)
        self.devices.setVisible(self.devices.count() > 1)
