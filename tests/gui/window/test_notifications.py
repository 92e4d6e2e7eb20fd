"""What is said of ends that the user does not see, and the sign in the tray. No tray of the system is needed."""

from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from PySide6.QtWidgets import QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.events import RunEnd
from stl_tl_gui.gui.window import background
from stl_tl_gui.gui.window.background import Background
from stl_tl_gui.gui.window.notifications import LONG, Notifications


class Tray(QObject):
    """Stands in for QSystemTrayIcon on a system that has a tray."""

    activated, messageClicked = Signal(object), Signal()

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.messages: list[tuple[str, str]] = []
        self.visible = False
        self.menu: QMenu | None = None

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return True

    def setToolTip(self, text: str) -> None: ...

    def setContextMenu(self, menu: QMenu) -> None:
        self.menu = menu

    def showMessage(self, title: str, text: str, icon: object) -> None:
        self.messages.append((title, text))

    def show(self) -> None:
        self.visible = True

    def hide(self) -> None:
        self.visible = False


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def behind(window: QMainWindow, monkeypatch: pytest.MonkeyPatch) -> Background:
    monkeypatch.setattr(background, "QSystemTrayIcon", Tray)
    return Background(window)


def end(seconds: float = LONG, **more: Any) -> RunEnd:
    return RunEnd(**{"reason": "completed", "message": "All is done.", "seconds": seconds, **more})


def told(window: QMainWindow, behind: Background, event: RunEnd, **more: Any) -> list[tuple[str, str]]:
    notifications = Notifications(window, behind, more.get("goes_on", lambda: False))
    notifications.on_event(event)
    return behind.tray.messages


def test_that_hiding_leaves_a_sign_that_brings_the_window_back(window, behind, qtbot):
    behind.hide_window()
    assert not window.isVisible()
    assert behind.tray.visible
    assert "continues" in behind.tray.messages[0][1]
    behind.tray.messageClicked.emit()
    assert window.isVisible()
    assert not behind.tray.visible


def test_that_the_sign_can_stop_and_quit(window, behind, qtbot):
    show, stop, _, leave = behind.tray.menu.actions()
    with qtbot.waitSignal(behind.stop_wanted):
        stop.trigger()
    with qtbot.waitSignal(behind.quit_wanted):
        leave.trigger()
    window.hide()
    show.trigger()
    assert window.isVisible()


def test_that_a_long_run_is_told_with_its_accuracy_to_those_who_look_elsewhere(window, behind, monkeypatch):
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    messages = told(window, behind, end(best_val_accuracy=0.5, test_accuracy=0.914))
    assert messages == [("Training ended", "Accuracy: 91.4 % of the test pictures.")]


def test_that_a_failure_is_told_as_one(window, behind, monkeypatch):
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    messages = told(window, behind, end(reason="failed", message="The disk is full."))
    assert messages == [("Training failed", "The disk is full.")]


@pytest.mark.parametrize("why", ["short", "seen", "queued", "switched off"])
def test_that_nothing_is_told_where_it_would_only_disturb(window, behind, monkeypatch, why):
    monkeypatch.setattr(window, "isActiveWindow", lambda: why == "seen")
    notifications = Notifications(window, behind, lambda: why == "queued")
    notifications.switch(why != "switched off")
    notifications.on_event(end(1.0 if why == "short" else LONG))
    assert behind.tray.messages == []


def test_that_even_a_short_run_is_told_when_the_window_was_put_away(window, behind):
    behind.hide_window()
    behind.tray.messages.clear()
    assert told(window, behind, end(1.0)) == [("Training ended", "All is done.")]


def test_that_a_maximised_window_comes_back_maximised_and_the_sign_goes(window, behind, qtbot):
    window.showMaximized()
    behind.hide_window()
    behind.show_window()
    assert window.isMaximized()
    behind.notify("Queue completed", "")
    assert behind.tray.visible
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    assert not behind.tray.visible


def test_that_the_end_of_the_queue_is_told(window, behind, monkeypatch):
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    Notifications(window, behind, lambda: False).queue_done(3, 1)
    assert behind.tray.messages == [("Queue completed", "3 runs completed, 1 failed.")]


def test_that_the_switch_is_remembered(window, behind):
    Notifications(window, behind, lambda: False).switch(False)
    assert not Notifications(window, behind, lambda: False).on
