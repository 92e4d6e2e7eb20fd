"""What all tests of the window share."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.capture.frame_source import FrameSource


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Threads that a test leaves are stopped and waited for, so that they cannot disturb the next test."""
    yield
    for worker in workers_at_work():
        worker.stop()
        assert worker.wait(20_000), "a job does not ask whether it should stop"
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # or each new style would reach old windows
    _waited.clear()


_waited: list[Any] = []


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Keeps what waits for a signal until no signal is on its way from another thread.

    PySide delivers it to the method's object even when that was freed meanwhile, unless it is a QObject: a crash.
    """
    wait_signal = qtbot.waitSignal

    def wait_and_keep(*arguments: Any, **options: Any) -> Any:
        _waited.append(blocker := wait_signal(*arguments, **options))
        return blocker

    monkeypatch.setattr(qtbot, "waitSignal", wait_and_keep)
    return qtbot


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
