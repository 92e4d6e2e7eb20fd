"""What the next run starts from, across pages: a run on the Runs page, what is dropped on the Train page, misfits."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.models.model import build_model
from stl_tl_gui.engine.models.weight_store import WrongWeights
from stl_tl_gui.engine.runs.run import Run, create_run
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.gui.background import training
from stl_tl_gui.gui.window.main_window import MainWindow


@pytest.fixture
def run() -> Run:
    values = {"backbone": "mobilenet_v2", "freeze": "head", "epochs": 7, "seed": 5, "val_fraction": 0.3}
    run = create_run(make_settings(values), runs_folder() / "my run")
    run.best.touch()
    return run


def drag_and_drop(window: MainWindow, path: Path) -> str:
    """Drop a file on the window; returns what the window promised."""
    mime, where = QMimeData(), QPointF(300, 300)
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, buttons, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(where.toPoint(), action, mime, buttons, none))
    sign = window.findChild(QLabel, "drop")
    assert sign is not None
    promised = sign.text()
    QApplication.sendEvent(window, QDropEvent(where, action, mime, buttons, none))
    return promised


def chosen(window: MainWindow) -> tuple[str, str]:
    values = window.pages.train.form.values()
    return values["backbone"], values["weights"]


def test_that_a_run_dropped_on_the_train_page_is_where_the_next_one_starts(
    window: MainWindow, run: Run, qtbot: QtBot
) -> None:
    train = window.pages.show(window.pages.train)
    before = chosen(window)
    assert drag_and_drop(window, run.folder) == "Drop to start the next run from “my run”"
    qtbot.waitUntil(lambda: chosen(window) == ("mobilenet_v2", str(run.best.resolve())))
    assert window.navigation.current is train
    assert train.run is None
    train.form.history.undo()
    assert chosen(window) == before
    drag_and_drop(window, run.best)
    qtbot.waitUntil(lambda: chosen(window) == ("mobilenet_v2", str(run.best.resolve())))


def test_that_weights_dropped_on_the_train_page_are_not_imported(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.pages.show(window.pages.train)
    file = tmp_path / BACKBONES["squeezenet1_1"].weights.file_name
    torch.save(build_model("squeezenet1_1", 1000).state_dict(), file)
    drag_and_drop(window, file)
    qtbot.waitUntil(lambda: chosen(window) == ("squeezenet1_1", str(file.resolve())))
    assert window.navigation.current is window.pages.train


def test_that_a_run_opened_from_the_menu_is_shown_on_the_train_page_too(window: MainWindow, run: Run) -> None:
    window.pages.show(window.pages.train)
    before = chosen(window)
    window.opener.open([run.folder])
    assert window.pages.train.run == run
    assert chosen(window) == before


def test_that_the_runs_page_starts_from_a_run_on_the_train_page(window: MainWindow, run: Run, qtbot: QtBot) -> None:
    runs = window.pages.show(window.pages.runs)
    qtbot.waitUntil(lambda: len(runs.table.summaries()) == 1)
    runs.table.selectRow(0)
    runs.actions_row.start.trigger()
    qtbot.waitUntil(lambda: chosen(window) == ("mobilenet_v2", str(run.best.resolve())))
    assert window.navigation.current is window.pages.train
    assert window.pages.train.form.values()["epochs"] == make_settings({}).epochs


def test_that_a_run_is_set_up_again_with_its_data_and_does_not_start(
    window: MainWindow, run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(window.pages.data.opening, "open", opened.append)
    runs = window.pages.show(window.pages.runs)
    qtbot.waitUntil(lambda: len(runs.table.summaries()) == 1)
    runs.table.selectRow(0)
    form = window.pages.train.form
    before = form.values()
    runs.actions_row.again.trigger()
    qtbot.waitUntil(lambda: opened == ["sample"])
    assert form.values() == run.settings().model_dump(exclude={"data"})
    assert window.navigation.current is window.pages.train
    assert not window.training.running
    assert form.history.undoable == "settings of “my run”"
    form.history.undo()
    assert form.values() == before


def test_that_data_is_not_opened_again_where_it_is_open_and_divided_so(
    window: MainWindow, sample: Path, run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = window.pages
    with qtbot.waitSignal(pages.data.opening.opened):
        pages.data.opening.open("sample")
    opened: list[str] = []
    monkeypatch.setattr(pages.data.opening, "open", opened.append)
    pages.runs.again_requested.emit(make_settings({"epochs": 3}), "quick")
    assert (opened, pages.train.form.values()["epochs"]) == ([], 3)
    pages.runs.again_requested.emit(run.settings(), "my run")
    assert opened == ["sample"]  # with a larger share to validate on


def test_that_weights_of_another_backbone_offer_to_switch(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[TrainSettings] = []

    def job(settings: TrainSettings) -> Callable[[Callable[[], bool]], Generator[Any, None, Run]]:
        def misfit(should_stop: Callable[[], bool]) -> Generator[Any, None, Run]:
            asked.append(settings)
            yield Progress(stage="Reading weights", done=0, total=0)
            raise WrongWeights("mine.pth", BACKBONES["resnet18"], "squeezenet1_1")

        return misfit

    monkeypatch.setattr(training, "train_job", job)
    (tmp_path / "mine.pth").touch()
    weights = str(tmp_path / "mine.pth")
    window.pages.train.form.set_values({"weights": weights, "backbone": "resnet18"})
    with qtbot.waitSignal(window.training.failed):
        window.launcher.train(make_settings({"weights": weights}))
    (box,) = [each for each in window.findChildren(QMessageBox) if each.isVisible()]
    assert box.text() == "This is SqueezeNet 1.1. Switch to it?"
    button = next(each for each in box.findChildren(QPushButton) if "Switch" in each.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert chosen(window) == ("squeezenet1_1", weights)
    assert len(asked) == 1  # the user looks at it, then starts
    window.pages.train.form.history.undo()
    assert chosen(window) == ("resnet18", weights)
