"""The status bar: what is going on, and on which device."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from stl_tl_gui.gui.widgets import theme

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Event

_A_WHILE = 10_000
"""Milliseconds."""


class StatusLine(QStatusBar):
    """Follows the events of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._starting = "Getting ready…"
        self._passing = False
        self._text = ""
        self._about = "Where the computing happens"
        self._device = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._device.setToolTip(self._about)
        self._device.setContentsMargins(theme.MEDIUM, 0, theme.MEDIUM, 0)
        self.addPermanentWidget(self._device)
        self.setSizeGripEnabled(False)

    def starting(self) -> None:
        self.showMessage(self._starting)

    def say(self, text: str) -> None:
        """Tell of something that was done, for a while."""
        self.showMessage(text, _A_WHILE)

    def say_queue_done(self, done: int, failed: int) -> None:
        text = "The queue is done: {done} runs completed, {failed} failed."
        self.showMessage(text.format(done=done, failed=failed))

    def show_device(self, device: str) -> None:
        from stl_tl_gui.words.run import device_in_words

        self._text = f"Device: {device_in_words(device)}"
        self._fit()

    def _fit(self) -> None:
        """Show as much of the device as leaves room for messages; all of it where one points at it."""
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width() // 2)
        self._device.setText(shown)
        self._device.setToolTip(self._about if shown == self._text else self._text)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def ready(self) -> None:
        """The start is over: take away what was said about it."""
        if self.currentMessage() == self._starting:
            self.clearMessage()

    def on_event(self, event: "Event") -> None:
        from stl_tl_gui.words.status import words

        if event.event == "run_start":
            self.show_device(event.device)
        text = words(event)
        if text is not None:
            self._passing = event.event == "progress"
            self.showMessage(text)

    def set_running(self, running: bool) -> None:
        """Tell that a run's job has started or is over: then nothing is under way any more."""
        if not running and self._passing:
            self._passing = False
            self.clearMessage()
