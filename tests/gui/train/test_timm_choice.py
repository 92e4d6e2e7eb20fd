"""Models of timm in the form: asked for by a part of their name, and looked up in the background."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.settings import backbones, timm_models
from stl_tl_gui.engine.settings.timm_models import backbone_row
from stl_tl_gui.gui.train.backbone_field import BackboneField
from stl_tl_gui.gui.train.timm_dialog import TimmDialog
from stl_tl_gui.gui.train.train_page import TrainPage

ENTRY = "Another timm model…"
WAIT = 30_000
"""Milliseconds for the first import of torch and timm on a busy computer."""


@pytest.fixture
def page(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    """Shown, and nothing is known of timm's models yet."""
    monkeypatch.setattr(backbones, "_OF_TIMM", {})
    page = TrainPage()
    qtbot.addWidget(page)
    page.show()
    return page


def field_of(page: TrainPage) -> BackboneField:
    field = page.form.row("backbone").editor
    assert isinstance(field, BackboneField)
    return field


def ask(page: TrainPage, qtbot: QtBot) -> TimmDialog:
    """As a click on the entry does."""
    field = field_of(page)
    field.setCurrentIndex(field.findText(ENTRY))
    field.activated.emit(field.findText(ENTRY))
    dialog = page.findChild(TimmDialog)
    qtbot.waitUntil(lambda: "models with pretrained weights" in dialog.note.text(), timeout=WAIT)
    return dialog


def test_that_a_model_is_found_by_a_part_of_its_name_and_then_known(page: TrainPage, qtbot: QtBot) -> None:
    dialog = ask(page, qtbot)
    assert page.form.values()["backbone"] == "efficientnet_lite0"  # asking is no choice yet
    dialog.edit.setText("st_convnext2")
    completer = dialog.edit.completer()
    completer.setCompletionPrefix(dialog.edit.text())  # typing would open its list, which needs a real screen
    assert not dialog.use.isEnabled()
    assert completer.completionCount() == 1
    dialog.edit.setText(completer.currentCompletion())
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert page.form.values()["backbone"] == "timm:test_convnext2.r160_in1k"
    assert field_of(page).currentText() == "timm: test_convnext2.r160_in1k"
    qtbot.waitUntil(lambda: "parameters" in page.form.row("backbone").note.text(), timeout=WAIT)
    assert page.form.problem() == ""
    freeze = page.form.row("freeze").editor
    assert freeze.findData("stage2") > 0
    assert page.form.stages.isVisibleTo(page.form)
    assert "MB to download" in page.form.row("weights").note.text().replace("\u00a0", " ")
    page.form.history.undo()
    assert page.form.values()["backbone"] == "efficientnet_lite0"


def test_that_settings_with_a_stage_are_kept_until_the_model_is_known(page: TrainPage, qtbot: QtBot) -> None:
    page.form.set_values({"backbone": "timm:test_vit", "freeze": "stage3"})
    assert "Looking up" in page.form.problem()
    qtbot.waitUntil(lambda: page.form.problem() == "", timeout=WAIT)
    assert page.form.values()["freeze"] == "stage3"
    assert page.form.stages.frozen == 4


def test_that_why_a_model_cannot_be_used_is_below_the_field(page: TrainPage, qtbot: QtBot) -> None:
    page.form.set_values({"backbone": "timm:levit_128s"})
    qtbot.waitUntil(lambda: "does not end in a single layer" in page.form.problem(), timeout=WAIT)
    assert page.form.row("backbone").note.text() == page.form.problem()
    page.form.set_values({"backbone": "resnet18"})
    assert page.form.problem() == ""


def test_that_weights_which_timm_does_not_have_and_the_only_size_are_said(page: TrainPage) -> None:
    backbone_row("timm:test_vit4")
    page.form.set_values({"backbone": "timm:test_vit4"})
    assert "no pretrained weights" in page.form.row("weights").note.text()
    backbone_row("timm:swin_tiny_patch4_window7_224")
    page.form.set_values({"backbone": "timm:swin_tiny_patch4_window7_224"})
    assert "224 pixels only" in page.form.row("input_size").note.text()


def test_that_without_timm_nothing_is_offered_and_such_settings_say_what_to_install(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbones, "_OF_TIMM", {})
    monkeypatch.setattr(timm_models, "find_spec", lambda name: None)
    page = TrainPage()
    qtbot.addWidget(page)
    page.show()
    assert field_of(page).findText(ENTRY) < 0
    page.form.set_values({"backbone": "timm:test_vit"})
    assert field_of(page).currentText() == "timm: test_vit"
    assert "pip install" in page.form.problem()


def test_that_a_failure_to_list_models_is_said_in_the_dialog(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(timm_models, "find_spec", lambda name: None)
    dialog = TimmDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "pip install" in dialog.note.text(), timeout=WAIT)
    assert not dialog.use.isEnabled()
