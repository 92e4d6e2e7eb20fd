"""What all tests of the window share."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.app import make_window
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.capture.frame_source import FrameSource
from stl_tl_gui.gui.window.main_window import MainWindow


@pytest.fixture(autouse=True)
def no_thread_left(qapp: QApplication) -> Iterator[None]:
    """Threads that a test leaves are stopped and waited for, so that they cannot disturb the next test.

    Fonts need Qt’s application, whichever test is the first.
    """
    yield
    for worker in workers_at_work():
        worker.stop()
        assert worker.wait(20_000), "a job does not ask whether it should stop"
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # or each new style would reach old windows
    _waited.clear()


_waited: list[Any] = []
_LONG = 60_000
"""Milliseconds."""


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Waits long, for the computer may be busy, and keeps what waits for a signal until none is on its way.

    PySide delivers it to the method's object even when that was freed meanwhile, unless it is a QObject: a crash.
    """
    wait_signal = qtbot.waitSignal

    def wait_and_keep(*arguments: Any, timeout: int = _LONG, **options: Any) -> Any:
        _waited.append(blocker := wait_signal(*arguments, timeout=timeout, **options))
        return blocker

    monkeypatch.setattr(qtbot, "waitSignal", wait_and_keep)
    for name in ("waitSignals", "waitUntil", "waitExposed"):
        monkeypatch.setattr(qtbot, name, partial(getattr(qtbot, name), timeout=_LONG))
    return qtbot


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    """The whole window, shown, with no data yet."""
    window = make_window(qapp)
    window.resize(1100, 700)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.closing.at_once()
    qtbot.waitUntil(lambda: workers_at_work() == ())
    window.deleteLater()
    for box in window.findChildren(QMessageBox):
        box.close()


class Frames(FrameSource):
    """Stands in for a camera: sends what a test gives it, while it is on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.on = False
        self.names = {"a": "Camera A"}
        self.chosen = ""

    def devices(self) -> dict[str, str]:
        return self.names

    def choose(self, device: str) -> None:
        self.chosen = device

    def start(self) -> None:
        self.on = True

    def stop(self) -> None:
        self.on = False

    def send(self, left: str = "red", right: str = "blue") -> None:
        image = QImage(64, 48, QImage.Format.Format_RGB32)
        image.fill(QColor(left))
        for x in range(32, 64):
            for y in range(48):
                image.setPixelColor(x, y, QColor(right))
        self.frame.emit(image)


@pytest.fixture
def source() -> Frames:
    """A camera that sends what a test gives it."""
    return Frames()
