"""The learning-rate finder in the window: it really tries rates, on tiny pictures."""

import math
from pathlib import Path

import pytest
import torch
from builders import QUICK
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.background.worker import workers_at_work
from stl_tl_gui.gui.train.rate_curve import RateCurve
from stl_tl_gui.gui.train.rate_finder import RateFinder
from stl_tl_gui.gui.train.train_page import TrainPage

LONG = 60_000


@pytest.fixture
def settings(colours: Path) -> TrainSettings:
    return make_settings({"data": str(colours), **QUICK})


@pytest.fixture
def page(page: TrainPage) -> TrainPage:
    page.show()
    return page


def shown(qtbot: QtBot, settings: TrainSettings) -> RateFinder:
    dialog = RateFinder(settings)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def wait_for_result(qtbot: QtBot, dialog: RateFinder) -> None:
    qtbot.waitUntil(lambda: dialog.found is not None, timeout=LONG)


def place_of(curve: RateCurve, rate: float) -> QPoint:
    """Where on the widget a rate is, at half height."""
    box = curve.getPlotItem().getViewBox()
    middle = sum(box.viewRange()[1]) / 2
    return curve.mapFromScene(box.mapViewToScene(QPointF(math.log10(rate), middle)))


def test_that_the_suggestion_is_marked_and_ready_to_take(qtbot: QtBot, settings: TrainSettings) -> None:
    dialog = shown(qtbot, settings)
    assert not dialog.use.isEnabled()
    wait_for_result(qtbot, dialog)
    assert dialog.found is not None
    assert dialog.found.suggestion is not None
    assert f"Suggested: {dialog.found.suggestion:g}" in dialog.says.text()
    assert dialog.rate.value() == dialog.found.suggestion
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert chosen.args == [dialog.found.suggestion]
    assert not list(runs_folder().glob("*"))


def test_that_a_click_on_the_curve_chooses_another_rate(qtbot: QtBot, settings: TrainSettings) -> None:
    dialog = shown(qtbot, settings)
    wait_for_result(qtbot, dialog)
    with qtbot.waitSignal(dialog.curve.chosen):
        qtbot.mouseClick(dialog.curve.viewport(), Qt.MouseButton.LeftButton, pos=place_of(dialog.curve, 0.01))
    assert dialog.rate.value() == pytest.approx(0.01, rel=0.1)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert chosen.args == [dialog.rate.value()]


@pytest.mark.parametrize("way", ["escape", "cancel"])
def test_that_leaving_stops_the_work_and_chooses_nothing(qtbot: QtBot, settings: TrainSettings, way: str) -> None:
    dialog = shown(qtbot, settings)
    taken: list[float] = []
    dialog.chosen.connect(taken.append)
    qtbot.waitUntil(lambda: dialog.bar.maximum() > 0, timeout=LONG)
    if way == "escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: not workers_at_work(), timeout=LONG)
    assert dialog.found is None
    assert not taken


def test_that_what_cannot_be_tried_is_explained(qtbot: QtBot, settings: TrainSettings) -> None:
    dialog = shown(qtbot, settings.model_copy(update={"data": "/nowhere"}))
    qtbot.waitUntil(lambda: "/nowhere" in dialog.says.text(), timeout=LONG)
    assert not dialog.use.isEnabled()
    assert not dialog.bar.isVisible()


def test_that_weights_of_another_backbone_close_it_and_name_theirs(
    qtbot: QtBot, settings: TrainSettings, tmp_path: Path
) -> None:
    torch.save(build_model("squeezenet1_1", 3).state_dict(), tmp_path / "mine.pth")
    misfit = make_settings({**settings.model_dump(), "backbone": "resnet18", "weights": str(tmp_path / "mine.pth")})
    dialog = shown(qtbot, misfit)
    with qtbot.waitSignal(dialog.weights_misfit) as told:
        pass
    assert told.args is not None
    assert told.args[0].backbone == "squeezenet1_1"
    assert not dialog.isVisible()


def test_that_the_colours_follow_the_theme(qtbot: QtBot) -> None:
    curve = RateCurve(1e-6, 1.0)
    qtbot.addWidget(curve)
    curve.add(1e-3, 2.0, 2.0)
    dark = QPalette()
    dark.setColor(QPalette.ColorRole.Window, Qt.GlobalColor.black)
    before = curve.backgroundBrush().color()
    usual = QApplication.palette()
    QApplication.setPalette(dark)
    qtbot.waitUntil(lambda: curve.backgroundBrush().color() != before)
    QApplication.setPalette(usual)


def test_that_the_rate_is_put_into_the_form(qtbot: QtBot, page: TrainPage) -> None:
    qtbot.mouseClick(page.find_rate, Qt.MouseButton.LeftButton)
    dialog = page.find_rate.dialog
    assert dialog is not None
    wait_for_result(qtbot, dialog)
    dialog.rate.set_value(0.00123)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert page.settings().learning_rate == 0.00123
    assert page.find_rate.dialog is None


def test_that_the_button_follows_its_editor_with_the_tab_key(qtbot: QtBot, page: TrainPage) -> None:
    editor = page.form.row("learning_rate").editor
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert page.find_rate.hasFocus()


def test_that_a_run_and_the_finder_do_not_compete(qtbot: QtBot, page: TrainPage) -> None:
    qtbot.mouseClick(page.find_rate, Qt.MouseButton.LeftButton)
    page.set_running(True)
    assert page.find_rate.dialog is None
    assert not page.find_rate.isEnabled()
    assert "is training" in page.find_rate.toolTip()
    page.set_running(False)
    assert page.find_rate.isEnabled()


def test_that_without_data_the_finder_says_what_is_missing(qtbot: QtBot) -> None:
    page = TrainPage()
    qtbot.addWidget(page)
    assert not page.find_rate.isEnabled()
    assert "Choose data first" in page.find_rate.toolTip()
