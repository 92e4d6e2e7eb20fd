"""The Weights field, with real mouse and keyboard: files are asked for, and earlier runs are offered."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.runs.starting_points import StartingPoint
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.weights_field import WeightsField

CATS = StartingPoint("my cats", "squeezenet1_1", "/runs/my cats/best.pt")
DOGS = StartingPoint("my dogs", "mobilenet_v2", "/runs/my dogs/best.pt")


def field_of(form: SettingsForm) -> WeightsField:
    field = form.row("weights").editor
    assert isinstance(field, WeightsField)
    return field


def click(form: SettingsForm, text: str, qtbot: QtBot) -> None:
    """Open the list with the mouse and click an entry."""
    field = field_of(form)
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(10, field.height() // 2))
    view = field.view()
    qtbot.waitUntil(view.isVisible)
    where = view.visualRect(view.model().index(field.findText(text), 0)).center()
    qtbot.mouseMove(view.viewport(), where)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)


def dialogs(form: SettingsForm) -> list[QFileDialog]:
    return [dialog for dialog in form.findChildren(QFileDialog) if dialog.isVisible()]


def chosen(form: SettingsForm) -> tuple[str, str]:
    values = form.values()
    return values["backbone"], values["weights"]


@pytest.mark.parametrize("before", ["imagenet", "none", "/x/own.pth"])
def test_that_a_click_on_file_asks_for_one(form: SettingsForm, qtbot: QtBot, before: str) -> None:
    form.set_values({"weights": before})
    click(form, "File…", qtbot)
    qtbot.waitUntil(lambda: len(dialogs(form)) == 1)
    assert field_of(form).value() == field_of(form).currentData() == before
    dialogs(form)[0].fileSelected.emit("/x/other.pth")
    assert form.values()["weights"] == "/x/other.pth"
    form.history.undo()
    form.history.undo()
    assert form.values()["weights"] == "imagenet"


@pytest.mark.parametrize("opened", [True, False])
def test_that_the_keyboard_reaches_file(form: SettingsForm, qtbot: QtBot, opened: bool) -> None:
    field = field_of(form)
    field.setFocus()
    target = field.view() if opened else field
    if opened:
        qtbot.keyClick(field, Qt.Key.Key_Space)
        qtbot.waitUntil(field.view().isVisible)
    qtbot.keyClick(target, Qt.Key.Key_End)
    if opened:
        qtbot.keyClick(target, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(dialogs(form)) == 1)
    assert field.value() == field.currentData() == "imagenet"
    dialogs(form)[0].reject()
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert form.values()["weights"] == "none"


def test_that_recent_runs_are_listed_and_bring_their_backbone(form: SettingsForm, qtbot: QtBot) -> None:
    field = field_of(form)
    field.offer([CATS, DOGS])
    texts = [field.itemText(index) for index in range(field.count()) if field.itemText(index)]
    assert texts == ["ImageNet weights", "None (from scratch)", "my cats", "my dogs", "File…"]
    form.set_values({"epochs": 7})
    before = chosen(form)
    click(form, "my dogs", qtbot)
    assert chosen(form) == ("mobilenet_v2", DOGS.weights)
    assert field.currentText() == "my dogs"
    assert field.itemData(field.currentIndex(), Qt.ItemDataRole.ToolTipRole) == DOGS.weights
    form.history.undo()
    assert chosen(form) == before


def test_that_what_is_chosen_stays_when_other_runs_are_offered(form: SettingsForm) -> None:
    field = field_of(form)
    field.offer([CATS])
    form.set_values({"weights": CATS.weights, "backbone": CATS.backbone})
    field.offer([DOGS])
    assert (field.value(), field.currentText()) == (CATS.weights, "my cats")
    assert chosen(form) == (CATS.backbone, CATS.weights)
    field.offer([CATS, DOGS])
    field.offer([])
    form.set_values({"weights": "none"})
    assert field.itemText(field.count() - 1) == "File…"
