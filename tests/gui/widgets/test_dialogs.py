"""Messages and questions: none blocks, each says what it should."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.gui.widgets.dialogs import ask, attempt, show_error


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def button(box: QMessageBox, text: str) -> QPushButton:
    return next(each for each in box.findChildren(QPushButton) if each.text().replace("&", "") == text)


def test_that_a_mistake_of_the_user_is_one_sentence_without_details(parent: QWidget) -> None:
    box = show_error(parent, UserError("The folder “a <b>” is empty."))
    assert box.isVisible()
    assert box.text() == "The folder “a <b>” is empty."
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert not box.detailedText()


def test_that_a_file_that_cannot_be_used_is_named(parent: QWidget) -> None:
    box = show_error(parent, PermissionError(13, "Permission denied", "/x/y.csv"))
    assert box.text() == "“/x/y.csv” cannot be used: Permission denied."


def test_that_a_fault_of_ours_has_details_that_can_be_copied(parent: QWidget, qtbot: QtBot) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        box = show_error(parent, error)
    assert box.text() == "Something went wrong."
    assert "test_dialogs.py" in box.detailedText()
    qtbot.mouseClick(button(box, "Copy details"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == box.detailedText()
    assert box.isVisible()  # copying does not close
    qtbot.mouseClick(button(box, "Close"), Qt.MouseButton.LeftButton)
    assert not box.isVisible()


def test_that_an_answer_is_carried_out(parent: QWidget, qtbot: QtBot) -> None:
    given: list[str] = []
    answers = {"Yes": lambda: given.append("yes"), "Maybe": lambda: given.append("maybe")}
    box = ask(parent, "Sure?", "", answers)
    qtbot.mouseClick(button(box, "Maybe"), Qt.MouseButton.LeftButton)
    assert given == ["maybe"]


def test_that_escape_and_the_last_button_do_nothing(parent: QWidget, qtbot: QtBot) -> None:
    given: list[str] = []
    box = ask(parent, "Sure?", "", {"Yes": lambda: given.append("yes")}, "Keep training")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()
    box = ask(parent, "Sure?", "", {"Yes": lambda: given.append("yes")}, "Keep training")
    qtbot.mouseClick(button(box, "Keep training"), Qt.MouseButton.LeftButton)
    assert given == []


def test_that_an_attempt_tells_whether_it_went_well(parent: QWidget) -> None:
    def fail() -> None:
        raise UserError("Not like this.")

    assert attempt(parent, lambda: None)
    assert not attempt(parent, fail)
    assert parent.findChild(QMessageBox).text() == "Not like this."
