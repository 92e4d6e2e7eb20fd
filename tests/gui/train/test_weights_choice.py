"""Weights with the backbone that they fit: from runs, files that are chosen, and files that do not fit."""

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.models.weight_store import WrongWeights
from stl_tl_gui.engine.runs.run import create_run
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.train.train_page import TrainPage
from stl_tl_gui.gui.train.weights_field import WeightsField


@pytest.fixture
def page(qtbot: QtBot) -> TrainPage:
    page = TrainPage()
    qtbot.addWidget(page)
    return page


@pytest.fixture
def file(tmp_path: Path) -> Path:
    torch.save(build_model("squeezenet1_1", 3).state_dict(), tmp_path / "mine.pth")
    return tmp_path / "mine.pth"


def chosen(page: TrainPage) -> tuple[str, str]:
    values = page.form.values()
    return values["backbone"], values["weights"]


def choose(page: TrainPage, file: Path) -> None:
    """As the file dialog does."""
    field = page.form.row("weights").editor
    assert isinstance(field, WeightsField)
    field.set_value(str(file))
    field.file_chosen.emit(str(file))


def boxes(page: TrainPage) -> list[QMessageBox]:
    return [box for box in page.findChildren(QMessageBox) if box.isVisible()]


def press(box: QMessageBox, text: str, qtbot: QtBot) -> None:
    found = next(each for each in box.findChildren(QPushButton) if each.text().replace("&", "") == text)
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_that_the_runs_of_the_app_are_offered_when_the_page_is_shown(page: TrainPage, qtbot: QtBot) -> None:
    run = create_run(make_settings({"backbone": "mobilenet_v2"}), runs_folder() / "my run")
    run.best.touch()
    page.show()
    field = page.form.row("weights").editor
    assert isinstance(field, WeightsField)
    qtbot.waitUntil(lambda: field.findText("my run") > 0)
    field.setCurrentIndex(field.findText("my run"))
    assert chosen(page) == ("mobilenet_v2", str(run.best.resolve()))


def test_that_a_run_or_file_sets_weights_and_backbone_in_one_step(page: TrainPage, file: Path, qtbot: QtBot) -> None:
    run = create_run(make_settings({"backbone": "mobilenet_v2"}), runs_folder() / "my run")
    run.best.touch()
    before = chosen(page)
    page.weights.start_from(run.folder)
    qtbot.waitUntil(lambda: chosen(page) == ("mobilenet_v2", str(run.best.resolve())))
    assert page.form.history.undoable == "start from “my run”"
    page.weights.start_from(file)
    qtbot.waitUntil(lambda: chosen(page) == ("squeezenet1_1", str(file.resolve())))
    page.form.history.undo()
    page.form.history.undo()
    assert chosen(page) == before


def test_that_a_chosen_file_brings_its_backbone_where_none_was_chosen(
    page: TrainPage, file: Path, qtbot: QtBot
) -> None:
    before = chosen(page)
    choose(page, file)
    qtbot.waitUntil(lambda: chosen(page) == ("squeezenet1_1", str(file)))
    assert not boxes(page)
    page.form.history.undo()
    assert chosen(page) == before


def test_that_a_chosen_file_offers_its_backbone_where_another_was_chosen(
    page: TrainPage, file: Path, qtbot: QtBot
) -> None:
    page.form.set_values({"backbone": "resnet34"})
    choose(page, file)
    qtbot.waitUntil(lambda: len(boxes(page)) == 1)
    (box,) = boxes(page)
    assert box.text() == "This is SqueezeNet 1.1. Switch to it?"
    assert chosen(page) == ("resnet34", str(file))
    press(box, "Switch to SqueezeNet 1.1", qtbot)
    assert chosen(page) == ("squeezenet1_1", str(file))
    page.form.history.undo()
    assert chosen(page) == ("resnet34", "imagenet")


def test_that_a_file_that_fits_nothing_is_a_sentence(page: TrainPage, tmp_path: Path, qtbot: QtBot) -> None:
    torch.save({"strange": torch.ones(3)}, tmp_path / "strange.pth")
    choose(page, tmp_path / "strange.pth")
    qtbot.waitUntil(lambda: len(boxes(page)) == 1)
    assert boxes(page)[0].text() == (
        "The weights in “strange.pth” fit none of this app’s backbones. Choose another file."
    )


def test_that_weights_that_the_rate_finder_refuses_offer_their_backbone(page: TrainPage, qtbot: QtBot) -> None:
    page.form.set_values({"weights": "/x/mine.pth"})
    page.find_rate.weights_misfit.emit(WrongWeights("mine.pth", BACKBONES["resnet18"], "squeezenet1_1"))
    (box,) = boxes(page)
    assert box.informativeText().startswith("“mine.pth” has the weights of SqueezeNet 1.1, not of ResNet-18.")
    press(box, "Switch to SqueezeNet 1.1", qtbot)
    assert chosen(page) == ("squeezenet1_1", "/x/mine.pth")
