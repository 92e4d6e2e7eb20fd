"""Timers that do something later, or again and again."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def make_timer(owner: QObject, milliseconds: int, do: Callable[[], object], *, once: bool = False) -> QTimer:
    """A timer that is not yet started; with `once` each start leads to one call."""
    timer = QTimer(owner)
    timer.setInterval(milliseconds)
    timer.setSingleShot(once)
    timer.timeout.connect(do)
    return timer
