"""The drawing of the stages, and undo of what is chosen in the form."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.gui.train.settings_form import SettingsForm
from stl_tl_gui.gui.train.stage_drawing import StageDrawing

UNDO, REDO = (
    (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
    (
        Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    ),
)


def click(qtbot: QtBot, drawing: StageDrawing, number: int) -> None:
    qtbot.mouseClick(drawing, Qt.MouseButton.LeftButton, pos=drawing.center_of(number).toPoint())


def test_that_a_click_freezes_up_to_a_stage_and_the_field_follows(form: SettingsForm, qtbot: QtBot) -> None:
    click(qtbot, form.stages, 2)
    assert form.values()["freeze"] == "stage2"
    assert form.row("freeze").editor.value() == "stage2"
    assert (
        "Frozen: stem, stage1, stage2. Learning: stage3, stage4, stage5, stage6, stage7, head."
        in form.stages.accessibleDescription()
    )


def test_that_a_second_click_lets_the_stage_learn_again(form: SettingsForm, qtbot: QtBot) -> None:
    click(qtbot, form.stages, 2)
    click(qtbot, form.stages, 2)
    assert form.values()["freeze"] == "stage1"
    click(qtbot, form.stages, 0)
    click(qtbot, form.stages, 0)
    assert form.values()["freeze"] == "none"


def test_that_a_click_on_the_head_or_the_last_stage_leaves_only_the_head_to_learn(
    form: SettingsForm, qtbot: QtBot
) -> None:
    for number in (8, 7):
        form.set_values({"freeze": "none"})
        click(qtbot, form.stages, number)
        assert form.values()["freeze"] == "head"
    click(qtbot, form.stages, 7)
    assert form.values()["freeze"] == "stage6"


def test_that_the_keyboard_moves_the_border(form: SettingsForm, qtbot: QtBot) -> None:
    form.set_values({"freeze": "none"})
    form.stages.setFocus()
    for key, freeze in [
        (Qt.Key.Key_Right, "stem"),
        (Qt.Key.Key_Right, "stage1"),
        (Qt.Key.Key_Left, "stem"),
        (Qt.Key.Key_End, "head"),
        (Qt.Key.Key_Home, "none"),
        (Qt.Key.Key_Left, "none"),
    ]:
        qtbot.keyClick(form.stages, key)
        assert form.values()["freeze"] == freeze


@pytest.mark.parametrize("name", list(BACKBONES))
def test_that_every_backbone_is_drawn_with_blocks_that_can_be_hit(name: str, form: SettingsForm, qtbot: QtBot) -> None:
    form.set_values({"backbone": name, "freeze": "none"})
    drawing, stages = form.stages, BACKBONES[name].stages
    for number in range(len(stages) + 1):
        assert drawing.block_at(drawing.center_of(number).x()) == number
    click(qtbot, drawing, 1)
    assert form.values()["freeze"] == stages[1].name
    drawing.grab()


def test_that_a_tooltip_tells_what_a_block_is(form: SettingsForm) -> None:
    form.set_values({"freeze": "stage1"})
    assert form.stages._tip(0) == "stem: 928 parameters. Frozen. Click to freeze up to here."
    assert "Click to let it learn" in form.stages._tip(1)
    assert "Learns." in form.stages._tip(2)
    assert "always learns" in form.stages._tip(8)


def test_that_changes_can_be_undone_and_redone_with_the_keyboard(form: SettingsForm, qtbot: QtBot) -> None:
    before = form.values()
    click(qtbot, form.stages, 2)
    form.apply_preset("Quick look")
    after = form.values()
    form.stages.setFocus()
    qtbot.keyClick(form.stages, *UNDO)
    assert form.values()["freeze"] == "stage2"
    assert "Freezing" in form.undo.toolTip()
    qtbot.keyClick(form.stages, *UNDO)
    assert form.values() == before
    assert not form.undo.isEnabled()
    qtbot.keyClick(form.stages, *REDO)
    qtbot.keyClick(form.stages, *REDO)
    assert form.values() == after


def test_that_several_steps_of_one_field_are_one_change(form: SettingsForm, qtbot: QtBot) -> None:
    epochs = form.row("epochs").editor
    epochs.setFocus()
    for _ in range(3):
        qtbot.keyClick(epochs, Qt.Key.Key_Up)
    assert form.values()["epochs"] == 13
    qtbot.keyClick(epochs, *UNDO)  # also while the cursor is in the field
    assert form.values()["epochs"] == 10
    qtbot.mouseClick(form.redo, Qt.MouseButton.LeftButton)
    assert form.values()["epochs"] == 13


def test_that_what_is_typed_is_undone_as_text_first(form: SettingsForm, qtbot: QtBot) -> None:
    epochs = form.row("epochs").editor
    epochs.selectAll()
    epochs.setFocus()
    qtbot.keyClicks(epochs, "25")
    qtbot.keyClick(epochs, *UNDO)
    assert epochs.text() == "10"


def test_that_a_reset_can_be_undone(form: SettingsForm, qtbot: QtBot) -> None:
    form.row("learning_rate").editor.set_value(0.5)
    qtbot.mouseClick(form.row("learning_rate").reset, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(form.undo, Qt.MouseButton.LeftButton)
    assert form.values()["learning_rate"] == 0.5


def test_that_a_problem_in_a_folded_setting_shows_it(form: SettingsForm) -> None:
    row = form.row("batch_size")
    form.set_data(10, 50)
    assert row.editor.isHidden()
    form.set_values({"batch_size": 60})
    assert not row.editor.isHidden()
    assert "50 training pictures" in row.note.text()
    form.set_values({"batch_size": 40})
    assert row.editor.isHidden()


def test_that_the_essentials_come_first(form: SettingsForm) -> None:
    def top(widget: QWidget) -> int:
        return widget.mapTo(form, QPoint(0, 0)).y()

    shown = [name for name in form._rows if not form.row(name).editor.isHidden()]
    assert shown == ["backbone", "weights", "freeze", "budget", "epochs", "learning_rate"]
    form.advanced.click()
    assert top(form.row("learning_rate").editor) < top(form.advanced) < top(form.row("batch_size").editor)
