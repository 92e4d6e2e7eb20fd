"""Notifications: inform users who look elsewhere that a long run or the queue has ended."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from stl_tl_gui.gui.widgets.remembered import remembered
from stl_tl_gui.gui.window.background import Background

if TYPE_CHECKING:
    from stl_tl_gui.engine.events import Event, RunEnd

LONG = 60.0
"""Seconds that a run must have taken to be worth a notification."""
_KEY = "notifications"


class Notifications(QObject):
    """On unless the user has switched them off."""

    def __init__(self, window: QWidget, background: Background, queue_goes_on: Callable[[], bool]) -> None:
        """While the queue runs, single runs are not notified, only its end."""
        super().__init__(window)
        self._window, self._background, self._queue_goes_on = window, background, queue_goes_on

    @property
    def on(self) -> bool:
        return str(remembered().value(_KEY, "true")) != "false"

    def switch(self, on: bool) -> None:
        remembered().setValue(_KEY, "true" if on else "false")

    def on_event(self, event: "Event") -> None:
        """Notify that a run has ended, if it was long or the window is hidden."""
        if event.event == "run_end" and not self._queue_goes_on():
            away = not self._window.isVisible() or self._window.isMinimized()
            if away or event.seconds >= LONG:
                self._notify(*self._words(event))

    def queue_done(self, done: int, failed: int) -> None:
        self._notify("Queue completed", f"{done} runs completed, {failed} failed.")

    def _notify(self, title: str, text: str) -> None:
        if self.on and not self._window.isActiveWindow():
            self._background.notify(title, text)

    def _words(self, end: "RunEnd") -> tuple[str, str]:
        if end.reason == "failed":
            return "Training failed", end.message
        accuracy, pictures = end.test_accuracy, "test pictures"
        if accuracy is None:
            accuracy, pictures = end.best_val_accuracy, "validation pictures"
        if accuracy is None:
            return "Training ended", end.message
        return "Training ended", f"Accuracy: {100 * accuracy:.1f} % of the {pictures}."
