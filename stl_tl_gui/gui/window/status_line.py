"""The status bar: what the app is doing, and on which device."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar, QWidget

from stl_tl_gui.gui.widgets import layouts, theme
from stl_tl_gui.gui.widgets.icons import icon

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
        self._offer: QWidget | None = None
        self._text = ""
        self._about = "Device that training and prediction use"
        self._device = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._device.setToolTip(self._about)
        self._device.setContentsMargins(theme.MEDIUM, 0, theme.MEDIUM, 0)
        self.addPermanentWidget(self._device)
        self.setSizeGripEnabled(False)

    def starting(self) -> None:
        self.showMessage(self._starting)

    def say(self, text: str) -> None:
        """Show a message for a while."""
        self.showMessage(text, _A_WHILE)

    def offer(self, text: str, label: str, do: Callable[[], object]) -> None:
        """Show a message with a button, until it is pressed or closed."""
        if self._offer is not None:
            self._offer.deleteLater()
        self._offer = QWidget()
        act, close = QPushButton(label), QPushButton(icon("close"), "")
        close.setToolTip("Close this message")
        close.setAccessibleName("Close")
        words = QLabel(text, textFormat=Qt.TextFormat.PlainText)
        layouts.row(words, act, close, inside=self._offer, spacing=theme.MEDIUM)
        act.clicked.connect(do)
        for button in (act, close):
            button.clicked.connect(self._offer.deleteLater)
        self._offer.destroyed.connect(self._withdraw)
        self.insertPermanentWidget(0, self._offer)

    def _withdraw(self) -> None:
        self._offer = None

    def say_queue_done(self, done: int, failed: int) -> None:
        self.showMessage(f"Queue completed: {done} runs completed, {failed} failed.")

    def show_device(self, device: str) -> None:
        from stl_tl_gui.words.run import device_in_words

        self._text = f"Device: {device_in_words(device)}"
        self._fit()

    def _fit(self) -> None:
        """Show as much of the device as leaves room for messages; the tooltip has all of it."""
        elided = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width() // 2)
        self._device.setText(elided)
        self._device.setToolTip(self._about if elided == self._text else self._text)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def ready(self) -> None:
        """Clear the message of the start."""
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
        """Clear what was in progress when a run has ended."""
        if not running and self._passing:
            self._passing = False
            self.clearMessage()
