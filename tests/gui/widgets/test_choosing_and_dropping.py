"""Cards that are chosen by the keyboard, and files that are dropped."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.gui.widgets.choice_button import ChoiceButton
from stl_tl_gui.gui.widgets.drop_target import DropTarget


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_that_a_card_is_pressed_by_the_usual_keys(qtbot: QtBot, key: Qt.Key) -> None:
    card = ChoiceButton("sample", "Try the sample", "Ten classes.")
    qtbot.addWidget(card)
    with qtbot.waitSignal(card.clicked):
        qtbot.keyClick(card, key)


def test_that_a_compact_card_is_lower_and_keeps_its_explanation(qtbot: QtBot) -> None:
    card = ChoiceButton("sample", "Try the sample", "Ten classes of drawn objects, to try everything at once.")
    qtbot.addWidget(card)
    card.resize(240, 120)
    card.show()
    before = card.sizeHint().height()
    card.set_compact(True)
    assert card.sizeHint().height() < before
    assert "drawn objects" in card.toolTip()
    card.set_compact(False)
    assert card.sizeHint().height() == before


def test_that_a_drop_is_never_taken_as_a_move(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    target = DropTarget(window, lambda paths: "Drop")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    any_action = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    event = QDropEvent(QPointF(5, 5), any_action, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    assert event.dropAction() == Qt.DropAction.MoveAction
    enter = QDragEnterEvent(
        QPoint(5, 5), any_action, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    )
    QApplication.sendEvent(window, enter)
    assert enter.dropAction() == Qt.DropAction.CopyAction
    with qtbot.waitSignal(target.dropped) as dropped:
        QApplication.sendEvent(window, event)
    assert dropped.args == [[tmp_path]]
    assert event.dropAction() == Qt.DropAction.CopyAction
